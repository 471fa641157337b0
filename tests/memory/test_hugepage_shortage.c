// SPDX-License-Identifier: BSD-3-Clause
/*
 * Why hugepages could not be had, on machines that are trees of files: the cause that was measured
 * is named with its cure, and no other. A number to write to nr_hugepages is never below what is there.
 */
#include "test.h"

#include <stdbool.h>
#include <sys/vfs.h>

#include "base/cgroup.h"
#include "memory/hugepage_shortage.h"
#include "tool/tree.h"

#define POOL "sys/kernel/mm/hugepages/hugepages-2048kB"
#define KNOB "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static struct tree tree;
static struct statfs mount_says;

int __wrap_statfs(const char *path, struct statfs *fs);

int __wrap_statfs(const char *path, struct statfs *fs)
{
	assert_string_equal(path, "/mnt/huge");
	*fs = mount_says;
	return 0;
}

static void number(const char *directory, const char *name, uint64_t value)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)value);
	tree_file(&tree, path, text);
}

static void pool(const char *directory, uint64_t total, uint64_t available, uint64_t reserved,
		 uint64_t surplus_limit)
{
	number(directory, "nr_hugepages", total);
	number(directory, "free_hugepages", available + reserved);
	number(directory, "resv_hugepages", reserved);
	number(directory, "surplus_hugepages", 0);
	number(directory, "nr_overcommit_hugepages", surplus_limit);
}

