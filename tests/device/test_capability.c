// SPDX-License-Identifier: BSD-3-Clause
/* Walks of the capabilities: well-formed lists, and each way in which one can be broken. */
#include "test.h"

#include <padma/device.h>

#include "bare.h"

#define POWER	 0x01
#define MSI	 0x05
#define VENDOR	 0x09
#define EXPRESS	 0x10
#define MSIX	 0x11
#define AER	 0x0001
#define SERIAL	 0x0003
#define EXT_VEND 0x000b

static struct bare bare;

/* @rest: the 16 bits after the header. */
static void put_capability(unsigned int at, uint8_t id, uint8_t next, uint16_t rest)
{
	bare_put32(&bare, at, id | (uint32_t)next << 8 | (uint32_t)rest << 16);
}

static void put_extended(unsigned int at, uint16_t id, uint32_t next)
{
	bare_put32(&bare, at, id | 1u << 16 | next << 20);
}

/* Power management, two of the vendor's own, PCI Express and MSI-X, as a virtio device has them. */
static void start_list(unsigned int config_bytes)
{
	bare_init(&bare, config_bytes);
	bare_put16(&bare, 0x06, 0x0010);
	bare.config[0x34] = 0x40;
	put_capability(0x40, POWER, 0x50, 3);
	put_capability(0x50, VENDOR, 0x60, 16);
	put_capability(0x60, VENDOR, 0x80, 20);
	put_capability(0x80, EXPRESS, 0xc0, 2);
	put_capability(0xc0, MSIX, 0, 0);
}

static void start_extended(void)
{
	start_list(4096);
	put_extended(0x100, AER, 0x150);
	put_extended(0x150, EXT_VEND, 0x160);
	bare_put32(&bare, 0x154, 16u << 20);
	put_extended(0x160, EXT_VEND, 0xff4);
	bare_put32(&bare, 0x164, 0x100u << 20);
	put_extended(0xff4, SERIAL, 0);
}

static int find(uint8_t id, unsigned int after)
{
	return padma_device_find_capability(&bare.head, id, after);
}

static int find_extended(uint16_t id, unsigned int after)
{
	return padma_device_find_extended_capability(&bare.head, id, after);
}

static void test_a_list(void **state)
{
	(void)state;
	start_list(256);
	assert_int_equal(find(POWER, 0), 0x40);
	assert_int_equal(find(EXPRESS, 0), 0x80);
	assert_int_equal(find(MSIX, 0), 0xc0);
	assert_int_equal(find(MSI, 0), 0);
	assert_int_equal(find(VENDOR, 0), 0x50);
	assert_int_equal(find(VENDOR, 0x50), 0x60);
	assert_int_equal(find(VENDOR, 0x60), 0);
	/* After one of another id, too; but it must be one. */
	assert_int_equal(find(VENDOR, 0x40), 0x50);
	assert_int_equal(find(MSIX, 0xc0), 0);
	assert_int_equal(find(VENDOR, 0x44), -EINVAL);
	assert_int_equal(find(VENDOR, 0x1000), -EINVAL);
}

static void test_no_list(void **state)
{
	(void)state;
	start_list(256);
	bare_put16(&bare, 0x06, 0xffef);
	assert_int_equal(find(POWER, 0), 0);
	start_list(256);
	bare.config[0x34] = 0;
	assert_int_equal(find(POWER, 0), 0);
	/* Only the reserved bits: no pointer. */
	bare.config[0x34] = 3;
	assert_int_equal(find(POWER, 0), 0);
}

/* "Software must mask these bits": they do not lead to a misaligned address. */
static void test_reserved_bits_of_pointers(void **state)
{
	(void)state;
	start_extended();
	bare.config[0x34] = 0x43;
	bare.config[0x41] = 0x52;
	bare_put32(&bare, 0x100, AER | 1u << 16 | 0x153u << 20);
	assert_int_equal(find(POWER, 0), 0x40);
	assert_int_equal(find(MSIX, 0), 0xc0);
	assert_int_equal(find_extended(SERIAL, 0), 0xff4);
}

static void expect_broken(void)
{
	/* Also for a capability that comes before the place. */
	assert_int_equal(find(POWER, 0), -EPROTO);
	assert_int_equal(find(MSIX, 0), -EPROTO);
	start_list(256);
}

static void test_broken_lists(void **state)
{
	(void)state;
	start_list(256);
	bare.config[0xc1] = 0xc0; /* to itself */
	expect_broken();
	bare.config[0xc1] = 0x40; /* back to the first */
	expect_broken();
	bare.config[0xc1] = 0x60;
	expect_broken();
	bare.config[0xc1] = 0x3c; /* into the header */
	expect_broken();
	bare.config[0x34] = 0x08;
	expect_broken();
	bare.config[0xc1] = 0xf0; /* all ones there */
	memset(bare.config + 0xf0, 0xff, 16);
	expect_broken();
	put_capability(0xc0, MSIX, 0xfc, 0);
	put_capability(0xfc, MSIX, 0, 0); /* over the end */
	expect_broken();
	put_capability(0xc0, MSIX, 0xf4, 0);
	put_capability(0xf4, VENDOR, 0, 13);
	expect_broken();
	put_capability(0xc0, MSIX, 0xc8, 0); /* inside of the one before */
	put_capability(0xc8, POWER, 0, 0);
	expect_broken();
	put_capability(0x60, VENDOR, 0x80, 33); /* into the one after it */
	expect_broken();
	put_capability(0xc0, MSIX, 0xa8, 0); /* PCI Express 2 reaches so far */
	put_capability(0xa8, POWER, 0, 0);
	expect_broken();
	/* What a plain endpoint of version 1 has is shorter. */
	put_capability(0x80, EXPRESS, 0xc0, 1);
	put_capability(0xc0, MSIX, 0x94, 0);
	put_capability(0x94, POWER, 0, 0);
	assert_int_equal(find(POWER, 0x40), 0x94);
}

