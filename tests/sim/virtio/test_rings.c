// SPDX-License-Identifier: BSD-3-Clause
/* Rings of a simulated Virtio device: every form and size, chains, wraps, notifications both ways, faults of single
 * buffers, and drivers that break the specification. The device is a looped network card: what is sent is received. */
#include "raw.h"

#include <padma/barrier.h>

#define HEADER 12u
#define PARTS  4u

/* A form of the rings. */
static const struct form {
	const char *name;
	uint64_t features;
} forms[] = {
	{"split", 0},
	{"split, event index", EVENT_INDEX},
	{"split, in order", IN_ORDER},
	{"split, all", EVENT_INDEX | IN_ORDER | INDIRECT | NOTIFY_DATA | NOTIFY_CONFIG},
	{"packed", PACKED},
	{"packed, event index", PACKED | EVENT_INDEX},
	{"packed, in order", PACKED | IN_ORDER},
	{"packed, all", PACKED | EVENT_INDEX | IN_ORDER | INDIRECT | NOTIFY_DATA | NOTIFY_CONFIG},
};

#define ALL_KEYS "loop,packed,in-order,notify-data"

/* Buffers of one queue pair, each in a page of its own; a frame in @parts pieces. */
struct traffic {
	struct raw raw;
	uint8_t *tx[64], *rx[64], *tables;
	uint16_t rx_of[65536];
	unsigned int parts;
	bool tables_used;
	uint32_t frame_bytes;
};

static void traffic_open(struct traffic *t, const char *keys, uint64_t features, unsigned int size)
{
	raw_open(&t->raw, keys);
	assert_true(raw_negotiate(&t->raw, features | VERSION_1));
	raw_queue(&t->raw, 0, size);
	raw_queue(&t->raw, 1, size);
	raw_ready(&t->raw);
	for (size_t i = 0; i < ARRAY_SIZE(t->tx); i++) {
		t->tx[i] = raw_memory(&t->raw, 4096);
		t->rx[i] = raw_memory(&t->raw, 4096);
	}
	t->tables = raw_memory(&t->raw, 4096);
	t->parts = 1;
	t->tables_used = false;
	t->frame_bytes = 200;
}

/* @bytes from @memory on in t->parts pieces, of which the first is as short as a header. */
static unsigned int cut(const struct traffic *t, uint8_t *memory, uint32_t bytes,
			struct raw_part *parts)
{
	uint32_t at = 0;

	for (unsigned int i = 0; i < t->parts; i++) {
		uint32_t piece = i + 1 == t->parts ? bytes - at : i ? 17 : HEADER;

		parts[i] = (struct raw_part){memory + at, piece};
		at += piece;
	}
	return t->parts;
}

static void *table_of(const struct traffic *t, unsigned int number)
{
	return t->tables_used ? t->tables + 16 * PARTS * (number % 32) : NULL;
}

static void offer(struct traffic *t, unsigned int slot)
{
	struct raw_part parts[PARTS];
	uint16_t id;

	memset(t->rx[slot], 0xee, 4096);
	id = raw_add(&t->raw.q[0], parts, 0, cut(t, t->rx[slot], 2048, parts),
		     table_of(t, 16 + slot));
	t->rx_of[id] = (uint16_t)slot;
}

static void fill_frame(const struct traffic *t, uint8_t *memory, unsigned int number)
{
	memset(memory, 0, HEADER);
	memset(memory + HEADER, (int)(number % 251), t->frame_bytes);
	memset(memory + HEADER + 12, 0x88, 2); /* no IP */
}

static void send_number(struct traffic *t, unsigned int number)
{
	struct raw_part parts[PARTS];
	uint8_t *memory = t->tx[number % ARRAY_SIZE(t->tx)];

	fill_frame(t, memory, number);
	raw_add(&t->raw.q[1], parts, cut(t, memory, HEADER + t->frame_bytes, parts), 0,
		table_of(t, number % 16));
}

