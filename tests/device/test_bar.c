// SPDX-License-Identifier: BSD-3-Clause
/* Registers of every width, in each area of a BAR and beside them; windows; waiting for a register. */
#include "test.h"

#include <time.h>

#include <padma/device.h>
#include <padma/error.h>

#include "bare.h"

#define BAR	  2
#define BAR_BYTES 4096u

static struct bare bare;
/* Two mapped areas, with what is trapped before, between and after them. */
static uint64_t small_area[4], large_area[8];
#define SMALL_AT 64u
#define LARGE_AT 256u

static const struct padma_bar *bar_with_areas(void)
{
	bare_init(&bare, 256);
	bare.head.bars[BAR].bytes = BAR_BYTES;
	memset(small_area, 0, sizeof(small_area));
	memset(large_area, 0, sizeof(large_area));
	assert_true(device_bar_add_area(&bare.head, BAR, SMALL_AT, SMALL_AT + sizeof(small_area),
					small_area));
	assert_true(device_bar_add_area(&bare.head, BAR, LARGE_AT, LARGE_AT + sizeof(large_area),
					large_area));
	return &bare.head.bars[BAR];
}

/* Each width at @at: what is written is read back, and is at @memory. */
static void expect_registers(const struct padma_bar *bar, uint64_t at, const void *memory)
{
	uint64_t whole;

	padma_bar_write64(bar, at, 0x1122334455667788);
	assert_int_equal(padma_bar_read64(bar, at), 0x1122334455667788);
	assert_int_equal(padma_bar_read32(bar, at + 4), 0x11223344);
	assert_int_equal(padma_bar_read16(bar, at + 2), 0x5566);
	assert_int_equal(padma_bar_read8(bar, at + 7), 0x11);
	padma_bar_write32(bar, at, 0xa1a2a3a4);
	padma_bar_write16(bar, at + 4, 0xb1b2);
	padma_bar_write8(bar, at + 6, 0xc1);
	memcpy(&whole, memory, sizeof(whole));
	assert_int_equal(whole, 0x11c1b1b2a1a2a3a4);
}

static void test_every_width_in_every_area(void **state)
{
	const struct padma_bar *bar = bar_with_areas();

	(void)state;
	expect_registers(bar, SMALL_AT + 8, &small_area[1]);
	expect_registers(bar, LARGE_AT + 56, &large_area[7]);
	assert_int_equal(bare.bar_reads + bare.bar_writes, 0);
	expect_registers(bar, 16, bare.trapped + 16);
	assert_int_equal(bare.bar_reads, 4);
	assert_int_equal(bare.bar_writes, 4);
}

static void test_where_registers_are_mapped(void **state)
{
	const struct padma_bar *bar = bar_with_areas();

	(void)state;
	assert_ptr_equal(padma_bar_direct(bar, SMALL_AT, 32), small_area);
	assert_ptr_equal(padma_bar_direct(bar, LARGE_AT + 8, 4), &large_area[1]);
	/* The largest is the one that the inlined accesses know. */
	assert_ptr_equal(bar->first.at, large_area);
	assert_null(padma_bar_direct(bar, SMALL_AT, 33));
	assert_null(padma_bar_direct(bar, SMALL_AT - 4, 8));
	assert_null(padma_bar_direct(bar, LARGE_AT + 60, 8));
	assert_null(padma_bar_direct(bar, 128, 4));
	assert_null(padma_bar_direct(bar, UINT64_MAX - 3, 8));
	device_bar_drop_areas(&bare.head, BAR);
	assert_null(padma_bar_direct(bar, SMALL_AT, 4));
	assert_null(padma_bar_direct(bar, LARGE_AT, 4));
}

static void test_an_access_across_an_areas_end(void **state)
{
	const struct padma_bar *bar = bar_with_areas();

	(void)state;
	padma_bar_write32(bar, SMALL_AT - 2, 0x12345678);
	assert_int_equal(bare.bar_writes, 1);
	assert_int_equal(small_area[0], 0);
	(void)padma_bar_read64(bar, LARGE_AT + sizeof(large_area) - 4);
	assert_int_equal(bare.bar_reads, 1);
}

