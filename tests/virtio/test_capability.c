// SPDX-License-Identifier: BSD-3-Clause
/* Capabilities of virtio devices, as bytes (Virtio 1.2, 4.1.4). */
#include "test.h"

#include <string.h>

#include "../../drivers/virtio/capability.h"

static const uint8_t notify[CAPABILITY_NOTIFY_BYTES] = {
	0x09, 0x00, 20, CAPABILITY_NOTIFY, 4, 0, 0, 0, 0x00, 0x30, 0, 0, 0x00, 0x10, 0, 0, 4,
	0,    0,    0,
};

static bool parse_with(unsigned int at, uint8_t value, size_t bytes, struct capability *capability)
{
	uint8_t data[CAPABILITY_NOTIFY_BYTES];

	memcpy(data, notify, sizeof(data));
	data[at] = value;
	return capability_parse(data, bytes, capability);
}

static void a_capability_is_read(void **state)
{
	struct capability c;

	(void)state;
	assert_true(capability_parse(notify, sizeof(notify), &c));
	assert_int_equal(c.type, CAPABILITY_NOTIFY);
	assert_int_equal(c.bar, 4);
	assert_int_equal(c.offset, 0x3000);
	assert_int_equal(c.bytes, 0x1000);
	assert_int_equal(c.multiplier, 4);
	assert_null(capability_fault(&c));
}

static void others_are_left_alone(void **state)
{
	struct capability c;

	(void)state;
	assert_false(parse_with(0, 0x05, 20, &c));	    /* another capability */
	assert_false(parse_with(2, 15, 20, &c));	    /* too short */
	assert_false(parse_with(2, 16, 20, &c));	    /* no room for the multiplier */
	assert_false(capability_parse(notify, 16, &c));	    /* the end of the space */
	assert_false(parse_with(4, 6, 20, &c));		    /* a reserved BAR */
	assert_false(parse_with(3, 0, 20, &c));		    /* reserved types */
	assert_false(parse_with(3, 5, 20, &c));		    /* access by configuration space */
	assert_false(parse_with(3, 9, 20, &c));		    /* the vendor's own */
	assert_true(parse_with(3, CAPABILITY_ISR, 16, &c)); /* needs no multiplier */
}

static void faults_are_named(void **state)
{
	static const struct capability faults[] = {
		{CAPABILITY_COMMON, 0, 2, 0x38, 0}, {CAPABILITY_COMMON, 0, 0, 0x37, 0},
		{CAPABILITY_NOTIFY, 0, 1, 2, 0},    {CAPABILITY_NOTIFY, 0, 0, 1, 0},
		{CAPABILITY_NOTIFY, 0, 0, 4096, 1}, {CAPABILITY_NOTIFY, 0, 0, 4096, 6},
		{CAPABILITY_ISR, 0, 0, 0, 0},	    {CAPABILITY_DEVICE, 0, 2, 8, 0},
		{CAPABILITY_DEVICE, 0, 0, 0, 0},
	};
	static const struct capability good[] = {
		{CAPABILITY_COMMON, 0, 4, 0x38, 0},
		{CAPABILITY_NOTIFY, 0, 2, 2, 0},
		{CAPABILITY_NOTIFY, 0, 0, 4096, 0x80000000},
		{CAPABILITY_ISR, 0, 1, 1, 0},
		{CAPABILITY_DEVICE, 0, 4, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_non_null(capability_fault(&faults[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(capability_fault(&good[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capability_is_read),
		cmocka_unit_test(others_are_left_alone),
		cmocka_unit_test(faults_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
