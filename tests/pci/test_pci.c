// SPDX-License-Identifier: BSD-3-Clause
/* The list of PCI functions, of fake sysfs trees: whole ones, broken ones, and none. */
#include "test.h"

#include <padma/error.h>
#include <padma/log.h>
#include <padma/pci.h>

#include "tool/tree.h"

/* As the kernel prints them: start, end, flags (include/linux/ioport.h). */
static const char nvme_resource[] = "0x00000000fe000000 0x00000000fe003fff 0x0000000000140204\n"
				    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				    "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
				    "0x00000000fc000000 0x00000000fc000fff 0x0000000000040200\n"
				    "0x0000008000000000 0x00000080ffffffff 0x000000000014220c\n"
				    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";

static const struct tree_pci nvme = {.address = "0000:00:04.0",
				     .vendor = "0x1b36\n",
				     .device = "0x0010\n",
				     .class_code = "0x010802\n",
				     .resource = nvme_resource,
				     .driver = "nvme"};
static const struct tree_pci nic = {.address = "0000:00:03.0",
				    .vendor = "0x8086\n",
				    .device = "0x10d3\n",
				    .class_code = "0x020000\n",
				    .group = "7"};

static const char ids[] =
	"1b36  A Vendor\n\t0010  A Drive\nC 01  Storage\n\t08  A Kind of Memory\n";

static unsigned int warnings;

static void count_warnings(void *ctx, enum padma_log_level level, const char *part,
			   const char *text)
{
	(void)ctx;
	assert_string_equal(part, "pci");
	assert_non_null(text);
	warnings += level == PADMA_LOG_WARNING;
}

static int setup(void **state)
{
	static struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "pci.ids", ids);
	warnings = 0;
	padma_log_to(count_warnings, NULL, PADMA_LOG_WARNING);
	*state = &tree;
	return 0;
}

static int teardown(void **state)
{
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	tree_remove(*state);
	return 0;
}

static int list_tree(const struct tree *tree, struct padma_pci_list *list)
{
	char ids_path[2 * PATH_MAX];

	snprintf(ids_path, sizeof(ids_path), "%s/pci.ids", tree->root);
	return padma_pci_list_get(&(struct padma_pci_params){.sysfs = tree->root, .ids = ids_path},
				  list);
}

static void lists_what_sysfs_says(void **state)
{
	struct tree *tree = *state;
	struct padma_pci_function *f;
	struct padma_pci_list list;

	tree_pci(tree, &nvme);
	tree_pci(tree, &nic);
	tree_file(tree, "bus/pci/devices/0000:00:04.0/numa_node", "1\n");
	assert_int_equal(list_tree(tree, &list), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.skipped, 0);
	assert_true(list.names_known);

	f = &list.functions[0];
	assert_string_equal(f->address, "0000:00:03.0");
	assert_int_equal(f->vendor_id, 0x8086);
	assert_int_equal(f->device_id, 0x10d3);
	assert_int_equal(f->class_code, 0x020000);
	assert_string_equal(f->vendor_name, "");
	assert_string_equal(f->device_name, "");
	assert_string_equal(f->driver, "");
	assert_int_equal(f->iommu_group, 7);
	assert_false(f->noiommu);
	assert_int_equal(f->numa_node, -1);
	for (unsigned int i = 0; i < PADMA_PCI_BARS; i++)
		assert_int_equal(f->bars[i].bytes, 0);

	f = &list.functions[1];
	assert_string_equal(f->address, "0000:00:04.0");
	assert_int_equal(f->device, 4);
	assert_int_equal(f->class_code, PADMA_PCI_CLASS_NVME);
	assert_int_equal(f->subsystem_vendor_id, 0x1af4);
	assert_int_equal(f->subsystem_id, 0x1100);
	assert_string_equal(f->vendor_name, "A Vendor");
	assert_string_equal(f->device_name, "A Drive");
	assert_string_equal(f->class_name, "A Kind of Memory");
	assert_string_equal(f->driver, "nvme");
	assert_int_equal(f->iommu_group, -1);
	assert_int_equal(f->numa_node, 1);
	padma_pci_list_put(&list);
	assert_null(list.functions);
	assert_int_equal(warnings, 0);
}

static void decodes_every_kind_of_bar(void **state)
{
	static const struct padma_pci_bar expected[PADMA_PCI_BARS] = {
		{.base = 0xfe000000, .bytes = 0x4000, .is_64bit = true},
		{.bytes = 0},
		{.base = 0xc000, .bytes = 0x20, .io = true},
		{.base = 0xfc000000, .bytes = 0x1000},
		{.base = 0x8000000000,
		 .bytes = 0x100000000,
		 .is_64bit = true,
		 .prefetchable = true},
	};
	struct tree *tree = *state;
	struct padma_pci_list list;

	tree_pci(tree, &nvme);
	assert_int_equal(list_tree(tree, &list), 0);
	assert_int_equal(list.count, 1);
	for (unsigned int i = 0; i < PADMA_PCI_BARS; i++) {
		const struct padma_pci_bar *bar = &list.functions[0].bars[i];

		assert_int_equal(bar->bytes, expected[i].bytes);
		assert_int_equal(bar->base, expected[i].base);
		assert_int_equal(bar->io, expected[i].io);
		assert_int_equal(bar->is_64bit, expected[i].is_64bit);
		assert_int_equal(bar->prefetchable, expected[i].prefetchable);
	}
	padma_pci_list_put(&list);
}

