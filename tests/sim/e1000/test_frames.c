// SPDX-License-Identifier: BSD-3-Clause
/* Frames through the simulated Intel cards, in a loop: descriptors of all kinds, buffers, filters, offloads, statistics. */
#include "nic.h"

#define LOOP	 "sim:e1000e,step,loop,mac=02:00:00:00:00:2a"
#define LOOP_540 "sim:e1000,step,loop,mac=02:00:00:00:00:2a"
#define BAM	 (1u << 15)
#define SECRC	 (1u << 26)
#define LPE	 (1u << 5)
#define DEXT	 (1ull << 29)

static const uint8_t self[6] = {2, 0, 0, 0, 0, 0x2a};
static const uint8_t other[6] = {2, 0, 0, 0, 0, 0x55};
static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 0xfb};
static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void open_started(struct nic *nic, const char *name, uint32_t rctl)
{
	nic_open(nic, NULL, name);
	nic_start(nic, rctl);
}

static void expect(struct nic *nic, unsigned int queue, const uint8_t *data, unsigned int bytes)
{
	struct nic_frame frame;

	assert_true(nic_receive(nic, queue, &frame));
	assert_int_equal(frame.bytes, bytes);
	assert_memory_equal(frame.data, data, bytes);
}

static void expect_none(struct nic *nic)
{
	struct nic_frame frame;

	assert_false(nic_receive(nic, 0, &frame));
	if (nic->is_82574)
		assert_false(nic_receive(nic, 1, &frame));
}

/* Both kinds of descriptors, past the end of the ring several times. */
static void test_rings(void **state)
{
	static const char *const names[] = {LOOP, LOOP_540};
	uint8_t data[1600];
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		open_started(&nic, names[i], BAM | SECRC);
		for (unsigned int n = 0; n < 5 * NIC_ENTRIES; n++) {
			unsigned int bytes = nic_frame(data, self, n % 2, n % 3, 10 * n, n);
			uint64_t legacy = NIC_EOP | NIC_IFCS | NIC_RS;

			nic_put(&nic, 0, data, bytes, n % 4 ? NIC_WHOLE : legacy);
			nic_ring_tail(&nic, 0);
			assert_false(nic_is_sent(&nic, 0));
			nic_run(&nic);
			assert_true(nic_is_sent(&nic, 0));
			if (bytes < 60)
				memset(data + bytes, 0, 60 - bytes);
			expect(&nic, 0, data, bytes < 60 ? 60 : bytes);
			nic_refill(&nic, 0);
		}
		nic_close(&nic, 0);
	}
}

static void test_fcs_and_chains(void **state)
{
	struct nic_frame frame;
	uint8_t data[4096];
	unsigned int bytes;
	struct nic nic;

	(void)state;
	/* The FCS is kept, with the residue that a right frame has (IEEE 802.3, 3.2.9). */
	open_started(&nic, LOOP, BAM);
	bytes = nic_frame(data, self, false, false, 100, 0);
	nic_send(&nic, data, bytes, 0);
	assert_true(nic_receive(&nic, 0, &frame));
	assert_int_equal(frame.bytes, bytes + 4);
	/* RCTL.BSIZE: 256 bytes in each buffer; the frame is sent in pieces. */
	nic_set(&nic, 0x100, nic_get(&nic, 0x100) | 3u << 16 | LPE | SECRC);
	bytes = nic_frame(data, self, true, true, 2500, 1);
	nic_put(&nic, 0, data, 60, NIC_DATA | NIC_IFCS);
	nic_put(&nic, 0, data + 60, 1, NIC_DATA | NIC_IFCS);
	nic_put(&nic, 0, data + 61, bytes - 61, NIC_WHOLE);
	nic_ring_tail(&nic, 0);
	nic_run(&nic);
	assert_true(nic_receive(&nic, 0, &frame));
	assert_int_equal(frame.bytes, bytes);
	assert_int_equal(frame.descriptors, (bytes + 255) / 256);
	assert_memory_equal(frame.data, data, bytes);
	nic_close(&nic, 0);
}