static void test_past_the_end(void **state)
{
	const struct padma_bar *bar = bar_with_areas();
	static const uint64_t outside[] = {BAR_BYTES, BAR_BYTES - 1, UINT64_MAX - 7, UINT64_MAX};

	(void)state;
	assert_int_equal(padma_bar_read8(bar, BAR_BYTES), UINT8_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		assert_int_equal(padma_bar_read16(bar, outside[i]), UINT16_MAX);
		assert_int_equal(padma_bar_read32(bar, outside[i]), UINT32_MAX);
		assert_int_equal(padma_bar_read64(bar, outside[i]), UINT64_MAX);
		padma_bar_write16(bar, outside[i], 0);
		padma_bar_write32(bar, outside[i], 0);
		padma_bar_write64(bar, outside[i], 0);
	}
	assert_int_equal(bare.bar_reads + bare.bar_writes, 0);
}

static void test_areas_that_are_refused(void **state)
{
	static uint64_t room[16];
	const struct padma_bar *bar = bar_with_areas();
	unsigned int count = 2;

	(void)state;
	assert_false(device_bar_add_area(&bare.head, BAR, 512, 512, room));
	assert_false(device_bar_add_area(&bare.head, BAR, SMALL_AT + 24, SMALL_AT + 40, room));
	assert_false(device_bar_add_area(&bare.head, BAR, 0, BAR_BYTES, room));
	while (device_bar_add_area(&bare.head, BAR, 512 + 16 * count, 520 + 16 * count, room))
		count++;
	assert_int_equal(count, DEVICE_FURTHER_AREAS + 1);
	/* The existing registers do not change. */
	assert_ptr_equal(padma_bar_direct(bar, SMALL_AT, 8), small_area);
	assert_ptr_equal(padma_bar_direct(bar, LARGE_AT, 8), large_area);
	assert_null(device_bar_area(bar, count));
}

static void test_windows(void **state)
{
	const struct padma_bar *bar = bar_with_areas();
	struct padma_bar_window window, trapped;

	(void)state;
	assert_int_equal(padma_bar_window_open(&bare.head, BAR, SMALL_AT + 8, 16, &window), 0);
	padma_window_write64(&window, 8, 0x1122334455667788);
	assert_int_equal(small_area[2], 0x1122334455667788);
	padma_window_write32(&window, 8, 0xa1a2a3a4);
	padma_window_write16(&window, 12, 0xb1b2);
	padma_window_write8(&window, 14, 0xc1);
	assert_int_equal(padma_window_read64(&window, 8), 0x11c1b1b2a1a2a3a4);
	assert_int_equal(padma_window_read32(&window, 12), 0x11c1b1b2);
	assert_int_equal(padma_window_read16(&window, 10), 0xa1a2);
	assert_int_equal(padma_window_read8(&window, 14), 0xc1);
	assert_ptr_equal(padma_window_direct(&window, 8, 8), &small_area[2]);
	/* The BAR continues, the window does not. */
	assert_int_equal(padma_window_read32(&window, 16), UINT32_MAX);
	assert_int_equal(padma_window_read64(&window, 12), UINT64_MAX);
	assert_int_equal(padma_window_read8(&window, UINT64_MAX), UINT8_MAX);
	padma_window_write32(&window, 16, 1);
	padma_window_write16(&window, UINT64_MAX - 1, 1);
	assert_int_equal(small_area[3], 0);
	assert_null(padma_window_direct(&window, 12, 8));
	assert_int_equal(bare.bar_reads + bare.bar_writes, 0);
	/* Not mapped, or partly. */
	assert_int_equal(padma_bar_window_open(&bare.head, BAR, 48, 32, &trapped), 0);
	padma_window_write32(&trapped, 4, 0x99aabbcc);
	assert_int_equal(padma_window_read32(&trapped, 4), 0x99aabbcc);
	assert_int_equal(bare.bar_writes, 1);
	padma_window_write32(&trapped, 16, 0x12345678);
	assert_int_equal(padma_bar_read32(bar, SMALL_AT), 0x12345678);
	assert_int_equal(bare.bar_writes, 1);
}

/* As around a table of MSI-X: what is mapped is not trapped, whichever area it is in. */
static void test_a_window_over_several_areas(void **state)
{
	const struct padma_bar *bar = bar_with_areas();
	struct padma_bar_window window;

	(void)state;
	assert_int_equal(padma_bar_window_open(&bare.head, BAR, 0, BAR_BYTES, &window), 0);
	padma_window_write64(&window, SMALL_AT, 0x1122334455667788);
	padma_window_write64(&window, LARGE_AT + 8, 0x99aabbccddeeff00);
	assert_int_equal(padma_window_read64(&window, SMALL_AT), 0x1122334455667788);
	assert_int_equal(padma_window_read64(&window, LARGE_AT + 8), 0x99aabbccddeeff00);
	assert_int_equal(padma_bar_read64(bar, LARGE_AT + 8), 0x99aabbccddeeff00);
	assert_int_equal(bare.bar_reads + bare.bar_writes, 0);
}

