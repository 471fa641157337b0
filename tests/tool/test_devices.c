// SPDX-License-Identifier: BSD-3-Clause
/* padma devices on a fake sysfs. */
#include "test.h"

#include "run.h"
#include "tree.h"

static struct tree tree;
static char ids[2 * PATH_MAX];

static int setup(void **state)
{
	static const char resource[] = "0x00000000fe000000 0x00000000fe003fff 0x0000000000140204\n"
				       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				       "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
				       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	const struct tree_pci nvme = {.address = "0000:00:04.0",
				      .vendor = "0x1b36\n",
				      .device = "0x0010\n",
				      .class_code = "0x010802\n",
				      .resource = resource,
				      .driver = "nvme"};
	const struct tree_pci nic = {.address = "0000:00:03.0",
				     .vendor = "0x8086\n",
				     .device = "0x10d3\n",
				     .class_code = "0x020000\n",
				     .group = "7"};
	const struct tree_pci ahci = {.address = "0000:00:1f.2",
				      .vendor = "0x8086\n",
				      .device = "0x2922\n",
				      .class_code = "0x010601\n"};

	(void)state;
	tree_make(&tree);
	tree_pci(&tree, &nvme);
	tree_pci(&tree, &nic);
	tree_pci(&tree, &ahci);
	tree_file(&tree, "pci.ids",
		  "1b36  A Vendor\n\t0010  A Drive\nC 01  Storage\n\t08  Memory\n");
	snprintf(ids, sizeof(ids), "%s", tree_path(&tree, "pci.ids"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void json_holds_everything(void **state)
{
	json_t *list = expect_json("devices list --json --sysfs %s --ids %s", tree.root, ids);
	json_t *nic, *nvme, *bars;

	(void)state;
	assert_int_equal(json_array_size(list), 3);
	nic = json_array_get(list, 0);
	assert_string_equal(text_of(nic, "address"), "0000:00:03.0");
	assert_true(json_is_null(json_object_get(nic, "driver")));
	assert_true(json_is_null(json_object_get(nic, "vendor")));
	assert_true(json_is_null(json_object_get(nic, "numa_node")));
	assert_int_equal(json_integer_value(json_object_get(nic, "iommu_group")), 7);

	nvme = json_array_get(list, 1);
	assert_string_equal(text_of(nvme, "vendor_id"), "0x1b36");
	assert_string_equal(text_of(nvme, "device_id"), "0x0010");
	assert_string_equal(text_of(nvme, "class"), "0x010802");
	assert_string_equal(text_of(nvme, "class_name"), "Memory");
	assert_string_equal(text_of(nvme, "vendor"), "A Vendor");
	assert_string_equal(text_of(nvme, "device"), "A Drive");
	assert_string_equal(text_of(nvme, "driver"), "nvme");
	assert_true(json_is_null(json_object_get(nvme, "iommu_group")));
	bars = json_object_get(nvme, "bars");
	assert_int_equal(json_array_size(bars), 2);
	assert_string_equal(text_of(json_array_get(bars, 0), "base"), "0xfe000000");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(bars, 0), "bytes")),
			 0x4000);
	assert_true(json_is_true(json_object_get(json_array_get(bars, 0), "64bit")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(bars, 1), "index")), 2);
	assert_true(json_is_true(json_object_get(json_array_get(bars, 1), "io")));
	json_decref(list);
}

/* The VFIO node of a function and the process that has it open, in the tree's proc and dev. */
static void the_list_shows_vfio_nodes_and_holders(void **state)
{
	json_t *list, *vfio, *holder;
	char root[sizeof(tree.root)];
	struct run run;

	(void)state;
	snprintf(root, sizeof(root), "%s", tree.root);
	tree_file(&tree, "bus/pci/devices/0000:00:03.0/vfio-dev/vfio2/dev", "1:5\n");
	tree_link(&tree, "proc/42/fd/5", "/dev/zero");
	tree_file(&tree, "proc/42/comm", "reader\n");
	list = expect_json("devices --json --sysfs %s --proc %s/proc --dev %s", root, root, root);
	vfio = json_object_get(json_array_get(list, 0), "vfio");
	assert_string_equal(text_of(vfio, "node"), tree_path(&tree, "vfio/devices/vfio2"));
	assert_true(json_is_null(json_object_get(vfio, "group")));
	assert_true(json_is_false(json_object_get(vfio, "noiommu")));
	holder = json_array_get(json_object_get(vfio, "open_by"), 0);
	assert_int_equal(json_integer_value(json_object_get(holder, "pid")), 42);
	assert_string_equal(text_of(holder, "name"), "reader");
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "vfio")));
	json_decref(list);
	run_padma(&run, "devices --sysfs %s --proc %s/proc --dev %s", root, root, root);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "/vfio/devices/vfio2, open in 42 (reader)\n"));
	run_free(&run);
}

