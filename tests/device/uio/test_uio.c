// SPDX-License-Identifier: BSD-3-Clause
/* A function that is bound to uio_pci_generic: whether it can be opened, its registers, and its removal. */
#include "uio_fixture.h"

static void test_whose_it_is(void **state)
{
	struct uio_function function;

	(void)state;
	assert_true(uio_has(tree.root, ADDRESS));
	assert_false(uio_has(tree.root, "0000:00:05.0"));
	assert_int_equal(uio_find(tree.root, ADDRESS, &function), 0);
	assert_string_equal(function.node, "uio5");
	assert_int_equal(function.bars[0].bytes, 8192);
	assert_int_equal(function.bars[2].bytes, 0);
	assert_int_equal(function.bars[3].start, 0xfe002100);
	/* A dummy group of VFIO does not count; any other is an IOMMU's. */
	tree_file(&tree, FUNCTION "/iommu_group/name", "vfio-noiommu\n");
	assert_int_equal(uio_find(tree.root, ADDRESS, &function), 0);
	tree_file(&tree, FUNCTION "/iommu_group/name", "\n");
	expect_refusal(EINVAL, "IOMMU");
	remove_path(FUNCTION "/driver");
	assert_false(uio_has(tree.root, ADDRESS));
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	assert_false(uio_has(tree.root, ADDRESS));
}

static void test_what_is_missing(void **state)
{
	(void)state;
	remove_path("uio5");
	expect_refusal(ENOENT, "devtmpfs");
	remove_path(FUNCTION "/resource3");
	tree_link(&tree, "uio5", ptsname(count_fd));
	expect_refusal(ENOENT, "BAR 3");
	touch(FUNCTION "/resource3", 4096, 0);
	/* pci_read_config() without the capability. */
	assert_int_equal(truncate(tree_path(&tree, FUNCTION "/config"), 64), 0);
	expect_refusal(EPROTO, "config");
	touch(FUNCTION "/config", 4096, 0xff);
	expect_refusal(ENODEV, "bus");
	tree_file(&tree, FUNCTION "/resource", "0x1 0x2\n");
	expect_refusal(EPROTO, "resource");
	remove_path(FUNCTION "/uio/uio5/dev");
	remove_path(FUNCTION "/uio/uio5");
	expect_refusal(ENODEV, "UIO");
}

/* A name in /dev that is another device's. That one's node is not opened: /dev/full would be, and so
 * would a file. */
static void test_the_node_of_another(void **state)
{
	(void)state;
	remove_path("uio5");
	tree_link(&tree, "uio5", "/dev/full");
	expect_refusal(ENODEV, "node");
	remove_path("uio5");
	tree_file(&tree, "uio5", "");
	expect_refusal(ENODEV, "node");
	remove_path("uio5");
	tree_link(&tree, "uio5", ptsname(count_fd));
	write_number("/dev/full");
	expect_refusal(ENODEV, "1:7");
	remove_path(FUNCTION "/uio/uio5/dev");
	expect_refusal(ENODEV, "(none)");
	write_number(ptsname(count_fd));
	assert_int_equal(padma_device_close(open_device()), 0);
}

static void test_opened_quiet(void **state)
{
	struct padma_device *device = open_device();

	(void)state;
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MEMORY | 0x01);
	assert_int_equal(peek(FUNCTION "/config", COMMAND_2), INTX_DISABLED);
	master_the_bus(device);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MEMORY | 0x01);
}

static void test_one_owner(void **state)
{
	struct padma_device *device = open_device();

	(void)state;
	/* The node is not even looked at: its close would turn the owner's bus mastering off. */
	master_the_bus(device);
	remove_path("uio5");
	expect_refusal(EBUSY, "this process");
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	assert_int_equal(padma_device_close(device), 0);
	tree_link(&tree, "uio5", ptsname(count_fd));
	padma_device_close(open_device());
}