static void test_windows_that_are_refused(void **state)
{
	static const struct {
		unsigned int bar;
		uint64_t offset, bytes;
	} cases[] = {
		{BAR, 0, BAR_BYTES + 1},
		{BAR, BAR_BYTES, 1},
		{BAR, 8, UINT64_MAX},
		{BAR, UINT64_MAX, 2},
		{BAR, BAR_BYTES - 4, 8},
		{BAR, 0, 0},
		{0, 0, 4},
		{6, 0, 4},
		{UINT32_MAX, 0, 4},
	};
	struct padma_bar_window window = {.bytes = 77};

	(void)state;
	bar_with_areas();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(padma_bar_window_open(&bare.head, cases[i].bar, cases[i].offset,
						       cases[i].bytes, &window),
				 -EINVAL);
	assert_int_equal(window.bytes, 77);
	assert_int_equal(padma_bar_window_open(&bare.head, BAR, 0, BAR_BYTES, &window), 0);
}

/* The registers that are waited for: trapped, so that a read can change them. */
#define STATUS 8u

static void set_status(uint32_t value)
{
	memcpy(bare.trapped + STATUS, &value, sizeof(value));
}

static void becomes_ready(struct bare *device)
{
	if (device->bar_reads == 5)
		set_status(0x81);
}

static void leaves(struct bare *device)
{
	if (device->bar_reads == 3) {
		device->gone = true;
		set_status(UINT32_MAX);
	}
}

static const struct padma_bar *waiting_bar(uint32_t status, bool memory_on)
{
	const struct padma_bar *bar = bar_with_areas();

	bare_put16(&bare, 4, memory_on ? 2 : 0);
	set_status(status);
	return bar;
}

#define MS 1000000ull

static void test_a_register_that_becomes_ready(void **state)
{
	const struct padma_bar *bar = waiting_bar(0x80, true);

	(void)state;
	assert_int_equal(padma_bar_wait32(bar, STATUS, 0x80, 0x80, 0), 0);
	bare.on_read = becomes_ready;
	assert_int_equal(padma_bar_wait32(bar, STATUS, 1, 1, 60000 * MS), 0);
	assert_int_equal(bare.bar_reads, 5);
	/* Values that no removed device has need no check. */
	assert_int_equal(bare.config_reads, 0);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void test_a_register_that_stays(void **state)
{
	const struct padma_bar *bar = waiting_bar(0x80, true);
	uint64_t start = now_ns();

	(void)state;
	assert_int_equal(padma_bar_wait32(bar, STATUS, 1, 1, 3 * MS), -ETIMEDOUT);
	assert_true(now_ns() - start >= 3 * MS);
	assert_true(bare.bar_reads > 2);
	assert_int_equal(padma_bar_wait32(bar, STATUS, 1, 1, MS / 50), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "0.02 ms"));
	bare.bar_reads = 0;
	assert_int_equal(padma_bar_wait32(bar, STATUS, 1, 1, 0), -ETIMEDOUT);
	assert_int_equal(bare.bar_reads, 1);
}

/* A removed device reads as all ones or zeros, which some callers wait for. */
static void test_a_device_that_leaves(void **state)
{
	static const uint32_t values[] = {0, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct padma_bar *bar = waiting_bar(values[i], true);

		bare.gone = true;
		assert_int_equal(padma_bar_wait32(bar, STATUS, 1, values[i] & 1, 60000 * MS),
				 -ENODEV);
		bar = waiting_bar(values[i], true);
		bare.gone = true;
		assert_int_equal(padma_bar_wait32(bar, STATUS, 1, ~values[i] & 1, MS), -ENODEV);
		/* It is there: the value is one. */
		bar = waiting_bar(values[i], true);
		assert_int_equal(padma_bar_wait32(bar, STATUS, 1, values[i] & 1, 0), 0);
	}
	assert_int_equal(padma_bar_wait32(waiting_bar(0x80, true), STATUS, 1, 1, 0), -ETIMEDOUT);
	assert_int_equal(padma_device_state(&bare.head), PADMA_DEVICE_OK);
	bare.on_read = leaves;
	bare.bar_reads = 0;
	assert_int_equal(padma_bar_wait32(&bare.head.bars[BAR], STATUS, 1, 1, 60000 * MS), -ENODEV);
	assert_int_equal(padma_device_state(&bare.head), PADMA_DEVICE_GONE);
}