static void the_list_shows_uio_nodes_and_holders(void **state)
{
	json_t *list, *uio;
	char root[sizeof(tree.root)];
	struct run run;

	(void)state;
	snprintf(root, sizeof(root), "%s", tree.root);
	tree_link(&tree, "bus/pci/devices/0000:00:1f.2/driver", "../../drivers/uio_pci_generic");
	tree_file(&tree, "bus/pci/devices/0000:00:1f.2/uio/uio3/dev", "1:7\n");
	tree_link(&tree, "proc/43/fd/5", "/dev/full");
	tree_file(&tree, "proc/43/comm", "writer\n");
	list = expect_json("devices --json --sysfs %s --proc %s/proc --dev %s", root, root, root);
	uio = json_object_get(json_array_get(list, 2), "uio");
	assert_string_equal(text_of(uio, "node"), tree_path(&tree, "uio3"));
	assert_int_equal(json_array_size(json_object_get(uio, "open_by")), 1);
	assert_true(json_is_null(json_object_get(json_array_get(list, 2), "vfio")));
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "uio")));
	json_decref(list);
	run_padma(&run, "devices --sysfs %s --proc %s/proc --dev %s", root, root, root);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "/uio3, open in 43 (writer)\n"));
	run_free(&run);
}

static void the_list_shows_uses(void **state)
{
	json_t *list, *use;
	char root[sizeof(tree.root)];
	struct run run;

	(void)state;
	snprintf(root, sizeof(root), "%s", tree.root);
	tree_link(&tree, "dev/char/1:3", "../../bus/pci/devices/0000:00:04.0/nvme/nvme0");
	tree_directory(&tree, "bus/pci/devices/0000:00:04.0/nvme/nvme0");
	tree_link(&tree, "proc/44/fd/5", "/dev/null");
	tree_file(&tree, "proc/44/comm", "user\n");
	list = expect_json("devices --json --sysfs %s --proc %s/proc --dev %s", root, root, root);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 2), "in_use")), 0);
	use = json_array_get(json_object_get(json_array_get(list, 1), "in_use"), 0);
	assert_string_equal(text_of(use, "kind"), "open");
	assert_string_equal(text_of(use, "device"), "nvme0");
	assert_string_equal(text_of(use, "process"), "user");
	assert_int_equal(json_integer_value(json_object_get(use, "pid")), 44);
	assert_non_null(strstr(text_of(use, "text"), "process 44 (user) has nvme0 open"));
	json_decref(list);
	run_padma(&run, "devices --sysfs %s --proc %s/proc --dev %s", root, root, root);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "\n    in use: process 44 (user) has nvme0 open\n"));
	run_free(&run);
}