static void check_received(const struct traffic *t, uint32_t id, uint32_t bytes,
			   unsigned int number)
{
	const uint8_t *memory = t->rx[t->rx_of[id]];
	uint8_t expected[4096];

	assert_int_equal(bytes, HEADER + t->frame_bytes);
	fill_frame(t, expected, number);
	expected[10] = 1; /* num_buffers */
	assert_memory_equal(memory, expected, bytes);
	assert_int_equal(memory[bytes], 0xee);
}

/* Reap what was sent: in order a used one may stand for several, the last of which it names. */
static void reap_sent(struct traffic *t, unsigned int count)
{
	uint32_t id, bytes;

	assert_true(raw_used(&t->raw.q[1], &id, &bytes));
	assert_int_equal(bytes, 0);
	if (t->raw.features & IN_ORDER) {
		if (!t->raw.q[1].packed)
			t->raw.q[1].seen = (uint16_t)(t->raw.q[1].seen + count - 1);
	} else {
		for (unsigned int i = 1; i < count; i++)
			assert_true(raw_used(&t->raw.q[1], &id, &bytes));
	}
	assert_false(raw_used(&t->raw.q[1], &id, &bytes));
}

/* @rounds of @burst frames through rings of @size. */
static void run(const struct form *form, unsigned int size, unsigned int parts, unsigned int burst,
		unsigned int rounds)
{
	static struct traffic t;
	uint32_t id, bytes;
	unsigned int number = 0;

	traffic_open(&t, ALL_KEYS, form->features, size);
	t.parts = parts;
	t.tables_used = parts > 1 && form->features & INDIRECT;
	for (unsigned int i = 0; i < burst; i++)
		offer(&t, i);
	raw_kick(&t.raw.q[0]);
	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < burst; i++)
			send_number(&t, number + i);
		raw_kick(&t.raw.q[1]);
		raw_step(&t.raw);
		reap_sent(&t, burst);
		for (unsigned int i = 0; i < burst; i++) {
			assert_true(raw_used(&t.raw.q[0], &id, &bytes));
			check_received(&t, id, bytes, number++);
			offer(&t, t.rx_of[id]);
		}
		assert_false(raw_used(&t.raw.q[0], &id, &bytes));
		raw_kick(&t.raw.q[0]);
	}
	raw_close(&t.raw);
}

static void test_every_form_and_size(void **state)
{
	static const unsigned int sizes[] = {2, 4, 8, 16, 64, 256};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			unsigned int most = sizes[s] < 32 ? sizes[s] : 32;

			run(&forms[f], sizes[s], 1, 1, 3 * sizes[s]);
			run(&forms[f], sizes[s], 1, most, 40);
			if (forms[f].features & INDIRECT && sizes[s] >= PARTS)
				run(&forms[f], sizes[s], PARTS, most < 16 ? most : 16, 40);
			else if (sizes[s] >= PARTS)
				run(&forms[f], sizes[s], PARTS, most / PARTS, 40);
		}
		/* Only packed rings can have other sizes. */
		if (forms[f].features & PACKED) {
			run(&forms[f], 7, 1, 7, 40);
			run(&forms[f], 100, 3, 10, 40);
		}
	}
}

/* A wrap of split's indices, which count to 65536. */
static void test_wrap_of_the_index(void **state)
{
	(void)state;
	run(&forms[1], 32, 1, 32, 65536 / 32 + 3);
	run(&forms[5], 32, 1, 32, 65536 / 32 + 3);
}

/* After a notification the device looks until there is nothing, and then wants to be notified again. */
static void test_notifications_are_asked_for(void **state)
{
	static struct traffic t;
	uint32_t id, bytes;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		if (forms[f].features & IN_ORDER)
			continue;
		traffic_open(&t, ALL_KEYS, forms[f].features, 16);
		assert_true(t.raw.q[1].size == 16);
		send_number(&t, 0);
		assert_true(raw_wants_kick(&t.raw.q[1], 1));
		raw_step(&t.raw);
		/* The driver has not notified it. */
		assert_false(raw_used(&t.raw.q[1], &id, &bytes));
		raw_kick(&t.raw.q[1]);
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[1], &id, &bytes));
		send_number(&t, 1);
		assert_true(raw_wants_kick(&t.raw.q[1], 1));
		raw_kick(&t.raw.q[1]);
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[1], &id, &bytes));
		raw_close(&t.raw);
	}
}

