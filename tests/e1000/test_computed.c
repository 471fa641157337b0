// SPDX-License-Identifier: BSD-3-Clause
/* The multicast hash, the EEPROM's checksum, the table of cards, the sizes of buffers: what is computed without a card. */
#include "test.h"

#include "../../drivers/e1000/eeprom.h"
#include "../../drivers/e1000/filter.h"
#include "../../drivers/e1000/rx.h"

/* The manuals' example: 8254x manual 13.5.1, with RCTL.MO 0. */
static void test_multicast_hash(void **state)
{
	static const uint8_t example[] = {0x01, 0xaa, 0x00, 0x12, 0x34, 0x56};
	static const uint8_t lowest[] = {0x01, 0x00, 0x5e, 0xff, 0x0f, 0x00};
	static const uint8_t highest[] = {0x33, 0x33, 0x00, 0x00, 0xf0, 0xff};

	(void)state;
	assert_int_equal(e1000_multicast_hash(example), 0x563);
	assert_int_equal(e1000_multicast_hash(lowest), 0);
	assert_int_equal(e1000_multicast_hash(highest), 0xfff);
}

static void test_eeprom_checksum(void **state)
{
	uint16_t words[EEPROM_WORDS] = {0x0002, 0x0403, 0x0605};
	uint16_t sum = 0;

	(void)state;
	assert_false(e1000_eeprom_is_valid(words));
	words[20] = 0xffff;
	for (unsigned int i = 0; i < EEPROM_WORDS; i++)
		sum = (uint16_t)(sum + words[i]);
	words[EEPROM_WORDS - 1] = (uint16_t)(0xbaba - sum);
	assert_true(e1000_eeprom_is_valid(words));
	words[7] ^= 1;
	assert_false(e1000_eeprom_is_valid(words));
}

static void test_models(void **state)
{
	const struct padma_device_ids e1000e = {.vendor = 0x8086, .device = 0x10d3};
	const struct padma_device_ids e1000 = {.vendor = 0x8086, .device = 0x100e};
	const struct padma_device_ids igb = {.vendor = 0x8086, .device = 0x10c9};
	const struct padma_device_ids other = {.vendor = 0x8087, .device = 0x10d3};

	(void)state;
	assert_string_equal(e1000_model_of(&e1000e)->name, "82574L");
	assert_string_equal(e1000_model_of(&e1000)->name, "82540EM");
	assert_null(e1000_model_of(&igb));
	assert_null(e1000_model_of(&other));
	assert_true(padma_e1000_driver.claims(&e1000e));
	assert_false(padma_e1000_driver.claims(&other));
}

/* The card writes up to the end of a buffer: it must end in the room. */
static void test_buffer_sizes(void **state)
{
	(void)state;
	assert_int_equal(e1000_rx_buffer_bytes(PADMA_PACKET_ROOM), 2048);
	assert_int_equal(e1000_rx_buffer_bytes(PADMA_PACKET_ROOM - 1), 0);
	for (size_t room = PADMA_PACKET_ROOM; room < 65536; room++)
		assert_true(e1000_rx_buffer_bytes(room) <= room - PADMA_PACKET_HEADROOM);
	assert_int_equal(e1000_rx_buffer_bytes(PADMA_PACKET_HEADROOM + 16384), 16384);
	assert_int_equal(e1000_rx_buffer_bytes(PADMA_PACKET_HEADROOM + 16383), 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multicast_hash),
		cmocka_unit_test(test_eeprom_checksum),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_buffer_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