/* Without RCTL.LPE nothing of more than 1522 bytes is received; ROC counts it. */
static void test_long_frames(void **state)
{
	static uint8_t data[9300];
	unsigned int bytes;
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, BAM | SECRC);
	bytes = nic_frame(data, self, false, false, 1519 - 42, 0);
	nic_send(&nic, data, bytes, 0);
	expect_none(&nic);
	assert_int_equal(nic_get(&nic, 0x40ac), 1);
	assert_int_equal(nic_get(&nic, 0x40ac), 0);
	nic_set(&nic, 0x100, nic_get(&nic, 0x100) | LPE | 1u << 16 | 1u << 25); /* 16 KiB */
	bytes = nic_frame(data, self, false, false, 9000, 0);
	nic_send(&nic, data, bytes, 0);
	expect(&nic, 0, data, bytes);
	nic_close(&nic, 0);
}

static bool passes(struct nic *nic, const uint8_t *to)
{
	struct nic_frame frame;
	uint8_t data[128];
	bool passed;

	nic_send(nic, data, nic_frame(data, to, false, false, 20, 0), 0);
	passed = nic_receive(nic, 0, &frame);
	nic_refill(nic, 0);
	return passed;
}

static void test_address_filters(void **state)
{
	static const unsigned int shifts[] = {4, 3, 2, 0};
	unsigned int top = group[4] | (unsigned int)group[5] << 8;
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, SECRC);
	assert_true(passes(&nic, self));
	assert_false(passes(&nic, other));
	assert_false(passes(&nic, everyone));
	assert_false(passes(&nic, group));
	nic_set(&nic, 0x100, nic_get(&nic, 0x100) | BAM);
	assert_true(passes(&nic, everyone));
	nic_set(&nic, 0x5400 + 8 * 15, 0x00000002);
	nic_set(&nic, 0x5404 + 8 * 15, 0x80005500);
	assert_true(passes(&nic, other));
	nic_set(&nic, 0x5404 + 8 * 15, 0x00005500);
	assert_false(passes(&nic, other));
	for (unsigned int mo = 0; mo < 4; mo++) {
		unsigned int hash = top >> shifts[mo] & 0xfff;

		nic_set(&nic, 0x100, (nic_get(&nic, 0x100) & ~(3u << 12)) | mo << 12);
		assert_false(passes(&nic, group));
		nic_set(&nic, 0x5200 + hash / 32 * 4, 1u << hash % 32);
		assert_true(passes(&nic, group));
		nic_set(&nic, 0x5200 + hash / 32 * 4, 0);
	}
	nic_set(&nic, 0x100, nic_get(&nic, 0x100) | 1u << 4); /* MPE */
	assert_true(passes(&nic, group));
	assert_false(passes(&nic, other));
	nic_set(&nic, 0x100, nic_get(&nic, 0x100) | 1u << 3); /* UPE */
	assert_true(passes(&nic, other));
	nic_close(&nic, 0);
}

static void test_vlan(void **state)
{
	static const char *const names[] = {LOOP, LOOP_540};
	uint8_t data[256], tagged[260];
	struct nic_frame frame;
	unsigned int bytes;
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		open_started(&nic, names[i], SECRC);
		bytes = nic_frame(data, self, false, true, 100, 0);
		memcpy(tagged, data, 12);
		memcpy(tagged + 12, (const uint8_t[]){0x81, 0x00, 0xa1, 0x23}, 4);
		memcpy(tagged + 16, data + 12, bytes - 12);
		nic_set(&nic, 0, nic_get(&nic, 0) | 1u << 30); /* VME */
		nic_send(&nic, data, bytes, NIC_VLE | 0xa123ull << 48);
		assert_true(nic_receive(&nic, 0, &frame));
		assert_true(frame.status & 8);
		assert_int_equal(frame.tag, 0xa123);
		assert_int_equal(frame.bytes, bytes);
		assert_memory_equal(frame.data, data, bytes);
		assert_int_equal(frame.status >> 24, 0);
		/* Not stripped: the tag is in the data. */
		nic_set(&nic, 0, nic_get(&nic, 0) & ~(1u << 30));
		nic_send(&nic, tagged, bytes + 4, 0);
		expect(&nic, 0, tagged, bytes + 4);
		/* VFTA. */
		for (unsigned int word = 0; word < 128; word++)
			nic_set(&nic, 0x5600 + 4 * word, 0);
		nic_set(&nic, 0x100, nic_get(&nic, 0x100) | 1u << 18);
		nic_send(&nic, tagged, bytes + 4, 0);
		expect_none(&nic);
		nic_set(&nic, 0x5600 + 4 * (0x123 >> 5), 1u << (0x123 & 31));
		nic_send(&nic, tagged, bytes + 4, 0);
		expect(&nic, 0, tagged, bytes + 4);
		nic_send(&nic, data, bytes, 0); /* untagged */
		expect(&nic, 0, data, bytes);
		nic_close(&nic, 0);
	}
}