/* A frame over several buffers: all but the last are full, and the driver sees them together. */
static void mergeable(uint64_t features, uint32_t room, uint32_t frame_bytes)
{
	static struct traffic t;
	unsigned int count = (HEADER + frame_bytes + room - 1) / room;
	uint32_t at = 0, id, bytes;
	struct raw_part part;

	traffic_open(&t, ALL_KEYS, features | MERGEABLE, 64);
	t.frame_bytes = frame_bytes;
	send_number(&t, 9);
	raw_kick(&t.raw.q[1]);
	for (unsigned int i = 0; i < count; i++) {
		/* One too few: nothing comes. */
		raw_step(&t.raw);
		assert_false(raw_used(&t.raw.q[0], &id, &bytes));
		part = (struct raw_part){t.rx[i], room};
		t.rx_of[raw_add(&t.raw.q[0], &part, 0, 1, NULL)] = (uint16_t)i;
		raw_kick(&t.raw.q[0]);
	}
	raw_step(&t.raw);
	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *memory;

		assert_true(raw_used(&t.raw.q[0], &id, &bytes));
		assert_int_equal(t.rx_of[id], i);
		memory = t.rx[i];
		assert_int_equal(bytes, i + 1 < count ? room : HEADER + frame_bytes - at);
		if (i == 0)
			assert_int_equal(memory[10] | memory[11] << 8, count);
		for (uint32_t b = 0; b < bytes; b++) {
			uint32_t offset = at + b - HEADER;

			if (at + b >= HEADER)
				assert_int_equal(memory[b],
						 offset == 12 || offset == 13 ? 0x88 : 9);
		}
		at += bytes;
	}
	assert_int_equal(at, HEADER + frame_bytes);
	raw_close(&t.raw);
}

static void test_mergeable_buffers(void **state)
{
	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		mergeable(forms[f].features, 64, 200);
		mergeable(forms[f].features, 128, 4000);
		mergeable(forms[f].features, 12, 500);
		mergeable(forms[f].features, 1024, 4084);
	}
}

/* Without mergeable buffers a frame that is too long is lost, and the buffer serves another. */
static void test_a_frame_that_does_not_fit(void **state)
{
	static struct traffic t;
	struct raw_part part;
	uint32_t id, bytes;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		traffic_open(&t, ALL_KEYS, forms[f].features, 16);
		part = (struct raw_part){t.rx[0], 128};
		raw_add(&t.raw.q[0], &part, 0, 1, NULL);
		raw_kick(&t.raw.q[0]);
		t.frame_bytes = 117;
		send_number(&t, 1);
		t.frame_bytes = 116;
		send_number(&t, 2);
		raw_kick(&t.raw.q[1]);
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[0], &id, &bytes));
		assert_int_equal(bytes, 128);
		assert_int_equal(t.rx[0][HEADER], 2);
		raw_close(&t.raw);
	}
}

/* The longest chain, and the longest table. */
static void test_chains_to_the_limit(void **state)
{
	static struct traffic t;
	struct raw_part parts[64];
	uint8_t *table;
	uint32_t id, bytes;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		traffic_open(&t, ALL_KEYS, forms[f].features | MERGEABLE, 64);
		table = raw_memory(&t.raw, 4096);
		offer(&t, 0);
		raw_kick(&t.raw.q[0]);
		fill_frame(&t, t.tx[0], 5);
		parts[0] = (struct raw_part){t.tx[0], HEADER};
		for (unsigned int i = 1; i < 64; i++)
			parts[i] = (struct raw_part){t.tx[0] + HEADER + 3 * (i - 1), 3};
		parts[63].bytes = 200 - 3 * 62;
		raw_add(&t.raw.q[1], parts, 64, 0, forms[f].features & INDIRECT ? table : NULL);
		raw_kick(&t.raw.q[1]);
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[0], &id, &bytes));
		check_received(&t, id, bytes, 5);
		assert_true(raw_used(&t.raw.q[1], &id, &bytes));
		raw_close(&t.raw);
	}
}