/* The length of MSI is in its flags: 64 bits wide, maskable. */
static void test_lengths_of_msi(void **state)
{
	static const struct {
		uint16_t control;
		unsigned int next;
		int want;
	} cases[] = {
		{0, 0xcc, 0xcc},
		{1u << 7, 0xcc, -EPROTO},
		{1u << 7, 0xd0, 0xd0},
		{1u << 8, 0xd0, -EPROTO},
		{1u << 8, 0xd4, 0xd4},
		{1u << 8 | 1u << 7, 0xd4, -EPROTO},
		{1u << 8 | 1u << 7, 0xd8, 0xd8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start_list(256);
		put_capability(0xc0, MSI, (uint8_t)cases[i].next, cases[i].control);
		put_capability(cases[i].next, MSIX, 0, 0);
		assert_int_equal(find(MSIX, 0), cases[i].want);
	}
}

/* The longest possible list: every word is a capability. */
static void test_the_longest_list(void **state)
{
	(void)state;
	start_list(256);
	for (unsigned int at = 0x40; at < 0x100; at += 4)
		put_capability(at, 0x0c, (uint8_t)(at + 4), 0);
	assert_int_equal(find(0x0c, 0xf8), 0xfc);
	assert_int_equal(find(0x0c, 0xfc), 0);
}

static void test_an_extended_list(void **state)
{
	(void)state;
	start_extended();
	assert_int_equal(find_extended(AER, 0), 0x100);
	assert_int_equal(find_extended(EXT_VEND, 0), 0x150);
	assert_int_equal(find_extended(EXT_VEND, 0x150), 0x160);
	assert_int_equal(find_extended(EXT_VEND, 0x160), 0);
	assert_int_equal(find_extended(SERIAL, 0), 0xff4);
	assert_int_equal(find_extended(0x1234, 0), 0);
	assert_int_equal(find_extended(SERIAL, 0x104), -EINVAL);
	/* The ordinary list is a different one. */
	assert_int_equal(find_extended(MSIX, 0), 0);
	/* VFIO hides the first behind an id of 0. */
	bare_put32(&bare, 0x100, 0x150u << 20);
	assert_int_equal(find_extended(AER, 0), 0);
	assert_int_equal(find_extended(SERIAL, 0), 0xff4);
}

static void test_no_extended_list(void **state)
{
	(void)state;
	start_list(256);
	assert_int_equal(find_extended(AER, 0), 0);
	start_list(4096);
	assert_int_equal(find_extended(AER, 0), 0);
	assert_int_equal(find_extended(0, 0), 0);
	/* A function that does not decode this part. */
	memset(bare.config + 256, 0xff, 4096 - 256);
	assert_int_equal(find_extended(AER, 0), 0);
	assert_int_equal(find_extended(0xffff, 0), 0);
}

static void expect_broken_extended(void)
{
	assert_int_equal(find_extended(AER, 0), -EPROTO);
	assert_int_equal(find_extended(SERIAL, 0), -EPROTO);
	start_extended();
}

static void test_broken_extended_lists(void **state)
{
	(void)state;
	start_extended();
	put_extended(0xff4, SERIAL, 0xff4); /* to itself */
	expect_broken_extended();
	put_extended(0xff4, SERIAL, 0x100);
	expect_broken_extended();
	put_extended(0xff4, SERIAL, 0xfc); /* into the plain part */
	expect_broken_extended();
	put_extended(0xff4, SERIAL, 4);
	expect_broken_extended();
	put_extended(0x160, EXT_VEND, 0xff8); /* over the end */
	put_extended(0xff8, SERIAL, 0);
	expect_broken_extended();
	put_extended(0x160, EXT_VEND, 0xffc); /* where there is no second word */
	put_extended(0xffc, EXT_VEND, 0);
	expect_broken_extended();
	bare_put32(&bare, 0x154, 17u << 20); /* one byte into the next */
	expect_broken_extended();
	bare_put32(&bare, 0x164, 0xfffu << 20); /* longer than there is room */
	expect_broken_extended();
	bare_put32(&bare, 0xff4, UINT32_MAX);
	expect_broken_extended();
}

static void test_configuration_space_that_fails(void **state)
{
	(void)state;
	start_extended();
	bare.config_error = -EIO;
	assert_int_equal(find(POWER, 0), -EIO);
	assert_int_equal(find_extended(AER, 0), -EIO);
	bare.gone = true;
	assert_int_equal(find(POWER, 0), -ENODEV);
	assert_int_equal(find_extended(AER, 0), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_reserved_bits_of_pointers),
		cmocka_unit_test(test_broken_lists),
		cmocka_unit_test(test_lengths_of_msi),
		cmocka_unit_test(test_the_longest_list),
		cmocka_unit_test(test_an_extended_list),
		cmocka_unit_test(test_no_extended_list),
		cmocka_unit_test(test_broken_extended_lists),
		cmocka_unit_test(test_configuration_space_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