static uint64_t context(unsigned int l3, bool tcp)
{
	return 14u | 24ull << 8 | (14 + l3 - 1) << 16 | (14ull + l3) << 32 |
	       (14ull + l3 + (tcp ? 16 : 6)) << 40;
}

static void spoil_sums(uint8_t *data, bool v6, bool tcp)
{
	unsigned int l3 = v6 ? 40 : 20, field = 14 + l3 + (tcp ? 16 : 6);
	unsigned int l4_bytes = v6 ? (unsigned int)(data[18] << 8 | data[19])
				   : (unsigned int)(data[16] << 8 | data[17]) - 20;
	uint16_t pseudo =
		nic_sum(v6 ? data + 22 : data + 26, v6 ? 32 : 8, l4_bytes + (tcp ? 6 : 17));

	if (!v6)
		memset(data + 24, 0, 2);
	data[field] = (uint8_t)(pseudo >> 8);
	data[field + 1] = (uint8_t)pseudo;
}

/* What the driver left to the card is right on the wire; what the card says of it on reception is so, too. */
static void test_checksums(void **state)
{
	struct nic_frame frame;
	uint8_t data[512], right[512];
	struct nic nic;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		bool v6 = i & 1, tcp = i & 2;
		unsigned int bytes, l3 = v6 ? 40 : 20;

		open_started(&nic, LOOP, SECRC);
		bytes = nic_frame(right, self, v6, tcp, 77, i);
		memcpy(data, right, bytes);
		spoil_sums(data, v6, tcp);
		nic_put_words(&nic, 0, context(l3, tcp),
			      DEXT | (uint64_t)tcp << 24 | (uint64_t)!v6 << 25);
		nic_send(&nic, data, bytes, NIC_TXSM | (v6 ? 0 : NIC_IXSM));
		assert_true(nic_receive(&nic, 0, &frame));
		assert_memory_equal(frame.data, right, bytes);
		assert_int_equal(frame.status >> 24, 0);
		assert_int_equal(frame.status & 0x70, (v6 ? 0 : 0x40) | 0x20 | (tcp ? 0 : 0x10));
		assert_int_equal(frame.status >> 16 & 15, (v6 ? 6 : 2));
		/* Wrong ones are reported. */
		right[bytes - 1] ^= 1;
		nic_send(&nic, right, bytes, 0);
		assert_true(nic_receive(&nic, 0, &frame));
		assert_int_equal(frame.status >> 24, 0x20);
		right[bytes - 1] ^= 1;
		if (!v6) {
			right[24] ^= 1;
			nic_send(&nic, right, bytes, 0);
			assert_true(nic_receive(&nic, 0, &frame));
			assert_int_equal(frame.status >> 24, 0x40);
		}
		/* Without RXCSUM it says nothing. */
		nic_set(&nic, 0x5000, 0);
		nic_send(&nic, right, bytes, 0);
		assert_true(nic_receive(&nic, 0, &frame));
		assert_int_equal(frame.status & 0x74, 0x04);
		assert_int_equal(frame.status >> 24, 0);
		nic_close(&nic, 0);
	}
}

/* 8254x, 3.5: legacy descriptors have one sum, from CSS on to CSO. */
static void test_legacy_checksum(void **state)
{
	uint8_t data[256], right[256];
	unsigned int bytes;
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP_540, SECRC);
	bytes = nic_frame(right, self, false, false, 50, 3);
	memcpy(data, right, bytes);
	spoil_sums(data, false, false);
	memcpy(data + 24, right + 24, 2);
	nic_put(&nic, 0, data, bytes,
		NIC_EOP | NIC_IFCS | NIC_RS | NIC_IC | 40u << 16 | 34ull << 40);
	nic_ring_tail(&nic, 0);
	nic_run(&nic);
	expect(&nic, 0, right, bytes);
	nic_close(&nic, 0);
}

