// SPDX-License-Identifier: BSD-3-Clause
/* The bed of bed.h. */
#include "bed.h"

#include "net/packet_chain.h"

#define HEADERS 42u
#define TURNS	1000

static struct padma_space *shared;

int bed_space_open(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};

	(void)state;
	return padma_space_open(&params, &shared);
}

int bed_space_close(void **state)
{
	(void)state;
	return padma_space_close(shared);
}

static bool has_wire(const char *keys)
{
	return strstr(keys, "link=") || strstr(keys, "null") || strstr(keys, "pcap=");
}

void bed_open(struct bed *bed, const char *keys, size_t packets, size_t room_bytes)
{
	const struct padma_packet_pool_params pool = {.count = packets ? packets : BED_PACKETS,
						      .room_bytes = room_bytes,
						      .name = "packets",
						      .checks = PADMA_POOL_CHECKS_ON};
	bool threads = strncmp(keys, "threads,", 8) == 0;
	char name[400];

	*bed = (struct bed){.space = shared, .packets = pool.count};
	snprintf(name, sizeof(name), "sim:virtio-net%s%s,%s", has_wire(keys) ? "" : ",loop,pause",
		 threads ? "" : ",step", threads ? keys + 8 : keys);
	if (name[strlen(name) - 1] == ',')
		name[strlen(name) - 1] = '\0';
	must(padma_device_open(bed->space, name, &bed->device));
	must(padma_packet_pool_open(bed->space, &pool, &bed->pool));
	must(padma_pool_cache_open(bed->pool, &bed->cache));
	must(padma_port_open(bed->device, &bed->port));
	must(padma_port_info(bed->port, &bed->info));
}

void bed_start(struct bed *bed, const struct padma_port_params *params)
{
	struct padma_packet *none[1];

	must(padma_port_configure(bed->port, params));
	bed->rx_queues = params && params->rx_queues ? params->rx_queues : 1;
	bed->tx_queues = params && params->tx_queues ? params->tx_queues : bed->rx_queues;
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		must(padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[i]));
	for (unsigned int i = 0; i < bed->tx_queues; i++)
		must(padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[i]));
	must(padma_port_start(bed->port));
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		assert_int_equal(padma_rx_burst(bed->rx[i], none, 1), 0);
}

void bed_close_port(struct bed *bed)
{
	must(padma_port_stop(bed->port));
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		must(padma_rx_queue_close(bed->rx[i]));
	for (unsigned int i = 0; i < bed->tx_queues; i++)
		must(padma_tx_queue_close(bed->tx[i]));
	must(padma_port_close(bed->port));
	bed->port = NULL;
}

static void close_rest(struct bed *bed)
{
	struct padma_sim_dma_faults faults;

	if (bed->port)
		bed_close_port(bed);
	assert_int_equal(padma_pool_available(bed->pool), bed->packets);
	padma_pool_cache_close(bed->cache);
	must(padma_pool_close(bed->pool));
	must(padma_sim_dma_faults(bed->device, &faults));
	assert_int_equal(faults.count, 0);
	must(padma_device_close(bed->device));
}

void bed_close(struct bed *bed)
{
	struct padma_sim_driver_errors errors;

	if (bed->port)
		bed_close_port(bed);
	must(padma_sim_driver_errors(bed->device, &errors));
	assert_string_equal(errors.first, "");
	assert_int_equal(errors.count, 0);
	close_rest(bed);
}

void bed_close_broken(struct bed *bed)
{
	close_rest(bed);
}

static uint8_t byte_at(uint32_t number, unsigned int at)
{
	return (uint8_t)(number * 7 + at * 13 + (at >> 8));
}

