// SPDX-License-Identifier: BSD-3-Clause
/* Find the kernel's block device of a PCI address, in a sysfs laid out like the kernel's. */
#include "test.h"

#include <stdbool.h>

#include "nvme/node.h"
#include "tree.h"

#define ADDRESS "0000:04:00.0"
#define DRIVE	"bus/pci/devices/" ADDRESS "/nvme/nvme3/"

static void expect(const struct tree *tree, uint32_t nsid, const char *expected)
{
	char node[64];

	assert_true(nvme_node_find(tree->root, ADDRESS, nsid, node, sizeof(node)));
	assert_string_equal(node, expected);
}

static void namespaces(void **state)
{
	struct tree tree;
	char node[64];

	(void)state;
	tree_make(&tree);
	assert_false(nvme_node_find(tree.root, ADDRESS, 0, node, sizeof(node)));
	/* Entries that are not namespaces: hwmon, and a namespace's character device. */
	tree_file(&tree, DRIVE "hwmon3/name", "nvme\n");
	tree_file(&tree, DRIVE "ng3n1/nsid", "1\n");
	tree_file(&tree, DRIVE "nvme3n9/size", "1\n");
	assert_false(nvme_node_find(tree.root, ADDRESS, 0, node, sizeof(node)));
	/* Names are not in the order of the ids. */
	tree_file(&tree, DRIVE "nvme3n1/nsid", "7\n");
	tree_file(&tree, DRIVE "nvme3n10/nsid", "10\n");
	tree_file(&tree, DRIVE "nvme3n2/nsid", "2\n");
	expect(&tree, 0, "/dev/nvme3n2");
	expect(&tree, 2, "/dev/nvme3n2");
	expect(&tree, 7, "/dev/nvme3n1");
	expect(&tree, 10, "/dev/nvme3n10");
	assert_false(nvme_node_find(tree.root, ADDRESS, 1, node, sizeof(node)));
	assert_false(nvme_node_find(tree.root, "0000:05:00.0", 0, node, sizeof(node)));
	tree_remove(&tree);
}

static void multipath(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, DRIVE "nvme1c3n1/nsid", "1\n");
	tree_file(&tree, DRIVE "nvme1c3n12/nsid", "12\n");
	expect(&tree, 0, "/dev/nvme1n1");
	expect(&tree, 12, "/dev/nvme1n12");
	tree_remove(&tree);
}

/* The device number decides, not the name; a character device with that number does not match. */
static void a_name_is_no_proof(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_false(nvme_node_is_its_own(tree.root, "/dev/zero"));
	tree_file(&tree, "class/block/zero/dev", "1:5\n");
	assert_false(nvme_node_is_its_own(tree.root, "/dev/zero"));
	tree_file(&tree, "class/block/zero/dev", "nonsense\n");
	assert_false(nvme_node_is_its_own(tree.root, "/dev/zero"));
	tree_remove(&tree);
}

static void addresses(void **state)
{
	static const char *const good[] = {"0000:04:00.0", "0001:ff:1f.7"};
	static const char *const bad[] = {
		"",	    "0000:04:00",   "0000:04:00.", "0000:04:00.0 ", "0000:04:00.0x",
		"sim:nvme", "/dev/nvme0n1", "nvme0n1",	   "0000:04:zz.0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(nvme_is_address(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(nvme_is_address(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),
		cmocka_unit_test(multipath),
		cmocka_unit_test(a_name_is_no_proof),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
