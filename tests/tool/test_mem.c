// SPDX-License-Identifier: BSD-3-Clause
/* padma mem on a fake sysfs. */
#include "test.h"

#include "run.h"
#include "tree.h"

static struct tree tree;

static void pool(const char *below, uint64_t total, uint64_t free_pages)
{
	static const char *const zeros[] = {"resv_hugepages", "surplus_hugepages",
					    "nr_overcommit_hugepages"};
	char path[256], number[32];

	snprintf(number, sizeof(number), "%llu\n", (unsigned long long)total);
	snprintf(path, sizeof(path), "%s/hugepages-2048kB/nr_hugepages", below);
	tree_file(&tree, path, number);
	snprintf(number, sizeof(number), "%llu\n", (unsigned long long)free_pages);
	snprintf(path, sizeof(path), "%s/hugepages-2048kB/free_hugepages", below);
	tree_file(&tree, path, number);
	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++) {
		snprintf(path, sizeof(path), "%s/hugepages-2048kB/%s", below, zeros[i]);
		tree_file(&tree, path, "0\n");
	}
}

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	pool("kernel/mm", 1234, 567);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static json_t *named(const json_t *list, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0)
			return item;
	}
	return NULL;
}

static void counts_come_from_sysfs(void **state)
{
	json_t *report = expect_json("mem status --json --sysfs %s", tree.root);
	const json_t *sizes = json_object_get(report, "hugepages");

	(void)state;
	/* A kernel without 2 MiB pages reports none, whatever the fake sysfs holds. */
	assert_true(json_array_size(sizes) <= 1);
	if (json_array_size(sizes) == 1) {
		const json_t *pages = json_array_get(sizes, 0);

		assert_int_equal(json_integer_value(json_object_get(pages, "bytes")), 2 << 20);
		assert_int_equal(json_integer_value(json_object_get(pages, "total")), 1234);
		assert_int_equal(json_integer_value(json_object_get(pages, "free")), 567);
	}
	json_decref(report);
}

static void the_backend_that_needs_nothing_works(void **state)
{
	json_t *report = expect_json("mem --json");
	const json_t *backends = json_object_get(report, "backends"), *other;

	(void)state;
	assert_true(json_is_true(json_object_get(named(backends, "sim"), "works")));
	assert_true(json_is_null(json_object_get(named(backends, "sim"), "why")));
	other = named(backends, "noiommu");
	assert_non_null(other);
	/* A backend that does not work has a reason. */
	assert_true(json_is_true(json_object_get(other, "works")) ||
		    json_string_length(json_object_get(other, "why")) > 0);
	assert_true(json_is_boolean(json_object_get(json_object_get(report, "io_uring"), "works")));
	assert_true(json_is_boolean(json_object_get(json_object_get(report, "iommufd"), "works")));
	assert_true(json_integer_value(json_object_get(report, "numa_nodes")) >= 1);
	other = json_object_get(report, "auto");
	assert_non_null(named(backends, json_string_value(json_object_get(other, "backend"))));
	/* The order is that of auto, and each backend that it skips has a reason. */
	assert_string_equal(json_string_value(json_object_get(json_array_get(backends, 0), "name")),
			    "noiommu");
	if (strcmp(json_string_value(json_object_get(other, "backend")), "noiommu") != 0)
		assert_non_null(strstr(json_string_value(json_object_get(other, "why")),
				       "noiommu was passed over ("));
	json_decref(report);
}

static void text_output_is_complete(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "mem --sysfs %s", tree.root);
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	assert_non_null(strstr(run.out, "Hugepages"));
	assert_non_null(strstr(run.out, "NUMA nodes: "));
	assert_non_null(strstr(run.out, "Memory that may be locked: "));
	assert_non_null(strstr(run.out, "  /dev/iommu "));
	assert_non_null(strstr(run.out, "  io_uring "));
	assert_non_null(strstr(run.out, "  sim         works\n"));
	assert_non_null(strstr(run.out, "  auto: "));
	run_free(&run);
}

/* Some backends, and auto, share the reason for which they do not work. */
static void reasons_are_not_repeated(void **state)
{
	json_t *report = expect_json("mem --json"), *backend;
	size_t index;
	struct run run;

	(void)state;
	run_padma(&run, "mem");
	assert_int_equal(run.status, 0);
	json_array_foreach(json_object_get(report, "backends"), index, backend)
	{
		const char *why = json_string_value(json_object_get(backend, "why")), *first;

		if (!why)
			continue;
		why = strstr(why, "here: ") ? strstr(why, "here: ") + strlen("here: ") : why;
		first = strstr(run.out, why);
		assert_non_null(first);
		assert_null(strstr(first + 1, why));
	}
	json_decref(report);
	run_free(&run);
}

static void expect_total(const char *below, const char *text)
{
	char path[256], content[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/hugepages-2048kB/nr_hugepages", below);
	file = fopen(tree_path(&tree, path), "r");
	assert_non_null(file);
	assert_non_null(fgets(content, sizeof(content), file));
	fclose(file);
	assert_string_equal(content, text);
}

/* Free pages count. These files accept any number, unlike a kernel that is short of memory. */
static void reserve_and_release_write_the_total(void **state)
{
	static const char node[] = "devices/system/node/node1/hugepages";

	(void)state;
	pool("kernel/mm/hugepages", 20, 5);
	expect_ok("mem reserve 10M --sysfs %s", tree.root);
	expect_total("kernel/mm/hugepages", "20\n");
	expect_ok("mem reserve 11M --sysfs %s", tree.root);
	expect_total("kernel/mm/hugepages", "21\n");
	expect_failure(1, "available", "mem reserve 512T --sysfs %s", tree.root);
	expect_total("kernel/mm/hugepages", "21\n");
	pool("kernel/mm/hugepages", 20, 5);
	expect_ok("mem release 4M --sysfs %s", tree.root);
	expect_total("kernel/mm/hugepages", "18\n");
	pool("kernel/mm/hugepages", 20, 5);
	expect_ok("mem release 1G --sysfs %s", tree.root);
	expect_total("kernel/mm/hugepages", "15\n");
	pool(node, 3, 0);
	expect_ok("mem reserve 4M --node 1 --sysfs %s", tree.root);
	expect_total(node, "5\n");
	expect_total("kernel/mm/hugepages", "15\n");
}

static void bad_input(void **state)
{
	(void)state;
	expect_failure(2, "SIZE", "mem reserve");
	expect_failure(2, "2M", "mem release 2M 2M");
	expect_failure(1, "1 GiB", "mem reserve 1G --page 1G --sysfs %s", tree.root);
	expect_failure(1, "node7", "mem reserve 1G --node 7 --sysfs %s", tree.root);
	expect_failure(2, "more", "mem status more");
	expect_failure(2, "--sysfs", "mem --sysfs");
	expect_failure(1, "/nowhere", "mem --sysfs /nowhere");
	expect_failure(1, "--sysfs: ''", "mem --sysfs=");
	tree_directory(&tree, "empty");
	expect_failure(1, "/empty", "mem --json --sysfs %s", tree_path(&tree, "empty"));
	expect_failure(1, "No space left", "mem --json > /dev/full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_come_from_sysfs),
		cmocka_unit_test(the_backend_that_needs_nothing_works),
		cmocka_unit_test(text_output_is_complete),
		cmocka_unit_test(reasons_are_not_repeated),
		cmocka_unit_test(reserve_and_release_write_the_total),
		cmocka_unit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