static void class_selects(void **state)
{
	json_t *list;

	(void)state;
	list = expect_json("devices --class nvme --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text_of(json_array_get(list, 0), "address"), "0000:00:04.0");
	json_decref(list);
	list = expect_json("devices --class=net --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text_of(json_array_get(list, 0), "address"), "0000:00:03.0");
	json_decref(list);
	list = expect_json("devices --class 0108 --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text_of(json_array_get(list, 0), "address"), "0000:00:04.0");
	json_decref(list);
	list = expect_json("devices --class 02 --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text_of(json_array_get(list, 0), "address"), "0000:00:03.0");
	json_decref(list);
	list = expect_json("devices --class 010803 --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	list = expect_json("devices --class=all --json --sysfs %s", tree.root);
	assert_int_equal(json_array_size(list), 3);
	json_decref(list);
}

static void the_table_has_a_row_for_each(void **state)
{
	char empty[2 * PATH_MAX];
	struct run run;

	(void)state;
	run_padma(&run, "devices --sysfs %s --ids %s", tree.root, ids);
	assert_int_equal(run.status, 0);
	assert_int_equal(strncmp(run.out, "ADDRESS ", 8), 0);
	assert_non_null(
		strstr(run.out, "\n0000:00:04.0  1b36:0010  010802  nvme             none "));
	assert_non_null(strstr(run.out, "Memory: A Vendor, A Drive\n"));
	assert_non_null(strstr(run.out, "\n0000:00:03.0  8086:10d3  020000  -                7 "));
	assert_non_null(strstr(run.out, "(not in pci.ids)\n"));
	assert_null(strstr(run.out, "BAR"));
	run_free(&run);

	run_padma(&run, "devices -v --sysfs %s --ids %s", tree.root, ids);
	assert_non_null(strstr(run.out, "BAR 0: 0x0000fe000000, 16 KiB, 64-bit memory\n"));
	assert_non_null(strstr(run.out, "BAR 2: 0x00000000c000, 32 B, I/O\n"));
	assert_non_null(strstr(run.out, "subsystem 1af4:1100\n"));
	run_free(&run);

	tree_file(&tree, "empty.ids", "");
	snprintf(empty, sizeof(empty), "%s", tree_path(&tree, "empty.ids"));
	run_padma(&run, "devices --sysfs %s --ids %s", tree.root, empty);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "(no names: install pci.ids)\n"));
	run_free(&run);
}

/* The domains that Intel's VMD makes have five digits and more. */
static void columns_are_as_wide_as_their_contents(void **state)
{
	const struct tree_pci far = {.address = "10000:e1:00.0",
				     .vendor = "0x1b36\n",
				     .device = "0x0010\n",
				     .class_code = "0x010802\n",
				     .driver = "a_driver_with_a_long_name"};
	const char *title, *row;
	struct run run;

	(void)state;
	tree_pci(&tree, &far);
	run_padma(&run, "devices --sysfs %s --ids %s", tree.root, ids);
	assert_int_equal(run.status, 0);
	title = run.out;
	row = strstr(run.out, "\n10000:e1:00.0");
	assert_non_null(row);
	row++;
	assert_int_equal(strstr(title, "ID ") - title, strstr(row, "1b36:0010") - row);
	assert_int_equal(strstr(title, "IOMMU") - title, strstr(row, "none") - row);
	row = strstr(run.out, "\n0000:00:04.0");
	assert_non_null(row);
	row++;
	assert_int_equal(strstr(title, "ID ") - title, strstr(row, "1b36:0010") - row);
	assert_int_equal(strstr(title, "IOMMU") - title, strstr(row, "none") - row);
	run_free(&run);
}

/* Names are bytes, and JSON is UTF-8. */
static void names_that_are_no_utf8_are_still_json(void **state)
{
	json_t *list, *function;

	(void)state;
	tree_file(&tree, "latin1.ids", "1b36  Caf\xe9 \xc3\xa9\n\t0010  \xff\xfe\n");
	list = expect_json("devices --json --sysfs %s --ids %s/latin1.ids", tree.root, tree.root);
	for (size_t i = 0; i < json_array_size(list); i++) {
		function = json_array_get(list, i);
		if (strcmp(text_of(function, "address"), "0000:00:04.0") != 0)
			continue;
		assert_string_equal(text_of(function, "vendor"), "Caf\xef\xbf\xbd \xc3\xa9");
		assert_string_equal(text_of(function, "device"), "\xef\xbf\xbd\xef\xbf\xbd");
	}
	json_decref(list);
}

static void a_machine_without_pci(void **state)
{
	json_t *list;
	struct run run;

	(void)state;
	tree_directory(&tree, "empty");
	run_padma(&run, "devices --sysfs %s", tree_path(&tree, "empty"));
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "No such PCI function"));
	run_free(&run);
	list = expect_json("devices --json --sysfs %s", tree_path(&tree, "empty"));
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static void bad_input(void **state)
{
	(void)state;
	expect_failure(1, "/nowhere", "devices --sysfs /nowhere");
	expect_failure(1, "directory", "devices --sysfs %s", ids);
	expect_failure(1, "/nowhere", "devices --ids /nowhere");
	expect_failure(1, "pci.ids", "devices --ids %s", tree.root);
	expect_failure(2, "gpu", "devices --class gpu");
	expect_failure(2, "hexadecimal", "devices --class 010");
	expect_failure(2, "hexadecimal", "devices --class 0x01");
	expect_failure(2, "hexadecimal", "devices --class 01080201");
	expect_failure(2, "--class", "devices --class");
	expect_failure(2, "ADDRESS", "devices bind");
	expect_failure(2, "ADDRESS", "devices restore");
	expect_failure(2, "bind", "devices list bind");
	expect_failure(2, "--force", "devices restore --force 0000:00:04.0");
	expect_failure(2, "list", "devices list list");
	expect_failure(2, "--json", "devices --json=yes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_holds_everything),
		cmocka_unit_test(class_selects),
		cmocka_unit_test(the_table_has_a_row_for_each),
		cmocka_unit_test(the_list_shows_vfio_nodes_and_holders),
		cmocka_unit_test(the_list_shows_uio_nodes_and_holders),
		cmocka_unit_test(the_list_shows_uses),
		cmocka_unit_test(a_machine_without_pci),
		cmocka_unit_test(columns_are_as_wide_as_their_contents),
		cmocka_unit_test(names_that_are_no_utf8_are_still_json),
		cmocka_unit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