static void a_group_for_show_is_none(void **state)
{
	struct tree *tree = *state;
	struct padma_pci_list list;

	tree_pci(tree, &nic);
	tree_file(tree, "kernel/iommu_groups/7/name", "vfio-noiommu\n");
	assert_int_equal(list_tree(tree, &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.functions[0].iommu_group, -1);
	assert_true(list.functions[0].noiommu);
	padma_pci_list_put(&list);
}

static void without_names_the_ids_remain(void **state)
{
	struct tree *tree = *state;
	struct padma_pci_list list;

	tree_pci(tree, &nvme);
	assert_int_equal(padma_pci_list_get(&(struct padma_pci_params){.sysfs = tree->root,
								       .ids = "/nowhere/pci.ids"},
					    &list),
			 0);
	assert_int_equal(list.count, 1);
	assert_false(list.names_known);
	assert_string_equal(list.functions[0].vendor_name, "");
	assert_string_equal(list.functions[0].device_name, "");
	assert_string_equal(list.functions[0].class_name, "");
	assert_int_equal(list.functions[0].vendor_id, 0x1b36);
	padma_pci_list_put(&list);
}

static void a_machine_without_pci_has_an_empty_list(void **state)
{
	struct padma_pci_list list;

	assert_int_equal(list_tree(*state, &list), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.skipped, 0);
	padma_pci_list_put(&list);
}

static void no_sysfs_is_an_error(void **state)
{
	struct tree *tree = *state;
	struct padma_pci_params params = {.sysfs = "/nowhere/sys"};
	struct padma_pci_list list;

	assert_int_equal(padma_pci_list_get(&params, &list), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "/nowhere/sys"));
	assert_int_equal(list.count, 0);

	params.sysfs = tree_path(tree, "pci.ids");
	assert_int_equal(padma_pci_list_get(&params, &list), -ENOTDIR);

	tree_directory(tree, "bus/pci");
	params.sysfs = tree->root;
	assert_int_equal(padma_pci_list_get(&params, &list), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "bus/pci/devices"));

	tree_file(tree, "bus/pci/devices", "");
	assert_int_equal(padma_pci_list_get(&params, &list), -ENOTDIR);
	assert_null(list.functions);
}

/* Each of these makes an unguarded libpci exit the process. */
static void what_cannot_be_read_is_skipped(void **state)
{
	struct tree *tree = *state;
	struct tree_pci broken = nvme;
	struct padma_pci_list list;

	tree_directory(tree, "bus/pci/devices/0000:00:00.0"); /* no file at all in it */
	broken.address = "0000:00:01.0";
	broken.resource = "this is not a resource\n";
	tree_pci(tree, &broken);
	broken.address = "0000:00:02.0";
	broken.resource = NULL;
	tree_pci(tree, &broken);
	assert_int_equal(remove(tree_path(tree, "bus/pci/devices/0000:00:02.0/vendor")), 0);
	tree_directory(tree, "bus/pci/devices/0000:00:02.0/vendor");
	tree_directory(tree, "bus/pci/devices/not-an-address");
	tree_directory(tree, "bus/pci/devices/0000:00:00.9");
	tree_directory(tree, "bus/pci/devices/0000:00:00.0-and-more");
	tree_pci(tree, &nvme);
	assert_int_equal(list_tree(tree, &list), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.functions[0].address, nvme.address);
	assert_int_equal(list.skipped, 6);
	assert_true(warnings >= 6);
	padma_pci_list_put(&list);
}

static void a_path_too_long_for_libpci_is_skipped(void **state)
{
	static char longer[3 * PATH_MAX];
	struct tree *tree = *state;
	struct padma_pci_list list;
	size_t used;

	tree_pci(tree, &nvme);
	used = (size_t)snprintf(longer, sizeof(longer), "%s", tree->root);
	while (used < 1200)
		used += (size_t)snprintf(longer + used, sizeof(longer) - used, "/.");
	assert_int_equal(padma_pci_list_get(&(struct padma_pci_params){.sysfs = longer}, &list), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.skipped, 1);
	padma_pci_list_put(&list);
}

static void many_functions_come_sorted(void **state)
{
	struct tree *tree = *state;
	struct padma_pci_list list;
	char address[32];

	for (unsigned int i = 0; i < 70; i++) {
		struct tree_pci function = nvme;
		unsigned int scrambled = i * 37 % 70;

		snprintf(address, sizeof(address), "%04x:%02x:00.%u", scrambled % 3 ? 0 : 0x10000,
			 scrambled, scrambled % 8);
		function.address = address;
		function.driver = NULL;
		tree_pci(tree, &function);
	}
	assert_int_equal(list_tree(tree, &list), 0);
	assert_int_equal(list.count, 70);
	for (size_t i = 1; i < list.count; i++) {
		const struct padma_pci_function *a = &list.functions[i - 1], *b = a + 1;

		assert_true(a->domain < b->domain || (a->domain == b->domain && a->bus < b->bus));
	}
	padma_pci_list_put(&list);
}

static void the_machine_itself_can_be_listed(void **state)
{
	struct padma_pci_list list;

	(void)state;
	assert_int_equal(padma_pci_list_get(NULL, &list), 0);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(strlen(list.functions[i].address) >= 12, 1);
	padma_pci_list_put(&list);
	padma_pci_list_put(&list);
	padma_pci_list_put(NULL);
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_TREE(lists_what_sysfs_says),
		WITH_TREE(decodes_every_kind_of_bar),
		WITH_TREE(a_group_for_show_is_none),
		WITH_TREE(without_names_the_ids_remain),
		WITH_TREE(a_machine_without_pci_has_an_empty_list),
		WITH_TREE(no_sysfs_is_an_error),
		WITH_TREE(what_cannot_be_read_is_skipped),
		WITH_TREE(a_path_too_long_for_libpci_is_skipped),
		WITH_TREE(many_functions_come_sorted),
		cmocka_unit_test(the_machine_itself_can_be_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