static void test_registers(void **state)
{
	struct padma_device *device;
	const struct padma_bar *bar, *small;

	(void)state;
	poke(FUNCTION "/resource0", 8184, "\1\2\3\4\5\6\7\10", 8);
	poke(FUNCTION "/resource3", 0x104, "\xaa\xbb\xcc\xdd", 4);
	device = open_device();
	bar = padma_device_bar(device, 0);
	small = padma_device_bar(device, 3);
	assert_null(padma_device_bar(device, 1));
	assert_null(padma_device_bar(device, 2)); /* I/O ports */
	assert_int_equal(bar->bytes, 8192);
	assert_int_equal(padma_bar_read32(bar, 8184), 0x04030201);
	assert_int_equal(padma_bar_read64(bar, 8184), 0x0807060504030201);
	for (unsigned int width = 1; width <= 8; width *= 2) {
		const uint64_t ones = width == 8 ? UINT64_MAX : (1ull << 8 * width) - 1;

		assert_int_equal(padma_bar_slow_read(bar, 8184, width), 0x0807060504030201 & ones);
		padma_bar_slow_write(bar, 16, 0x1122334455667788, width);
		assert_int_equal(padma_bar_slow_read(bar, 16, width), 0x1122334455667788 & ones);
	}
	assert_int_equal(padma_bar_read32(bar, 8192), UINT32_MAX);
	padma_bar_write32(bar, 0, 0x12345678);
	assert_int_equal(peek(FUNCTION "/resource0", 0), 0x78);
	assert_int_equal(small->bytes, 128);
	assert_int_equal(padma_bar_read32(small, 4), 0xddccbbaa);
	assert_int_equal(padma_device_close(device), 0);
}

static void test_configuration_space(void **state)
{
	struct padma_device *device = open_device();
	uint8_t bytes[12] = {0};

	(void)state;
	poke(FUNCTION "/config", 0, "\x36\x1b\x10\x00", 4);
	assert_int_equal(padma_device_config_read(device, 0, bytes, 4), 0);
	assert_memory_equal(bytes, "\x36\x1b\x10\x00", 4);
	assert_int_equal(padma_device_config_read(device, 4093, bytes, 4), -EINVAL);
	/* A write of any span leaves Interrupt Disable as it is, set or clear. */
	for (int set = 0; set < 2; set++) {
		for (unsigned int at = 0; at <= COMMAND_2; at++) {
			const uint8_t wanted = set ? INTX_DISABLED : 0;

			poke_byte(COMMAND_2, wanted);
			padma_device_declare_quiesced(device);
			memset(bytes, set ? 0x01 : 0x05, sizeof(bytes));
			assert_int_equal(padma_device_config_write(device, at, bytes, 12 - at), 0);
			assert_int_equal(peek(FUNCTION "/config", COMMAND_2), wanted | 0x01);
			assert_int_equal(peek(FUNCTION "/config", at == 5 ? 6 : at), bytes[0]);
			assert_int_equal(peek(FUNCTION "/config", 11), bytes[0]);
		}
	}
	assert_int_equal(padma_device_bus_master(device, false), 0);
	touch(FUNCTION "/config", 4096, 0xff);
	assert_int_equal(padma_device_close(device), 0);
}

/* The slot is empty: all of configuration space is ones. */
static void test_pulled_out(void **state)
{
	struct padma_device *device = open_device();
	uint8_t bytes[4096];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	/* All ones in a register are a value. */
	poke(FUNCTION "/config", 0x40, bytes, 4);
	assert_int_equal(padma_device_config_read(device, 0x40, bytes, 4), 0);
	memset(bytes, 0xff, sizeof(bytes));
	poke(FUNCTION "/config", 0, bytes, sizeof(bytes));
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_config_read(device, 0x40, bytes, 4), -ENODEV);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_config_write(device, 0x40, bytes, 4), -ENODEV);
	assert_int_equal(padma_device_reset(device), -ENODEV);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), -ENODEV);
	assert_int_equal(padma_device_irq_unmask(device), -ENODEV);
	assert_int_equal(padma_device_close(device), 0);
}

/* A BAR whose file has lost its memory, as one of sysfs does with its function. */
static void test_sigbus(void **state)
{
	struct padma_device *device = open_device();
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_int_equal(padma_device_catch_sigbus(), 0);
	padma_bar_write32(bar, 4096, 5);
	assert_int_equal(truncate(tree_path(&tree, FUNCTION "/resource0"), 0), 0);
	assert_int_equal(padma_bar_read32(bar, 4096), UINT32_MAX);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_bar_read32(bar, 0), UINT32_MAX);
	assert_int_equal(padma_device_close(device), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_whose_it_is),
		WITH_TREE(test_what_is_missing),
		WITH_TREE(test_the_node_of_another),
		WITH_TREE(test_opened_quiet),
		WITH_TREE(test_one_owner),
		WITH_TREE(test_registers),
		WITH_TREE(test_configuration_space),
		WITH_TREE(test_pulled_out),
		WITH_TREE(test_sigbus),
	};

	return cmocka_run_group_tests(tests, open_space, close_space);
}