/* With its memory turned off all registers read as ones: none of them is ready. */
static void test_memory_that_is_off(void **state)
{
	(void)state;
	assert_int_equal(padma_bar_wait32(waiting_bar(UINT32_MAX, false), STATUS, 1, 1, MS),
			 -ETIMEDOUT);
	waiting_bar(UINT32_MAX, true);
	bare.config_error = -EIO;
	assert_int_equal(padma_bar_wait32(&bare.head.bars[BAR], STATUS, 1, 1, MS), -ETIMEDOUT);
}

/* Each width sees its own bits, and only its own ones are all ones. */
static void test_registers_of_other_widths(void **state)
{
	const struct padma_bar *bar = waiting_bar(0xff34ff80, true);

	(void)state;
	assert_int_equal(padma_bar_wait8(bar, STATUS + 2, 0xff, 0x34, 0), 0);
	assert_int_equal(padma_bar_wait16(bar, STATUS, 0xf0ff, 0xf080, 0), 0);
	assert_int_equal(padma_bar_wait64(bar, STATUS, 0xffffffff, 0xff34ff80, 0), 0);
	assert_int_equal(bare.config_reads, 0);
	assert_int_equal(padma_bar_wait8(bar, STATUS + 2, 1, 1, 0), -ETIMEDOUT);
	bare_put16(&bare, 4, 0);
	assert_int_equal(padma_bar_wait8(bar, STATUS + 1, 1, 1, 0), -ETIMEDOUT);
	waiting_bar(0xff34ff80, true);
	assert_int_equal(padma_bar_wait8(&bare.head.bars[BAR], STATUS + 1, 1, 1, 0), 0);
	bare.gone = true;
	assert_int_equal(padma_bar_wait8(&bare.head.bars[BAR], STATUS + 1, 1, 1, 0), -ENODEV);
}

static void test_waits_that_are_refused(void **state)
{
	const struct padma_bar *bar = waiting_bar(0, true);

	(void)state;
	assert_int_equal(padma_bar_wait32(bar, STATUS, 1, 3, 0), -EINVAL);
	assert_int_equal(padma_bar_wait32(bar, STATUS + 2, 1, 1, 0), -EINVAL);
	assert_int_equal(padma_bar_wait32(bar, BAR_BYTES, 1, 1, 0), -EINVAL);
	assert_int_equal(padma_bar_wait32(bar, BAR_BYTES - 2, 1, 1, 0), -EINVAL);
	assert_int_equal(padma_bar_wait64(bar, BAR_BYTES - 4, 1, 1, 0), -EINVAL);
	assert_int_equal(padma_bar_wait(bar, STATUS, 2, 0x10000, 0, 0), -EINVAL);
	assert_int_equal(padma_bar_wait(bar, STATUS, 3, 1, 1, 0), -EINVAL);
	assert_int_equal(bare.bar_reads, 0);
}

static void test_delays(void **state)
{
	static const uint64_t delays[] = {0, 1, 1000, 20000, 50000, 2 * MS};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		uint64_t start = now_ns();

		padma_delay_ns(delays[i]);
		assert_true(now_ns() - start >= delays[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_width_in_every_area),
		cmocka_unit_test(test_where_registers_are_mapped),
		cmocka_unit_test(test_an_access_across_an_areas_end),
		cmocka_unit_test(test_past_the_end),
		cmocka_unit_test(test_areas_that_are_refused),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_a_window_over_several_areas),
		cmocka_unit_test(test_windows_that_are_refused),
		cmocka_unit_test(test_a_register_that_becomes_ready),
		cmocka_unit_test(test_a_register_that_stays),
		cmocka_unit_test(test_a_device_that_leaves),
		cmocka_unit_test(test_memory_that_is_off),
		cmocka_unit_test(test_registers_of_other_widths),
		cmocka_unit_test(test_waits_that_are_refused),
		cmocka_unit_test(test_delays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