static void expect_broken(struct traffic *t, unsigned int queue, const char *word)
{
	uint32_t id, bytes;

	raw_kick(&t->raw.q[queue]);
	raw_step(&t->raw);
	raw_step(&t->raw);
	assert_false(raw_used(&t->raw.q[queue], &id, &bytes));
	assert_int_equal(raw_status(&t->raw), 0x4f);
	raw_close_after(&t->raw, 1, word);
}

static void test_invalid_split_rings(void **state)
{
	static struct traffic t;
	uint64_t dma;

	(void)state;
	traffic_open(&t, ALL_KEYS, 0, 16);
	raw_split_make(&t.raw.q[1], 16);
	expect_broken(&t, 1, "outside of the table");
	traffic_open(&t, ALL_KEYS, 0, 16);
	dma = raw_dma(&t.raw, t.tx[0]);
	raw_split_desc(&t.raw.q[1], 0, dma, 100, D_NEXT, 16);
	raw_split_make(&t.raw.q[1], 0);
	expect_broken(&t, 1, "outside of the table");
	/* A loop. */
	traffic_open(&t, ALL_KEYS, 0, 16);
	dma = raw_dma(&t.raw, t.tx[0]);
	raw_split_desc(&t.raw.q[1], 0, dma, 100, D_NEXT, 1);
	raw_split_desc(&t.raw.q[1], 1, dma, 100, D_NEXT, 0);
	raw_split_make(&t.raw.q[1], 0);
	expect_broken(&t, 1, "loop");
	/* To be read behind what is to be written. */
	traffic_open(&t, ALL_KEYS, 0, 16);
	dma = raw_dma(&t.raw, t.tx[0]);
	raw_split_desc(&t.raw.q[1], 0, dma, 100, D_NEXT | D_WRITE, 1);
	raw_split_desc(&t.raw.q[1], 1, dma, 100, 0, 0);
	raw_split_make(&t.raw.q[1], 0);
	expect_broken(&t, 1, "after a writable");
	/* The same chain twice. */
	traffic_open(&t, ALL_KEYS, 0, 16);
	offer(&t, 0);
	raw_split_make(&t.raw.q[0], 0);
	send_number(&t, 1);
	send_number(&t, 2);
	raw_kick(&t.raw.q[1]);
	raw_kick(&t.raw.q[0]);
	raw_step(&t.raw);
	raw_split_make(&t.raw.q[0], 0);
	raw_split_make(&t.raw.q[0], 0);
	raw_close(&t.raw);
	/* More than the ring has. */
	traffic_open(&t, ALL_KEYS, 0, 16);
	padma_store16_release(t.raw.q[1].driver + 2, 17);
	expect_broken(&t, 1, "more available");
	traffic_open(&t, ALL_KEYS, IN_ORDER, 16);
	dma = raw_dma(&t.raw, t.tx[0]);
	raw_split_desc(&t.raw.q[1], 3, dma, 100, 0, 0);
	raw_split_make(&t.raw.q[1], 3);
	expect_broken(&t, 1, "in order");
}

static void test_invalid_indirect_descriptors(void **state)
{
	static struct traffic t;
	uint64_t dma, table;

	(void)state;
	traffic_open(&t, ALL_KEYS, 0, 16);
	raw_split_desc(&t.raw.q[1], 0, raw_dma(&t.raw, t.tables), 32, D_INDIRECT, 0);
	raw_split_make(&t.raw.q[1], 0);
	expect_broken(&t, 1, "not negotiated");
	for (unsigned int i = 0; i < 5; i++) {
		static const struct {
			uint32_t bytes;
			uint16_t flags;
			const char *word;
		} rows[] = {{24, D_INDIRECT, "so many bytes"},
			    {0, D_INDIRECT, "so many bytes"},
			    {17 * 16, D_INDIRECT, "longer than the ring"},
			    {32, D_INDIRECT | D_NEXT, "with a next one"},
			    {32, D_INDIRECT, "within another"}};

		traffic_open(&t, ALL_KEYS, INDIRECT, 16);
		table = raw_dma(&t.raw, t.tables);
		dma = raw_dma(&t.raw, t.tx[0]);
		raw_split_desc(&t.raw.q[1], 0, table, rows[i].bytes, rows[i].flags, 1);
		raw_split_desc(&t.raw.q[1], 1, dma, 100, 0, 0);
		raw_split_make(&t.raw.q[1], 0);
		memcpy(t.tables, &table, 8);
		memcpy(t.tables + 8, &(uint32_t){32}, 4);
		memcpy(t.tables + 12, &(uint16_t){D_INDIRECT}, 2);
		expect_broken(&t, 1, rows[i].word);
	}
}