/* Ethernet to everyone, IPv4, UDP without a checksum, and the number. */
static void make_frame(uint8_t *frame, uint32_t number, unsigned int bytes)
{
	static const uint8_t headers[HEADERS] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,  0, 0, 0, 7,	8, 0, 0x45, 0, 0, 0, 0,
		0,    0x40, 0,	  64,	17,   0,    0, 10, 0, 0, 1, 10, 0, 0, 2,    4, 0, 0, 9};
	uint32_t sum = 0;

	memcpy(frame, headers, sizeof(headers));
	frame[16] = (uint8_t)((bytes - 14) >> 8);
	frame[17] = (uint8_t)(bytes - 14);
	frame[38] = (uint8_t)((bytes - 34) >> 8);
	frame[39] = (uint8_t)(bytes - 34);
	for (unsigned int i = 14; i < 34; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[24] = (uint8_t)(sum >> 8);
	frame[25] = (uint8_t)sum;
	for (unsigned int i = HEADERS; i < bytes; i++)
		frame[i] = byte_at(number, i);
	memcpy(frame + HEADERS, &number, 4);
}

struct padma_packet *bed_frame(struct bed *bed, uint32_t number, unsigned int bytes,
			       unsigned int segments)
{
	const unsigned int piece = bytes / segments;
	uint8_t frame[16384];

	make_frame(frame, number, bytes);
	return packet_chain(bed->cache, frame, bytes, bytes - piece * (segments - 1), piece);
}

bool bed_is_frame(const struct padma_packet *packet, uint32_t number)
{
	uint8_t expected[16384];
	uint32_t bytes = padma_packet_bytes(packet), at = 0;

	if (bytes < HEADERS + 4 || bytes > sizeof(expected))
		return false;
	make_frame(expected, number, bytes);
	for (; packet; packet = packet->next) {
		if (memcmp(padma_packet_data(packet), expected + at, packet->length) != 0)
			return false;
		at += packet->length;
	}
	return true;
}

void bed_step(struct bed *bed)
{
	for (int i = 0; i < TURNS && padma_sim_step(bed->device, 0) > 0; i++)
		;
}

/* What has arrived, in its order. */
static void take_frames(struct bed *bed, unsigned int bytes)
{
	struct padma_packet *packets[32];
	unsigned int n;

	for (unsigned int q = 0; q < bed->rx_queues; q++) {
		do {
			n = padma_rx_burst(bed->rx[q], packets, 32);
			for (unsigned int i = 0; i < n; i++) {
				assert_int_equal(padma_packet_bytes(packets[i]), bytes);
				assert_true(bed_is_frame(packets[i], bed->received));
				bed->received++;
				padma_packet_put(bed->cache, packets[i]);
			}
		} while (n);
	}
}

void bed_exchange(struct bed *bed, unsigned int queue, unsigned int count, unsigned int bytes,
		  unsigned int segments)
{
	uint32_t end = bed->sent + count;
	unsigned int idle = 0;

	while (bed->received != end) {
		for (unsigned int i = 0; i < 16 && bed->sent != end; i++) {
			struct padma_packet *packet = bed_frame(bed, bed->sent, bytes, segments);

			if (padma_tx_burst(bed->tx[queue], &packet, 1) == 0) {
				padma_packet_put(bed->cache, packet);
				break;
			}
			bed->sent++;
		}
		bed_step(bed);
		take_frames(bed, bytes);
		padma_tx_reap(bed->tx[queue], 64);
		assert_true(++idle < 10 * count + 1000);
	}
}

unsigned int bed_discard(struct bed *bed)
{
	struct padma_packet *packets[32];
	unsigned int n, all = 0;

	for (unsigned int q = 0; q < bed->rx_queues; q++) {
		while ((n = padma_rx_burst(bed->rx[q], packets, 32))) {
			for (unsigned int i = 0; i < n; i++)
				padma_packet_put(bed->cache, packets[i]);
			all += n;
		}
	}
	return all;
}

void bed_fault(struct bed *bed, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
	       uint64_t count)
{
	const struct padma_sim_fault fault = {
		.kind = kind, .value = value, .skip = skip, .count = count};

	must(padma_sim_fault(bed->device, &fault));
}

int bed_reset(struct bed *bed)
{
	int rc;

	padma_port_reset_begin(bed->port);
	do {
		bed_discard(bed);
		for (unsigned int i = 0; i < bed->tx_queues; i++)
			padma_tx_reap(bed->tx[i], 64);
		rc = padma_port_reset_finish(bed->port);
	} while (rc == -EAGAIN);
	bed->received = bed->sent;
	if (rc == 0)
		bed_discard(bed);
	return rc;
}