static void expect_segments(struct nic *nic, const uint8_t *whole, bool v6, unsigned int payload,
			    unsigned int mss)
{
	unsigned int l3 = v6 ? 40 : 20, header = 14 + l3 + 20, offset = 0, number = 0;

	for (; offset < payload; offset += mss, number++) {
		unsigned int part = payload - offset < mss ? payload - offset : mss;
		const uint8_t *tcp;
		struct nic_frame frame;

		assert_true(nic_receive(nic, 0, &frame));
		assert_int_equal(frame.bytes, header + part);
		assert_true(nic_sums_right(frame.data, frame.bytes));
		assert_memory_equal(frame.data + header, whole + header + offset, part);
		tcp = frame.data + 14 + l3;
		assert_int_equal((uint32_t)tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 | tcp[7],
				 1000 + offset);
		assert_int_equal(tcp[13], offset + part == payload ? 0x19 : 0x10);
		if (!v6)
			assert_int_equal(frame.data[18] << 8 | frame.data[19], 0x1234 + number);
	}
	expect_none(nic);
}

static void test_segmentation(void **state)
{
	static uint8_t data[16000];
	struct nic nic;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		bool v6 = i & 1;
		unsigned int l3 = v6 ? 40 : 20, payload = 12345, mss = 1400, bytes,
			     header = 34 + l3;
		uint16_t pseudo;

		open_started(&nic, LOOP, SECRC);
		bytes = nic_frame(data, self, v6, true, payload, i);
		/* The sum of the pseudo header without the length, and the IP header's sum and length 0. */
		pseudo = nic_sum(v6 ? data + 22 : data + 26, v6 ? 32 : 8, 6);
		data[14 + l3 + 16] = (uint8_t)(pseudo >> 8);
		data[14 + l3 + 17] = (uint8_t)pseudo;
		memset(v6 ? data + 18 : data + 16, 0, 2);
		if (!v6)
			memset(data + 24, 0, 2);
		nic_put_words(&nic, 0, context(l3, true) & ~(0xffffull << 48),
			      payload | DEXT | 1ull << 24 | (uint64_t)!v6 << 25 | NIC_TSE |
				      (uint64_t)header << 40 | (uint64_t)mss << 48);
		nic_put(&nic, 0, data, 100,
			NIC_DATA | NIC_IFCS | NIC_TSE | NIC_TXSM | (v6 ? 0 : NIC_IXSM));
		nic_put(&nic, 0, data + 100, bytes - 100, NIC_WHOLE | NIC_TSE);
		nic_ring_tail(&nic, 0);
		nic_run(&nic);
		assert_true(nic_is_sent(&nic, 0));
		expect_segments(&nic, data, v6, payload, mss);
		assert_int_equal(nic_get(&nic, 0x40f8), 1); /* TSCTC */
		assert_int_equal(nic_get(&nic, 0x40d4), 9); /* TPT */
		nic_close(&nic, 0);
	}
}

/* The vectors by which Microsoft verifies RSS. */
static void test_rss(void **state)
{
	static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
					0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
					0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
					0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
	static const uint8_t addresses[8] = {66, 9, 149, 187, 161, 142, 100, 80};
	struct nic_frame frame;
	uint8_t data[128];
	unsigned int bytes;
	struct nic nic;

	(void)state;
	nic_open(&nic, NULL, LOOP);
	nic_set(&nic, 0x5008, 1u << 15);
	nic_set(&nic, 0x5000, 1u << 13);
	nic_set(&nic, 0x5818, 1u | 3u << 16);
	for (unsigned int i = 0; i < 10; i++)
		nic_set(&nic, 0x5c80 + 4 * i,
			key[4 * i] | (uint32_t)key[4 * i + 1] << 8 |
				(uint32_t)key[4 * i + 2] << 16 | (uint32_t)key[4 * i + 3] << 24);
	/* The hash of TCP ends in 0x78, that of the addresses alone in 0x42. */
	for (unsigned int i = 0; i < 32; i++)
		nic_set(&nic, 0x5c00 + 4 * i, i == 0x78 / 4 ? 0x80 : 0);
	nic_start(&nic, SECRC);
	for (unsigned int tcp = 0; tcp < 2; tcp++) {
		bytes = nic_frame(data, self, false, tcp, 30, 0);
		memcpy(data + 26, addresses, 8);
		memcpy(data + 34, (const uint8_t[]){0x0a, 0xea, 0x06, 0xe6}, 4); /* 2794, 1766 */
		nic_send(&nic, data, bytes, 0);
		assert_true(nic_receive(&nic, tcp ? 1 : 0, &frame));
		assert_int_equal(frame.hash, tcp ? 0x51ccc178 : 0x323e8fc2);
		assert_int_equal(frame.mrq, tcp ? 1 | 1 << 8 : 2);
	}
	memcpy(data + 12, (const uint8_t[]){0x88, 0xcc}, 2); /* no IP: no hash, queue 0 */
	nic_send(&nic, data, bytes, 0);
	assert_true(nic_receive(&nic, 0, &frame));
	assert_int_equal(frame.mrq, 0);
	nic_close(&nic, 0);
}