static void test_invalid_packed_rings(void **state)
{
	static struct traffic t;
	struct raw_part parts[2];

	(void)state;
	/* The rest of a chain is not available. */
	traffic_open(&t, ALL_KEYS, PACKED, 16);
	parts[0] = parts[1] = (struct raw_part){t.tx[0], 100};
	raw_add(&t.raw.q[1], parts, 2, 0, NULL);
	memset(t.raw.q[1].desc + 16 + 14, 0, 2);
	expect_broken(&t, 1, "rest is not available");
	/* An ID that the device holds. */
	traffic_open(&t, ALL_KEYS, PACKED, 16);
	offer(&t, 0);
	offer(&t, 1);
	memset(t.raw.q[0].desc + 16 + 12, 0, 2);
	t.frame_bytes = 2500;
	send_number(&t, 1);
	raw_kick(&t.raw.q[1]);
	raw_kick(&t.raw.q[0]);
	raw_step(&t.raw);
	raw_close(&t.raw);
	traffic_open(&t, ALL_KEYS, PACKED | MERGEABLE, 16);
	offer(&t, 0);
	offer(&t, 1);
	memset(t.raw.q[0].desc + 16 + 12, 0, 2);
	t.frame_bytes = 2500;
	send_number(&t, 1);
	raw_kick(&t.raw.q[1]);
	expect_broken(&t, 0, "buffer ID");
	/* A loop is not possible, but a chain around the whole ring is. */
	traffic_open(&t, ALL_KEYS, PACKED, 16);
	for (unsigned int i = 0; i < 16; i++) {
		raw_add(&t.raw.q[1], parts, 1, 0, NULL);
		t.raw.q[1].desc[16 * i + 14] |= D_NEXT;
	}
	expect_broken(&t, 1, "");
}

/* What a device reads of a ring must be there. */
static void test_unmapped_rings(void **state)
{
	struct padma_sim_dma_faults faults;
	struct raw raw;

	(void)state;
	raw_open(&raw, "loop");
	assert_true(raw_negotiate(&raw, VERSION_1));
	raw_queue(&raw, 0, 0);
	raw_write(&raw, QUEUE_SELECT, 1, 2);
	raw_write(&raw, QUEUE_DESC, 0x7000, 4);
	raw_write(&raw, QUEUE_DRIVER, 0x8000, 4);
	raw_write(&raw, QUEUE_DEVICE, 0x9000, 4);
	raw_write(&raw, QUEUE_ENABLE, 1, 2);
	raw.q[1].notify_offset =
		raw.notify.offset + raw_read(&raw, QUEUE_NOTIFY_OFF, 2) * raw.multiplier;
	raw_ready(&raw);
	padma_bar_write16(raw.notify.bar, raw.q[1].notify_offset, 1);
	raw_step(&raw);
	assert_int_equal(padma_sim_dma_faults(raw.device, &faults), 0);
	assert_int_equal(faults.count, 1);
	assert_int_equal(raw_status(&raw), 0x4f);
	assert_int_equal(padma_device_close(raw.device), 0);
	assert_int_equal(padma_space_close(raw.space), 0);
	free(raw.q);
}

static void arm(struct traffic *t, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip)
{
	const struct padma_sim_fault fault = {
		.kind = kind, .value = value, .skip = skip, .count = 1};

	assert_int_equal(padma_sim_fault(t->raw.device, &fault), 0);
}

