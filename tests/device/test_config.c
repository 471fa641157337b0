// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space by registers, and the ids in it. */
#include "test.h"

#include <padma/device.h>

#include "bare.h"

static struct bare bare;

static void test_registers_of_each_width(void **state)
{
	uint8_t byte;
	uint16_t word;
	uint32_t dword;

	(void)state;
	bare_init(&bare, 256);
	assert_int_equal(padma_config_write32(&bare.head, 0x40, 0x11223344), 0);
	assert_int_equal(bare.config[0x40], 0x44);
	assert_int_equal(padma_config_write16(&bare.head, 0x42, 0xaabb), 0);
	assert_int_equal(padma_config_write8(&bare.head, 0x41, 0xcc), 0);
	assert_int_equal(padma_config_read32(&bare.head, 0x40, &dword), 0);
	assert_int_equal(dword, 0xaabbcc44);
	assert_int_equal(padma_config_read16(&bare.head, 0x42, &word), 0);
	assert_int_equal(word, 0xaabb);
	assert_int_equal(padma_config_read8(&bare.head, 0x41, &byte), 0);
	assert_int_equal(byte, 0xcc);
}

static void test_registers_that_are_not_there(void **state)
{
	uint8_t byte = 0;
	uint16_t word = 0;
	uint32_t dword = 0;

	(void)state;
	bare_init(&bare, 256);
	assert_int_equal(padma_config_read8(&bare.head, 256, &byte), -EINVAL);
	assert_int_equal(padma_config_read16(&bare.head, 256, &word), -EINVAL);
	assert_int_equal(padma_config_read32(&bare.head, UINT32_MAX - 3, &dword), -EINVAL);
	assert_true(byte == UINT8_MAX && word == UINT16_MAX && dword == UINT32_MAX);
	assert_int_equal(padma_config_read16(&bare.head, 0x41, &word), -EINVAL);
	assert_int_equal(padma_config_read32(&bare.head, 0x42, &dword), -EINVAL);
	assert_int_equal(padma_config_write16(&bare.head, 0x43, 1), -EINVAL);
	assert_int_equal(padma_config_write32(&bare.head, 0x41, 1), -EINVAL);
	assert_int_equal(padma_config_write8(&bare.head, 4096, 1), -EINVAL);
	assert_int_equal(bare.config_reads, 0);
	assert_int_equal(bare.config[0x41], 0);
}

static void test_ids(void **state)
{
	struct padma_device_ids ids = {.vendor = 7};

	(void)state;
	bare_init(&bare, 256);
	bare_put32(&bare, 0x00, 0x00108086);
	bare_put32(&bare, 0x08, 0x01080203);
	bare_put32(&bare, 0x2c, 0x11001af4);
	bare.config_error = -EIO;
	assert_int_equal(padma_device_ids(&bare.head, &ids), -EIO);
	bare.config_error = 0;
	bare.gone = true;
	assert_int_equal(padma_device_ids(&bare.head, &ids), -ENODEV);
	assert_int_equal(ids.vendor, 7);
	bare_init(&bare, 256);
	bare_put32(&bare, 0x00, 0x00108086);
	bare_put32(&bare, 0x08, 0x01080203);
	bare_put32(&bare, 0x2c, 0x11001af4);
	assert_int_equal(padma_device_ids(&bare.head, &ids), 0);
	assert_int_equal(ids.vendor, 0x8086);
	assert_int_equal(ids.device, 0x0010);
	assert_int_equal(ids.subsystem_vendor, 0x1af4);
	assert_int_equal(ids.subsystem, 0x1100);
	assert_int_equal(ids.class_code, 0x010802);
	assert_int_equal(ids.revision, 3);
}

/* Of programs that know fewer members, and more. */
static void test_ids_of_other_sizes(void **state)
{
	struct {
		struct padma_device_ids known;
		uint64_t later;
	} larger = {.later = 7};
	struct padma_device_ids ids = {.class_code = 7};

	(void)state;
	bare_init(&bare, 256);
	bare_put32(&bare, 0x00, 0x00108086);
	bare_put32(&bare, 0x08, 0x01080203);
	assert_int_equal(padma_device_ids_sized(
				 &bare.head, offsetof(struct padma_device_ids, class_code), &ids),
			 0);
	assert_int_equal(ids.device, 0x0010);
	assert_int_equal(ids.class_code, 7);
	assert_int_equal(padma_device_ids_sized(&bare.head, sizeof(larger), &larger.known), 0);
	assert_int_equal(larger.known.class_code, 0x010802);
	assert_int_equal(larger.later, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_of_each_width),
		cmocka_unit_test(test_registers_that_are_not_there),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_of_other_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
