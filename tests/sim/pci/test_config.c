// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space of a simulated function: ids, sizing of BARs, capabilities, power states. */
#include "test.h"

#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "../model_scratch.h"

static struct padma_space *space;

static struct padma_device *open_device(const char *name)
{
	struct padma_device *device = NULL;

	if (padma_device_open(space, name, &device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	return device;
}

static uint32_t read32(struct padma_device *device, unsigned int offset)
{
	uint32_t value;

	assert_int_equal(padma_config_read32(device, offset, &value), 0);
	return value;
}

static void test_ids(void **state)
{
	struct padma_device *device = open_device("sim:scratch,step");
	struct padma_device_ids ids;

	(void)state;
	assert_int_equal(padma_device_ids(device, &ids), 0);
	assert_int_equal(ids.vendor, SCRATCH_VENDOR);
	assert_int_equal(ids.device, SCRATCH_DEVICE);
	assert_int_equal(ids.subsystem_vendor, SCRATCH_VENDOR);
	assert_int_equal(ids.subsystem, SCRATCH_DEVICE);
	assert_int_equal(ids.class_code, 0x088000);
	assert_int_equal(ids.revision, 3);
	assert_int_equal(read32(device, 0x3c) >> 8 & 0xff, 1); /* INTA */
	assert_int_equal(padma_device_close(device), 0);
}

/* PCI Local Bus 3.0, 6.2.5.1: write all ones, read the size back, and put the address back. */
static void test_sizing(void **state)
{
	struct padma_device *device = open_device("sim:scratch,step");
	uint32_t first = read32(device, 0x10), third = read32(device, 0x18);

	(void)state;
	assert_int_equal(first & 0xf, 0);
	assert_int_equal(third & 0xf, 0xc); /* 64 bits, prefetchable */
	assert_int_equal(read32(device, 0x14), 0);
	for (unsigned int offset = 0x10; offset <= 0x24; offset += 4)
		assert_int_equal(padma_config_write32(device, offset, UINT32_MAX), 0);
	assert_int_equal(read32(device, 0x10), 0xfffff000);
	assert_int_equal(read32(device, 0x14), 0); /* not implemented */
	assert_int_equal(read32(device, 0x18), 0xffff000c);
	assert_int_equal(read32(device, 0x1c), 0xffffffff);
	assert_int_equal(read32(device, 0x20), 0);
	assert_int_equal(padma_config_write32(device, 0x10, first), 0);
	assert_int_equal(read32(device, 0x10), first);
	/* IDs cannot be written. */
	assert_int_equal(padma_config_write32(device, 0x00, 0), 0);
	assert_int_equal(read32(device, 0x00), (uint32_t)SCRATCH_DEVICE << 16 | SCRATCH_VENDOR);
	assert_int_equal(padma_device_close(device), 0);
}

static void test_capabilities(void **state)
{
	struct padma_device *device = open_device("sim:scratch,step,msix=3");
	int at = padma_device_find_capability(device, 0x09, 0);
	uint32_t value;

	(void)state;
	assert_true(at >= 0x40);
	assert_int_equal(padma_device_find_capability(device, 0x01, 0), 0x40);
	assert_true(padma_device_find_capability(device, 0x05, 0) > 0);
	assert_true(padma_device_find_capability(device, 0x10, 0) > 0);
	assert_true(padma_device_find_capability(device, 0x11, 0) > 0);
	assert_int_equal(read32(device, (unsigned int)at) >> 16, 0xa508);
	assert_int_equal(read32(device, (unsigned int)at + 4), 0x44332211);
	/* The first byte can be written; of the second 1s clear the low bits. */
	assert_int_equal(padma_config_write32(device, (unsigned int)at + 4, 0xffff06ee), 0);
	value = read32(device, (unsigned int)at + 4);
	assert_int_equal(value, 0x443320ee);
	assert_int_equal(padma_device_find_extended_capability(device, 0x0b, 0), 0x100);
	assert_int_equal(read32(device, 0x100), 0x10c1000b);
	at = padma_device_find_extended_capability(device, 0x03, 0);
	assert_int_equal(at, 0x10c);
	assert_int_equal(read32(device, 0x10c), 0x00020003);
	assert_int_equal(read32(device, 0x114), 0xadde);
	/* MSI-X: table in BAR 2, pending bits in BAR 0. */
	at = padma_device_find_capability(device, 0x11, 0);
	assert_int_equal(read32(device, (unsigned int)at) >> 16, 2);
	assert_int_equal(read32(device, (unsigned int)at + 4), SCRATCH_TABLE | 2);
	assert_int_equal(read32(device, (unsigned int)at + 8), SCRATCH_PBA | 0);
	assert_int_equal(padma_device_close(device), 0);
}

/* PCI Power Management 1.2, 5.3 and 5.4: in D3hot no BAR answers. */
static void test_power_state(void **state)
{
	struct padma_device *device = open_device("sim:scratch,step");
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_int_equal(padma_bar_read32(bar, SCRATCH_ID), 0x5c7a7c40);
	assert_int_equal(padma_config_write16(device, 0x44, 3), 0);
	assert_int_equal(padma_bar_read32(bar, SCRATCH_ID), UINT32_MAX);
	assert_int_equal(padma_config_write16(device, 0x44, 0), 0);
	assert_int_equal(padma_bar_read32(bar, SCRATCH_ID), 0x5c7a7c40);
	/* Memory Space Enable (6.2.2). */
	assert_int_equal(padma_config_write16(device, 0x04, 0), 0);
	assert_int_equal(padma_bar_read32(bar, SCRATCH_ID), UINT32_MAX);
	assert_int_equal(padma_config_write16(device, 0x04, 2), 0);
	assert_int_equal(padma_bar_read32(bar, SCRATCH_ID), 0x5c7a7c40);
	assert_int_equal(padma_device_close(device), 0);
}

/* PCI Express Base 3.0, 7.8.4: the bit that resets the function. */
static void test_function_level_reset(void **state)
{
	struct padma_device *device = open_device("sim:scratch,step");
	const struct padma_bar *bar = padma_device_bar(device, 0);
	unsigned int at = (unsigned int)padma_device_find_capability(device, 0x10, 0);
	uint16_t control;

	(void)state;
	assert_true(read32(device, at + 4) & 1u << 28);
	padma_bar_write64(bar, SCRATCH_SOURCE, 1);
	assert_int_equal(padma_config_read16(device, at + 8, &control), 0);
	assert_int_equal(padma_config_write16(device, at + 8, control | 0x8000), 0);
	assert_int_equal(padma_bar_read64(bar, SCRATCH_SOURCE), 0);
	assert_int_equal(padma_device_close(device), 0);
}

/* Without PCI Express there are 256 bytes, and no function level reset. */
static void test_conventional(void **state)
{
	static const struct padma_sim_shape shape = {
		.vendor = 1, .device = 2, .is_conventional = true, .bars = {{.bytes = 1 << 20}}};
	static const struct padma_sim_model model = {.name = "conventional", .shape = &shape};
	struct padma_device *device;
	uint32_t value;

	(void)state;
	assert_int_equal(padma_sim_model_add(&model), 0);
	device = open_device("sim:conventional");
	assert_int_equal(padma_device_reset_kind(device), PADMA_RESET_BUS);
	assert_int_equal(padma_device_find_capability(device, 0x10, 0), 0);
	assert_int_equal(padma_device_find_extended_capability(device, 0x01, 0), 0);
	assert_int_equal(padma_config_read32(device, 0x100, &value), -EINVAL);
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_NONE);
	assert_int_equal(padma_bar_read32(padma_device_bar(device, 0), 0), 0);
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_device_open(space, "sim:conventional,reset=flr", &device), -EINVAL);
	assert_int_equal(padma_device_open(space, "sim:conventional,reset=pm", &device), 0);
	assert_int_equal(padma_device_close(device), 0);
}

static int setup(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};

	(void)state;
	return padma_sim_model_add(&scratch_model) || padma_space_open(&params, &space);
}

static int teardown(void **state)
{
	(void)state;
	return padma_space_close(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_sizing),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_power_state),
		cmocka_unit_test(test_function_level_reset),
		cmocka_unit_test(test_conventional),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