/* Three frames are sent with a fault that strikes the second; what was used: IDs and lengths. */
static unsigned int send_with(struct traffic *t, uint64_t features, enum padma_sim_fault_kind kind,
			      uint64_t value, uint32_t *ids, uint32_t *lengths)
{
	unsigned int count = 0;

	traffic_open(t, ALL_KEYS, features, 16);
	arm(t, kind, value, 1);
	for (unsigned int i = 0; i < 3; i++)
		send_number(t, i);
	raw_kick(&t->raw.q[1]);
	raw_step(&t->raw);
	while (count < 4 && raw_used(&t->raw.q[1], &ids[count], &lengths[count]))
		count++;
	return count;
}

static void test_faults_of_buffers(void **state)
{
	static const uint64_t both[] = {0, PACKED};
	static struct traffic t;
	uint32_t ids[4], lengths[4];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(send_with(&t, both[i], PADMA_SIM_FAULT_DROP, 0, ids, lengths), 2);
		assert_int_equal(ids[0], 0);
		assert_int_equal(ids[1], 2);
		raw_close(&t.raw);
		assert_int_equal(
			send_with(&t, both[i], PADMA_SIM_FAULT_WRONG_LENGTH, 77, ids, lengths), 3);
		assert_int_equal(lengths[1], 77);
		assert_int_equal(lengths[2], 0);
		raw_close(&t.raw);
		assert_int_equal(send_with(&t, both[i], PADMA_SIM_FAULT_DELAY, 2, ids, lengths), 2);
		assert_int_equal(ids[1], 2);
		raw_step(&t.raw);
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[1], &ids[0], &lengths[0]));
		assert_int_equal(ids[0], 1);
		raw_close(&t.raw);
		send_with(&t, both[i], PADMA_SIM_FAULT_FATAL, 0, ids, lengths);
		assert_int_equal(raw_status(&t.raw), 0x4f);
		raw_close(&t.raw);
	}
	assert_int_equal(send_with(&t, 0, PADMA_SIM_FAULT_WRONG_ID, 9, ids, lengths), 3);
	assert_int_equal(ids[1], 9);
	raw_close(&t.raw);
	assert_int_equal(send_with(&t, 0, PADMA_SIM_FAULT_TWICE, 0, ids, lengths), 4);
	assert_int_equal(ids[1], 1);
	assert_int_equal(ids[2], 1);
	assert_int_equal(ids[3], 2);
	raw_close(&t.raw);
	assert_int_equal(send_with(&t, 0, PADMA_SIM_FAULT_GARBAGE, 0, ids, lengths), 3);
	assert_true(ids[1] != 1 || lengths[1] != 0);
	raw_close(&t.raw);
}

/* In order nothing overtakes what is late. */
static void test_a_delay_in_order(void **state)
{
	static const uint64_t both[] = {0, PACKED};
	static struct traffic t;
	uint32_t ids[4], lengths[4];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			send_with(&t, both[i] | IN_ORDER, PADMA_SIM_FAULT_DELAY, 2, ids, lengths),
			1);
		assert_int_equal(ids[0], 0);
		raw_step(&t.raw);
		assert_false(raw_used(&t.raw.q[1], ids, lengths));
		raw_step(&t.raw);
		assert_true(raw_used(&t.raw.q[1], ids, lengths));
		assert_int_equal(ids[0], 2);
		raw_close(&t.raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form_and_size),
		cmocka_unit_test(test_wrap_of_the_index),
		cmocka_unit_test(test_notifications_are_asked_for),
		cmocka_unit_test(test_mergeable_buffers),
		cmocka_unit_test(test_a_frame_that_does_not_fit),
		cmocka_unit_test(test_chains_to_the_limit),
		cmocka_unit_test(test_invalid_split_rings),
		cmocka_unit_test(test_invalid_indirect_descriptors),
		cmocka_unit_test(test_invalid_packed_rings),
		cmocka_unit_test(test_unmapped_rings),
		cmocka_unit_test(test_faults_of_buffers),
		cmocka_unit_test(test_a_delay_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
