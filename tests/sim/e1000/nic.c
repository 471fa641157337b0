// SPDX-License-Identifier: BSD-3-Clause
/* The hand-written driver of nic.h. */
#include "nic.h"

#define RX_BASE(queue) (0x2800u + 0x100u * (queue))
#define TX_BASE(queue) (0x3800u + 0x100u * (queue))

uint32_t nic_get(const struct nic *nic, uint32_t offset)
{
	return padma_bar_read32(nic->bar, offset);
}

void nic_set(const struct nic *nic, uint32_t offset, uint32_t value)
{
	padma_bar_write32(nic->bar, offset, value);
}

static void *memory(struct nic *nic, size_t bytes)
{
	struct padma_alloc_params opts = {.align_bytes = 4096,
					  .flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS};
	void *va = NULL;

	assert_int_equal(padma_space_alloc(nic->space, bytes, &opts, &va), 0);
	return va;
}

static void ring_open(struct nic *nic, struct nic_ring *ring, uint32_t base)
{
	*ring = (struct nic_ring){.base = base};
	ring->words = memory(nic, NIC_ENTRIES * 16);
	ring->buffers = memory(nic, NIC_ENTRIES * NIC_BUFFER_BYTES);
}

void nic_open(struct nic *nic, struct padma_space *space, const char *name)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};

	*nic = (struct nic){.space = space,
			    .has_own_space = !space,
			    .is_82574 = strstr(name, "e1000e") != NULL};
	if (!space)
		assert_int_equal(padma_space_open(&params, &nic->space), 0);
	if (padma_device_open(nic->space, name, &nic->device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	nic->bar = padma_device_bar(nic->device, 0);
	assert_non_null(nic->bar);
	padma_device_declare_quiesced(nic->device);
	assert_int_equal(padma_device_bus_master(nic->device, true), 0);
	for (unsigned int i = 0; i < (nic->is_82574 ? 2 : 1); i++) {
		ring_open(nic, &nic->rx[i], RX_BASE(i));
		ring_open(nic, &nic->tx[i], TX_BASE(i));
	}
}

void nic_close(struct nic *nic, uint64_t errors)
{
	struct padma_sim_driver_errors driver = {0};
	struct padma_sim_dma_faults faults = {0};

	assert_int_equal(padma_sim_dma_faults(nic->device, &faults), 0);
	assert_int_equal(faults.count, 0);
	assert_int_equal(padma_sim_driver_errors(nic->device, &driver), 0);
	if (driver.count != errors)
		print_error("driver error: %s\n", driver.first);
	assert_int_equal(driver.count, errors);
	assert_int_equal(padma_device_close(nic->device), 0);
	if (nic->has_own_space)
		assert_int_equal(padma_space_close(nic->space), 0);
}

static void ring_start(struct nic *nic, struct nic_ring *ring)
{
	uint64_t dma = padma_dma(nic->space, ring->words);

	ring->tail = ring->head = 0;
	memset(ring->words, 0, NIC_ENTRIES * 16);
	nic_set(nic, ring->base, (uint32_t)dma);
	nic_set(nic, ring->base + 4, (uint32_t)(dma >> 32));
	nic_set(nic, ring->base + 8, NIC_ENTRIES * 16);
	nic_set(nic, ring->base + 0x10, 0);
	nic_set(nic, ring->base + 0x18, 0);
}

void nic_start(struct nic *nic, uint32_t rctl)
{
	for (unsigned int i = 0; i < 128; i++)
		nic_set(nic, 0x5200 + 4 * i, 0);
	for (unsigned int i = 0; i < (nic->is_82574 ? 2 : 1); i++) {
		ring_start(nic, &nic->rx[i]);
		ring_start(nic, &nic->tx[i]);
	}
	if (nic->is_82574)
		nic_set(nic, 0x5008, 1u << 15);	    /* RFCTL: extended descriptors */
	nic_set(nic, 0x410, 0x00602006);	    /* TIPG */
	nic_set(nic, 0, nic_get(nic, 0) | 1u << 6); /* CTRL.SLU */
	nic_set(nic, 0x400, 1u << 1 | 1u << 3);
	nic_set(nic, 0x100, rctl | 1u << 1);
	nic_refill(nic, 0);
	if (nic->is_82574)
		nic_refill(nic, 1);
}

void nic_run(struct nic *nic)
{
	while (padma_sim_step(nic->device, 0) > 0)
		;
}

void nic_refill(struct nic *nic, unsigned int queue)
{
	struct nic_ring *ring = &nic->rx[queue];

	while ((ring->tail + 1) % NIC_ENTRIES != ring->head) {
		ring->words[ring->tail][0] = padma_dma(
			nic->space, ring->buffers + (size_t)ring->tail * NIC_BUFFER_BYTES);
		ring->words[ring->tail][1] = 0;
		ring->tail = (ring->tail + 1) % NIC_ENTRIES;
	}
	nic_set(nic, ring->base + 0x18, ring->tail);
}

static uint32_t status_of(const struct nic *nic, const uint64_t *words)
{
	if (nic->is_82574)
		return (uint32_t)words[1];
	return (uint32_t)(words[1] >> 32 & 0xff) | (uint32_t)(words[1] >> 40 & 0xff) << 24;
}

/* Of several buffers the data is put together in the first one. */
bool nic_receive(struct nic *nic, unsigned int queue, struct nic_frame *frame)
{
	struct nic_ring *ring = &nic->rx[queue];
	uint8_t *first = ring->buffers + (size_t)ring->head * NIC_BUFFER_BYTES;

	*frame = (struct nic_frame){.data = first};
	for (;;) {
		const uint64_t *words = ring->words[ring->head];
		uint8_t *buffer = ring->buffers + (size_t)ring->head * NIC_BUFFER_BYTES;
		uint32_t length;

		if (ring->head == ring->tail || !(status_of(nic, words) & 1))
			return false;
		length = nic->is_82574 ? words[1] >> 32 & 0xffff : words[1] & 0xffff;
		memmove(first + frame->bytes, buffer, length);
		frame->bytes += length;
		frame->descriptors++;
		frame->status = status_of(nic, words);
		frame->tag = (uint16_t)(words[1] >> 48);
		frame->mrq = (uint32_t)words[0];
		frame->hash = (uint32_t)(words[0] >> 32);
		frame->sum =
			nic->is_82574 ? (uint16_t)(words[0] >> 48) : (uint16_t)(words[1] >> 16);
		ring->head = (ring->head + 1) % NIC_ENTRIES;
		if (frame->status & 2)
			return true;
	}
}

void nic_put_words(struct nic *nic, unsigned int queue, uint64_t first, uint64_t second)
{
	struct nic_ring *ring = &nic->tx[queue];

	ring->words[ring->tail][0] = first;
	ring->words[ring->tail][1] = second;
	ring->tail = (ring->tail + 1) % NIC_ENTRIES;
}

void nic_put(struct nic *nic, unsigned int queue, const void *data, unsigned int bytes,
	     uint64_t upper)
{
	struct nic_ring *ring = &nic->tx[queue];
	uint8_t *buffer = ring->buffers + (size_t)ring->tail * NIC_BUFFER_BYTES;

	assert_true(bytes <= NIC_BUFFER_BYTES);
	memcpy(buffer, data, bytes);
	nic_put_words(nic, queue, padma_dma(nic->space, buffer), upper | bytes);
}

void nic_ring_tail(struct nic *nic, unsigned int queue)
{
	nic_set(nic, nic->tx[queue].base + 0x18, nic->tx[queue].tail);
}

bool nic_is_sent(const struct nic *nic, unsigned int queue)
{
	unsigned int last = (nic->tx[queue].tail + NIC_ENTRIES - 1) % NIC_ENTRIES;

	return nic->tx[queue].words[last][1] >> 32 & 1;
}

void nic_send(struct nic *nic, const void *data, unsigned int bytes, uint64_t more)
{
	nic_put(nic, 0, data, bytes, NIC_WHOLE | more);
	nic_ring_tail(nic, 0);
	nic_run(nic);
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint16_t nic_sum(const uint8_t *data, unsigned int bytes, uint32_t more)
{
	uint32_t sum = more;

	for (unsigned int i = 0; i < bytes; i++)
		sum += i % 2 ? data[i] : (unsigned int)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static unsigned int headers_v4(uint8_t *ip, bool tcp, unsigned int l4_bytes, unsigned int flow)
{
	static const uint8_t header[20] = {0x45, 0, 0,	0, 0x12, 0x34, 0x40, 0, 64, 0,
					   0,	 0, 10, 0, 0,	 1,    10,   0, 0,  2};

	memcpy(ip, header, sizeof(header));
	put16(ip + 2, 20 + l4_bytes);
	ip[9] = tcp ? 6 : 17;
	put16(ip + 14, flow);
	put16(ip + 10, (uint16_t)~nic_sum(ip, 20, 0));
	return 20;
}

static unsigned int headers_v6(uint8_t *ip, bool tcp, unsigned int l4_bytes, unsigned int flow)
{
	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, l4_bytes);
	ip[6] = tcp ? 6 : 17;
	ip[7] = 64;
	ip[8] = ip[24] = 0xfd;
	put16(ip + 22, flow);
	ip[39] = 2;
	return 40;
}

unsigned int nic_frame(uint8_t *frame, const uint8_t *to, bool v6, bool tcp, unsigned int payload,
		       unsigned int flow)
{
	static const uint8_t from[6] = {0x02, 0, 0, 0, 0, 0x77};
	unsigned int l4_header = tcp ? 20 : 8, l4_bytes = l4_header + payload, l3;
	uint8_t *ip = frame + 14, *l4;
	uint16_t sum;

	memcpy(frame, to, 6);
	memcpy(frame + 6, from, sizeof(from));
	put16(frame + 12, v6 ? 0x86dd : 0x0800);
	l3 = v6 ? headers_v6(ip, tcp, l4_bytes, flow) : headers_v4(ip, tcp, l4_bytes, flow);
	l4 = ip + l3;
	memset(l4, 0, l4_header);
	put16(l4, 1024 + flow);
	put16(l4 + 2, 9);
	if (tcp) {
		put16(l4 + 6, 1000); /* of the sequence number */
		l4[12] = 0x50;
		l4[13] = 0x19; /* ACK, PSH, FIN */
	} else {
		put16(l4 + 4, l4_bytes);
	}
	for (unsigned int i = 0; i < payload; i++)
		l4[l4_header + i] = (uint8_t)(i + flow);
	sum = nic_sum(v6 ? ip + 8 : ip + 12, v6 ? 32 : 8, l4_bytes + (tcp ? 6 : 17));
	sum = (uint16_t)~nic_sum(l4, l4_bytes, sum);
	put16(l4 + (tcp ? 16 : 6), sum ? sum : 0xffff);
	return 14 + l3 + l4_bytes;
}

bool nic_sums_right(const uint8_t *frame, unsigned int bytes)
{
	bool v6 = frame[12] == 0x86;
	const uint8_t *ip = frame + 14;
	unsigned int l3 = v6 ? 40 : 20, protocol = v6 ? ip[6] : ip[9];
	unsigned int l4_bytes =
		v6 ? (unsigned int)(ip[4] << 8 | ip[5]) : (unsigned int)(ip[2] << 8 | ip[3]) - 20;

	if (14 + l3 + l4_bytes > bytes || (!v6 && nic_sum(ip, 20, 0) != 0xffff))
		return false;
	return nic_sum(ip + l3, l4_bytes,
		       nic_sum(v6 ? ip + 8 : ip + 12, v6 ? 32 : 8, l4_bytes + protocol)) == 0xffff;
}
