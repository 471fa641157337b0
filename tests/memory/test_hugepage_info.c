// SPDX-License-Identifier: BSD-3-Clause
/* Discovery, on a sysfs tree made for the test: right numbers, missing files and nonsense. */
#include "test.h"

#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/hugepages.h>

#include "memory/hugepages.h"
#include "memory/hugetlbfs.h"
#include "memory/pages.h"

#define MIB2 ((size_t)2 << 20)
#define GIB1 ((size_t)1 << 30)

static void write_file(const char *root, const char *directory, const char *name, const char *text)
{
	char path[512], *slash;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", root, directory, name);
	for (slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	char *root = strdup("/tmp/padma-test-sysfs-XXXXXX");

	*state = root;
	return root && mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	int rc = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return rc;
}

/* A pool with distinct numbers that follow from @base. */
static void write_pool(const char *root, const char *directory, int base)
{
	static const char *const names[] = {"nr_hugepages", "free_hugepages", "resv_hugepages",
					    "surplus_hugepages", "nr_overcommit_hugepages"};
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(text, sizeof(text), "%d\n", base - (int)i * 10);
		write_file(root, directory, names[i], text);
	}
}

static void counts_are_read(void **state)
{
	struct hugepage_counts counts;

	write_pool(*state, "kernel/mm/hugepages/hugepages-2048kB", 100);
	assert_int_equal(hugepages_count(*state, MIB2, -1, &counts), 0);
	assert_int_equal(counts.total, 100);
	assert_int_equal(counts.free, 90);
	assert_int_equal(counts.reserved, 80);
	assert_int_equal(counts.surplus, 70);
	assert_int_equal(counts.surplus_limit, 60);
	/* 10 free ones are not reserved; the surplus is above its limit already. */
	assert_int_equal(hugepages_obtainable(&counts), 10);
	counts.surplus_limit = 75;
	counts.reserved = 95;
	assert_int_equal(hugepages_obtainable(&counts), 5);
	assert_int_equal(hugepages_count(*state, GIB1, -1, &counts), -ENOENT);
	assert_int_equal(hugepages_count(*state, MIB2, 0, &counts), -ENOENT);
}

static void nodes_lack_some_files(void **state)
{
	const char *directory = "devices/system/node/node7/hugepages/hugepages-1048576kB";
	struct hugepage_counts counts;

	write_file(*state, directory, "nr_hugepages", "18446744073709551615\n");
	assert_int_equal(hugepages_count(*state, GIB1, 7, &counts), -ENOENT);
	write_file(*state, directory, "free_hugepages", "1");
	assert_int_equal(hugepages_count(*state, GIB1, 7, &counts), 0);
	assert_true(counts.total == UINT64_MAX);
	assert_int_equal(counts.free, 1);
	assert_int_equal(counts.reserved, 0);
}

static void nonsense_is_no_pool(void **state)
{
	const char *directory = "kernel/mm/hugepages/hugepages-2048kB";
	struct hugepage_counts counts;

	write_file(*state, directory, "free_hugepages", "3\n");
	write_file(*state, directory, "nr_hugepages", "");
	assert_int_equal(hugepages_count(*state, MIB2, -1, &counts), -ENOENT);
	write_file(*state, directory, "nr_hugepages", "many\n");
	assert_int_equal(hugepages_count(*state, MIB2, -1, &counts), -ENOENT);
	assert_int_equal(pages_best_size(*state), 0);
}

static void best_size_is_what_can_be_had(void **state)
{
	const char *directory = "kernel/mm/hugepages/hugepages-2048kB";

	assert_int_equal(pages_best_size(*state), 0);
	write_file(*state, directory, "nr_hugepages", "4\n");
	write_file(*state, directory, "free_hugepages", "0\n");
	assert_int_equal(pages_best_size(*state), 0);
	write_file(*state, directory, "nr_overcommit_hugepages", "1\n");
	assert_int_equal(pages_best_size(*state), MIB2);
	write_file(*state, directory, "surplus_hugepages", "1\n");
	assert_int_equal(pages_best_size(*state), 0);
	write_file(*state, directory, "free_hugepages", "2\n");
	assert_int_equal(pages_best_size(*state), MIB2);
	write_file(*state, directory, "resv_hugepages", "2\n");
	assert_int_equal(pages_best_size(*state), 0);
}

/* Which sizes there are is the kernel's; what is said of them is the tree's. */
static void snapshot_follows_the_tree(void **state)
{
	struct padma_hugepage_info info;
	char directory[128];
	long sizes[16];
	int found = hugetlbfs_sizes(sizes, 16);

	assert_int_equal(padma_hugepage_info_get(&(struct padma_hugepage_params){*state}, &info),
			 0);
	assert_int_equal(info.size_count, 0);
	padma_hugepage_info_put(&info);
	for (int i = 0; i < found; i++) {
		snprintf(directory, sizeof(directory), "kernel/mm/hugepages/hugepages-%ldkB",
			 sizes[i] >> 10);
		write_pool(*state, directory, 1000 + i);
		snprintf(directory, sizeof(directory),
			 "devices/system/node/node0/hugepages/hugepages-%ldkB", sizes[i] >> 10);
		write_pool(*state, directory, 500 + i);
	}
	assert_int_equal(padma_hugepage_info_get(&(struct padma_hugepage_params){*state}, &info),
			 0);
	assert_int_equal(info.size_count, found);
	for (size_t i = 0; i < info.size_count; i++) {
		const struct padma_hugepage_size *pages = &info.sizes[i];
		uint64_t extra = pages->total - 1000;

		assert_true(i == 0 || pages->page_bytes > info.sizes[i - 1].page_bytes);
		assert_true(extra < (uint64_t)found && sizes[extra] == (long)pages->page_bytes);
		assert_int_equal(pages->free, pages->total - 10);
		assert_int_equal(pages->reserved, pages->total - 20);
		assert_int_equal(pages->surplus, pages->total - 30);
		assert_int_equal(pages->surplus_limit, pages->total - 40);
		assert_int_equal(pages->obtainable, 10);
		assert_int_equal(pages->node_count, 1);
		assert_int_equal(pages->nodes[0].node, 0);
		assert_int_equal(pages->nodes[0].total, 500 + extra);
		assert_int_equal(pages->nodes[0].free, 490 + extra);
		assert_int_equal(pages->nodes[0].surplus, 470 + extra);
	}
	padma_hugepage_info_put(&info);
	padma_hugepage_info_put(NULL);
}

static void system_is_described(void **state)
{
	struct padma_hugepage_info info;
	struct rlimit limit;

	(void)state;
	assert_int_equal(padma_hugepage_info_get(NULL, &info), 0);
	assert_true(info.node_count >= 1);
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_true(info.memlock_bytes == PADMA_MEMLOCK_UNLIMITED ||
		    info.memlock_bytes == limit.rlim_cur);
	for (size_t i = 0; i < info.size_count; i++)
		assert_true(info.sizes[i].free <= info.sizes[i].total);
	padma_hugepage_info_put(&info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(nodes_lack_some_files, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_is_no_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(best_size_is_what_can_be_had, setup, teardown),
		cmocka_unit_test_setup_teardown(snapshot_follows_the_tree, setup, teardown),
		cmocka_unit_test(system_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