/* A machine with plenty of everything. */
static int setup(void **state)
{
	(void)state;
	mount_says = (struct statfs){.f_bsize = 2 << 20};
	tree_make(&tree);
	tree_file(&tree, "proc/meminfo", "MemTotal: 64000000 kB\nMemAvailable:   32000000 kB\n");
	tree_file(&tree, "proc/self/status", "Name:\ttest\nMems_allowed_list:\t0-1\n");
	tree_file(&tree, "proc/self/cgroup", "0::/a/b\n");
	tree_file(
		&tree, "proc/self/mountinfo",
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
	pool(POOL, 64, 64, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static const char *why(uint64_t pages, int node, const char *mount)
{
	static struct sentence sentence;
	struct hugepage_request request = {tree.root, pages, 2 << 20, node, mount};

	sentence.text[0] = '\0';
	hugepage_shortage(&request, &sentence);
	return sentence.text;
}

static void says(const char *text, const char *word, bool wanted)
{
	if (!strstr(text, word) == wanted)
		print_error("'%s' %s: %s\n", word, wanted ? "is missing" : "is there", text);
	assert_int_equal(strstr(text, word) != NULL, wanted);
}

static void a_pool_that_is_too_small(void **state)
{
	(void)state;
	pool(POOL, 10, 3, 2, 0);
	says(why(5, -1, NULL), "3 of 10", true);
	says(why(5, -1, NULL), "echo 12 > " KNOB, true);
	says(why(5, -1, NULL), "padma mem reserve", true);
	pool(POOL, 0, 0, 0, 0);
	says(why(32, -1, NULL), "echo 32 > " KNOB, true);
	/* Surplus that was allowed, and could not be had. */
	pool(POOL, 10, 3, 0, 100);
	says(why(5, -1, NULL), "surplus", true);
	says(why(5, -1, NULL), "echo 12 > " KNOB, true);
}

static void more_than_the_machine_has(void **state)
{
	(void)state;
	tree_file(&tree, "proc/meminfo", "MemAvailable:   4096 kB\n");
	says(why(66, -1, NULL), "echo 66", true);
	says(why(67, -1, NULL), "echo", false);
	says(why(67, -1, NULL), "less", true);
}

static void a_pool_that_is_not_there(void **state)
{
	(void)state;
	tree_remove(&tree);
	tree_make(&tree);
	says(why(5, -1, NULL), "/sys/kernel/mm/hugepages", true);
	says(why(5, -1, NULL), "echo", false);
}

static void a_node(void **state)
{
	const char *node = "sys/devices/system/node/node1/hugepages/hugepages-2048kB";

	(void)state;
	pool(node, 4, 1, 0, 0);
	says(why(3, 1, NULL), "1 of 4", true);
	says(why(3, 1, NULL),
	     "echo 6 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
	     true);
}

/* The pool has enough, but the process may not use the node where it is. */
static void a_cpuset(void **state)
{
	(void)state;
	pool("sys/devices/system/node/node0/hugepages/hugepages-2048kB", 4, 2, 0, 0);
	pool("sys/devices/system/node/node1/hugepages/hugepages-2048kB", 60, 60, 0, 0);
	tree_file(&tree, "proc/self/status", "Mems_allowed_list:\t0\n");
	says(why(3, -1, NULL), "cpuset", true);
	says(why(3, -1, NULL),
	     "echo 5 > /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
	     true);
	tree_file(&tree, "proc/self/status", "Mems_allowed_list:\t0,1\n");
	says(why(3, -1, NULL), "allows", false);
	says(why(3, -1, NULL), "echo", false);
}

/* size=4M: the pool's knob is no cure, and its number would have taken pages away. */
static void a_mount_of_limited_size(void **state)
{
	(void)state;
	mount_says.f_blocks = 2;
	mount_says.f_bfree = 1;
	says(why(32, -1, "/mnt/huge"), "limited to 2", true);
	says(why(32, -1, "/mnt/huge"), "size=67584K", true);
	says(why(32, -1, "/mnt/huge"), "nr_hugepages", false);
	says(why(1, -1, "/mnt/huge"), "limited", false);
	/* Both are short. */
	pool(POOL, 4, 4, 0, 0);
	says(why(32, -1, "/mnt/huge"), "size=", true);
	says(why(32, -1, "/mnt/huge"), "echo 32 >", true);
	/* No limit, and a mount with a min_size= alone. */
	mount_says.f_blocks = 0;
	says(why(32, -1, "/mnt/huge"), "limited", false);
	mount_says.f_blocks = (uint64_t)-1;
	says(why(32, -1, "/mnt/huge"), "limited", false);
}

static void a_control_group(void **state)
{
	(void)state;
	tree_file(&tree, "sys/fs/cgroup/a/hugetlb.2MB.max", "8388608\n");
	tree_file(&tree, "sys/fs/cgroup/a/hugetlb.2MB.current", "2097152\n");
	tree_file(&tree, "sys/fs/cgroup/a/b/hugetlb.2MB.max", "max\n");
	tree_file(&tree, "sys/fs/cgroup/a/b/hugetlb.2MB.current", "2097152\n");
	says(why(3, -1, NULL), "the control group may", false);
	says(why(4, -1, NULL), "3 more", true);
	says(why(4, -1, NULL), "/sys/fs/cgroup/a/hugetlb.2MB.max by 2097152", true);
	says(why(4, -1, NULL), "nr_hugepages", false);
	/* What mappings reserve has a separate limit, here in the process's own group. */
	tree_file(&tree, "sys/fs/cgroup/a/b/hugetlb.2MB.rsvd.max", "0\n");
	tree_file(&tree, "sys/fs/cgroup/a/b/hugetlb.2MB.rsvd.current", "0\n");
	says(why(1, -1, NULL), "/a/b/hugetlb.2MB.rsvd.max", true);
	/* Another size's limit is no limit. */
	tree_file(&tree, "proc/self/cgroup", "0::/c\n");
	tree_file(&tree, "sys/fs/cgroup/c/hugetlb.1GB.max", "0\n");
	tree_file(&tree, "sys/fs/cgroup/c/hugetlb.1GB.current", "0\n");
	says(why(4, -1, NULL), "the control group may", false);
}

/* Version 1, seen in a container: the mount shows the tree from the process's group on. */
static void a_control_group_of_version_1(void **state)
{
	(void)state;
	tree_file(&tree, "proc/self/cgroup", "5:cpu,hugetlb:/docker/x\n3:memory:/docker/x\n0::/\n");
	tree_file(
		&tree, "proc/self/mountinfo",
		"30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		"31 25 0:27 /docker/x /sys/fs/cgroup/hugetlb rw - cgroup cgroup rw,cpu,hugetlb\n");
	tree_file(&tree, "sys/fs/cgroup/hugetlb/hugetlb.2MB.limit_in_bytes", "4194304\n");
	tree_file(&tree, "sys/fs/cgroup/hugetlb/hugetlb.2MB.usage_in_bytes", "4194304\n");
	says(why(1, -1, NULL), "0 more", true);
	says(why(1, -1, NULL), "/sys/fs/cgroup/hugetlb/hugetlb.2MB.limit_in_bytes", true);
}

static void nothing_that_is_known(void **state)
{
	(void)state;
	says(why(32, -1, NULL), "64 of 64", true);
	says(why(32, -1, NULL), "echo", false);
	says(why(32, -1, NULL), "ulimit", false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pool_that_is_too_small),
		TEST(more_than_the_machine_has),
		TEST(a_pool_that_is_not_there),
		TEST(a_node),
		TEST(a_cpuset),
		TEST(a_mount_of_limited_size),
		TEST(a_control_group),
		TEST(a_control_group_of_version_1),
		TEST(nothing_that_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