static void test_statistics(void **state)
{
	uint8_t data[1500];
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, BAM | SECRC | 1u << 4);
	nic_send(&nic, data, nic_frame(data, self, false, false, 18, 0), 0); /* 64 with FCS */
	nic_send(&nic, data, nic_frame(data, group, false, false, 200, 0), 0);
	nic_send(&nic, data, nic_frame(data, everyone, false, false, 1400, 0), 0);
	nic_send(&nic, data, nic_frame(data, other, false, false, 18, 0), 0); /* filtered */
	assert_int_equal(nic_get(&nic, 0x40d0), 4);			      /* TPR */
	assert_int_equal(nic_get(&nic, 0x4074), 3);			      /* GPRC */
	assert_int_equal(nic_get(&nic, 0x405c), 1);			      /* PRC64 */
	assert_int_equal(nic_get(&nic, 0x407c), 1);			      /* MPRC */
	assert_int_equal(nic_get(&nic, 0x4078), 1);			      /* BPRC */
	assert_int_equal(nic_get(&nic, 0x4080), 4);			      /* GPTC */
	assert_int_equal(nic_get(&nic, 0x40d8), 2);			      /* PTC64 */
	assert_int_equal(nic_get(&nic, 0x4088), 64 + 246 + 1446);
	assert_int_equal(nic_get(&nic, 0x408c), 0); /* clears both */
	assert_int_equal(nic_get(&nic, 0x4088), 0);
	nic_close(&nic, 0);
}

/* Without descriptors frames wait in the packet buffer, and then are missed. */
static void test_no_buffers(void **state)
{
	unsigned int bytes, received = 0;
	struct nic_frame frame;
	uint8_t data[1500];
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, SECRC);
	bytes = nic_frame(data, self, false, false, 1000, 0);
	for (unsigned int i = 0; i < 60; i++)
		nic_send(&nic, data, bytes, 0);
	assert_true(nic_get(&nic, 0xc0) & 1u << 6);			     /* RXO */
	assert_int_equal(nic_get(&nic, 0x40a0), 60 - (NIC_ENTRIES - 1) - 1); /* RNBC */
	do {
		while (nic_receive(&nic, 0, &frame))
			received++;
		nic_refill(&nic, 0);
		nic_run(&nic);
	} while (nic_receive(&nic, 0, &frame) && ++received);
	assert_int_equal(received + nic_get(&nic, 0x4010), 60); /* MPC */
	assert_true(received > NIC_ENTRIES + 10 && received < 60);
	nic_close(&nic, 0);
}

static void test_without_a_link_nothing_is_sent(void **state)
{
	const struct padma_sim_fault down = {.kind = PADMA_SIM_FAULT_LINK_DOWN};
	const struct padma_sim_fault none = {.kind = PADMA_SIM_FAULT_NONE};
	unsigned int bytes;
	uint8_t data[128];
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, SECRC);
	bytes = nic_frame(data, self, false, false, 40, 0);
	assert_int_equal(padma_sim_fault(nic.device, &down), 0);
	nic_run(&nic);
	nic_send(&nic, data, bytes, 0);
	assert_false(nic_is_sent(&nic, 0));
	assert_int_equal(padma_sim_fault(nic.device, &none), 0);
	nic_run(&nic);
	assert_true(nic_is_sent(&nic, 0));
	expect(&nic, 0, data, bytes);
	nic_close(&nic, 0);
}

static void inject(struct nic *nic, enum padma_sim_fault_kind kind, uint64_t value, uint64_t count)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value, .count = count};

	assert_int_equal(padma_sim_fault(nic->device, &fault), 0);
}

