// SPDX-License-Identifier: BSD-3-Clause
/* From a PCI address to its VFIO node: trees of sysfs, and the message about what is wrong with each. */
#include "test.h"

#include <padma/error.h>

#include "device/function.h"
#include "device/vfio/find.h"
#include "tool/tree.h"

#define BDF	 "0000:00:04.0"
#define FUNCTION "bus/pci/devices/" BDF
#define MODE	 "module/vfio/parameters/enable_unsafe_noiommu_mode"

static struct tree tree;

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_directory(&tree, FUNCTION);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void expect_refusal(int error, const char *words, const char *not_these)
{
	struct vfio_node node;

	assert_int_equal(vfio_find(tree.root, BDF, &node), -error);
	assert_non_null(strstr(padma_last_error(), BDF));
	if (!strstr(padma_last_error(), words))
		fail_msg("'%s' is not in: %s", words, padma_last_error());
	if (not_these)
		assert_null(strstr(padma_last_error(), not_these));
}

static void test_addresses(void **state)
{
	static const char *const good[] = {BDF, "00000001:ff:1f.7", "ABCD:ef:00.1"};
	static const char *const bad[] = {
		"",
		"sim:nvme",
		"00:04.0",
		"0000:00:04",
		"0000:00:04.8",
		"0000:00:04.00",
		"0000:0:04.0",
		"000:00:04.0",
		"000000000:00:04.0",
		"0000:00:0g.0",
		"0000:00:04,0",
		"../00:00:04.0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(function_is_address(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(function_is_address(bad[i]));
}

static void expect_nodes(const char *address, const char *cdev, const char *group, bool noiommu)
{
	struct vfio_node node;

	assert_int_equal(vfio_find(tree.root, address, &node), 0);
	assert_string_equal(node.cdev, cdev);
	assert_string_equal(node.group, group);
	assert_int_equal(node.noiommu, noiommu);
}

static void test_nodes(void **state)
{
	struct vfio_node node;

	(void)state;
	tree_file(&tree, FUNCTION "/vfio-dev/noiommu-vfio12/dev", "511:12\n");
	expect_nodes(BDF, "noiommu-vfio12", "", true);
	tree_file(&tree, "bus/pci/devices/0000:00:05.0/vfio-dev/vfio3/dev", "511:3\n");
	expect_nodes("0000:00:05.0", "vfio3", "", false);
	assert_int_equal(vfio_find(tree.root, "0000:00:05.0", &node), 0);
	assert_string_equal(node.cdev_number, "511:3");
	assert_string_equal(node.group_number, "");
	assert_int_equal(vfio_find(tree.root, "0000:00:06.0", &node), -ENODEV);
}

static void test_groups(void **state)
{
	struct vfio_node node;

	(void)state;
	/* Linux 6.1: a class device, but no node of its own. */
	tree_directory(&tree, FUNCTION "/vfio-dev/vfio12");
	tree_file(&tree, "groups/7/name", "vfio-noiommu\n");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../groups/7");
	tree_directory(&tree, "class/vfio/noiommu-7");
	expect_nodes(BDF, "", "noiommu-7", true);
	/* Linux 7.3: both. */
	tree_file(&tree, FUNCTION "/vfio-dev/noiommu-vfio12/dev", "511:12\n");
	expect_nodes(BDF, "noiommu-vfio12", "noiommu-7", true);
	tree_file(&tree, "class/vfio/noiommu-7/dev", "241:7\n");
	assert_int_equal(vfio_find(tree.root, BDF, &node), 0);
	assert_string_equal(node.cdev_number, "511:12");
	assert_string_equal(node.group_number, "241:7");
	/* Behind an IOMMU, whose groups have no name. */
	tree_directory(&tree, "groups/9");
	tree_directory(&tree, "bus/pci/devices/0000:00:05.0");
	tree_link(&tree, "bus/pci/devices/0000:00:05.0/iommu_group", "../../../../groups/9");
	tree_directory(&tree, "class/vfio/9");
	expect_nodes("0000:00:05.0", "", "9", false);
}

static void test_a_driver_of_the_kernel_has_it(void **state)
{
	(void)state;
	tree_link(&tree, FUNCTION "/driver", "../../../../bus/pci/drivers/nvme");
	expect_refusal(EBUSY, "nvme", NULL);
	expect_refusal(EBUSY, "CONFIG_VFIO_PCI", "CONFIG_VFIO_NOIOMMU");
	tree_directory(&tree, "bus/pci/drivers/vfio-pci");
	expect_refusal(EBUSY, "CONFIG_VFIO_NOIOMMU", "CONFIG_VFIO_PCI");
	tree_file(&tree, MODE, "N\n");
	expect_refusal(EBUSY, "padma devices bind " BDF " --noiommu", "CONFIG");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/3");
	expect_refusal(EBUSY, "padma devices bind " BDF, "noiommu");
}

static void test_nothing_has_it(void **state)
{
	(void)state;
	tree_directory(&tree, "bus/pci/drivers/vfio-pci");
	tree_file(&tree, MODE, "Y\n");
	expect_refusal(ENODEV, "padma devices bind " BDF " --noiommu", "CONFIG");
}

static void test_vfio_without_nodes(void **state)
{
	(void)state;
	tree_link(&tree, FUNCTION "/driver", "../../../../bus/pci/drivers/vfio-pci");
	expect_refusal(ENODEV, "CONFIG_VFIO_DEVICE_CDEV", NULL);
	/* Neither of these is a node. */
	tree_directory(&tree, FUNCTION "/vfio-dev/power");
	tree_directory(&tree, FUNCTION "/vfio-dev/noiommu-0");
	expect_refusal(ENODEV, "CONFIG_VFIO_DEVICE_CDEV", NULL);
	/* Nor is the group of an IOMMU that VFIO has no node for. */
	tree_directory(&tree, "groups/9");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../groups/9");
	expect_refusal(ENODEV, "CONFIG_VFIO_GROUP", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_nodes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_driver_of_the_kernel_has_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_nothing_has_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vfio_without_nodes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