static void test_faults(void **state)
{
	struct nic_frame frame;
	unsigned int bytes;
	uint8_t data[128];
	struct nic nic;

	(void)state;
	open_started(&nic, LOOP, SECRC);
	bytes = nic_frame(data, self, false, false, 40, 0);
	inject(&nic, PADMA_SIM_FAULT_HANG, 0, 0);
	nic_send(&nic, data, bytes, 0);
	assert_false(nic_is_sent(&nic, 0));
	inject(&nic, PADMA_SIM_FAULT_NONE, 0, 0);
	nic_run(&nic);
	expect(&nic, 0, data, bytes);
	inject(&nic, PADMA_SIM_FAULT_DROP, 0, 1);
	nic_send(&nic, data, bytes, 0);
	assert_false(nic_is_sent(&nic, 0));
	expect(&nic, 0, data, bytes);
	inject(&nic, PADMA_SIM_FAULT_WRONG_LENGTH, 5000, 2);
	nic_send(&nic, data, bytes, 0);
	assert_true(nic_receive(&nic, 0, &frame));
	assert_int_equal(frame.bytes, 5000);
	inject(&nic, PADMA_SIM_FAULT_STATUS, 0x81, 2);
	nic_send(&nic, data, bytes, 0);
	assert_true(nic_receive(&nic, 0, &frame));
	assert_int_equal(frame.status >> 24, 0x81);
	inject(&nic, PADMA_SIM_FAULT_FATAL, 0, 1);
	nic_send(&nic, data, bytes, 0);
	inject(&nic, PADMA_SIM_FAULT_NONE, 0, 0);
	nic_run(&nic);
	assert_false(nic_is_sent(&nic, 0));
	nic_close(&nic, 0);
}

/* A queue of the card reads what the driver says; what is wrong with it is recorded. */
static void test_driver_errors_of_descriptors(void **state)
{
	static const struct {
		uint64_t word;
		const char *says;
	} wrong[] = {
		{NIC_DATA | NIC_EOP | NIC_RS | 64, "IFCS"},
		{NIC_WHOLE | 1ull << 32 | 64, "DD"},
		{NIC_WHOLE | 10, "10 bytes"},
		{NIC_WHOLE | 9500, "9500 bytes"},
		{NIC_WHOLE | NIC_TXSM | 64, "without a context"},
		{NIC_WHOLE | NIC_TSE | 64, "MSS"},
		{NIC_WHOLE | NIC_VLE | 64, "VME"},
		{NIC_WHOLE | 2ull << 20 | 64, "reserved type"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct padma_sim_driver_errors errors;
		struct nic nic;

		open_started(&nic, LOOP, SECRC);
		nic_put_words(&nic, 0, padma_dma(nic.space, nic.tx[0].buffers), wrong[i].word);
		nic_ring_tail(&nic, 0);
		nic_run(&nic);
		assert_int_equal(padma_sim_driver_errors(nic.device, &errors), 0);
		assert_int_equal(errors.count, 1);
		if (!strstr(errors.first, wrong[i].says))
			print_error("%s\n", errors.first);
		assert_non_null(strstr(errors.first, wrong[i].says));
		nic_close(&nic, 1);
	}
}

/* The key null: every descriptor of both queues is filled. */
static void test_null(void **state)
{
	struct nic_frame frame;
	struct nic nic;

	(void)state;
	open_started(&nic, "sim:e1000e,step,null,frame=64", BAM | SECRC);
	nic_run(&nic);
	for (unsigned int queue = 0; queue < 2; queue++) {
		for (unsigned int i = 0; i < NIC_ENTRIES - 1; i++) {
			assert_true(nic_receive(&nic, queue, &frame));
			assert_int_equal(frame.bytes, 64);
		}
		assert_false(nic_receive(&nic, queue, &frame));
		nic_refill(&nic, queue);
	}
	nic_run(&nic);
	assert_true(nic_receive(&nic, 1, &frame));
	nic_send(&nic, frame.data, frame.bytes, 0);
	assert_true(nic_is_sent(&nic, 0));
	nic_close(&nic, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_fcs_and_chains),
		cmocka_unit_test(test_long_frames),
		cmocka_unit_test(test_address_filters),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_legacy_checksum),
		cmocka_unit_test(test_segmentation),
		cmocka_unit_test(test_rss),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_no_buffers),
		cmocka_unit_test(test_without_a_link_nothing_is_sent),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_driver_errors_of_descriptors),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
