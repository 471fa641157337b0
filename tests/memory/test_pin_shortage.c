// SPDX-License-Identifier: BSD-3-Clause
/*
 * Why memory was not pinned, and why something is not permitted, on machines that are trees of
 * files: the cause that was measured is named, and no other.
 */
#include "test.h"

#include <stdbool.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "base/shortage.h"
#include "memory/pin_shortage.h"
#include "tool/tree.h"

#define ALL	 "CapEff:\t000001ffffffffff\n"
#define NONE	 "CapEff:\t0000000000000000\n"
#define IPC_LOCK "CapEff:\t0000000000004000\n"
#define MIB	 (1ull << 20)

static struct tree tree;

static void locked_limit(const char *bytes)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "Limit                     Soft Limit           Hard Limit           Units     \n"
		 "Max locked memory         %-20s %-20s bytes     \n"
		 "Max address space         unlimited            unlimited            bytes     \n",
		 bytes, bytes);
	tree_file(&tree, "proc/self/limits", text);
}

static void zones(unsigned int movable_pages, unsigned int free_pages)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "Node 0, zone   Normal\n  pages free     %u\n        min      10\n"
		 "        present  100000\nNode 0, zone  Movable\n  pages free     90000\n"
		 "        present  %u\n",
		 free_pages, movable_pages);
	tree_file(&tree, "proc/zoneinfo", text);
}

/* A process of root's on a machine with plenty of everything. */
static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, "proc/self/status", "VmLck:\t       0 kB\n" ALL);
	tree_file(&tree, "proc/self/uid_map", "         0          0 4294967295\n");
	tree_file(&tree, "proc/meminfo", "MemAvailable:   32000000 kB\n");
	locked_limit("65536");
	zones(0, 90000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static const char *why(uint64_t bytes, uint64_t pinned, bool by_user)
{
	static struct sentence sentence;

	sentence.text[0] = '\0';
	pin_shortage(tree.root, bytes, pinned, by_user, &sentence);
	return sentence.text;
}

static void says(const char *text, const char *word, bool wanted)
{
	if (!strstr(text, word) == wanted)
		print_error("'%s' %s: %s\n", word, wanted ? "is missing" : "is there", text);
	assert_int_equal(strstr(text, word) != NULL, wanted);
}

/* With CAP_IPC_LOCK no limit counts, and raising it is not the remedy. */
static void the_limit_on_locked_memory(void **state)
{
	(void)state;
	says(why(2 * MIB, 0, true), "ulimit", false);
	tree_file(&tree, "proc/self/status", "VmLck:\t       0 kB\n" IPC_LOCK);
	says(why(2 * MIB, 0, true), "ulimit", false);
	tree_file(&tree, "proc/self/status", "VmLck:\t       0 kB\n" NONE);
	says(why(2 * MIB, 0, true), "64 KiB", true);
	says(why(2 * MIB, 0, true), "ulimit -l", true);
	locked_limit("unlimited");
	says(why(2 * MIB, 0, true), "ulimit", false);
	/* In a container's own user namespace the capability is not enough. */
	locked_limit("65536");
	tree_file(&tree, "proc/self/status", "VmLck:\t       0 kB\n" ALL);
	tree_file(&tree, "proc/self/uid_map", "0 100000 65536\n");
	says(why(2 * MIB, 0, true), "ulimit -l", true);
}

static void what_counts_against_the_limit(void **state)
{
	(void)state;
	tree_file(&tree, "proc/self/status", "VmLck:\t     700 kB\n" NONE);
	locked_limit("1048576");
	/* mlock() counts what this process has locked. */
	says(why(MIB / 2, 0, false), "700 KiB", true);
	says(why(MIB / 4, 0, false), "ulimit", false);
	/* iommufd counts what the user's processes have pinned: this space's share is known. */
	says(why(MIB / 2, MIB * 3 / 4, true), "768 KiB", true);
	says(why(MIB / 2, 0, true), "all processes", true);
}

static void memory_that_is_movable(void **state)
{
	(void)state;
	zones(512000, 100);
	says(why(2 * MIB, 0, true), "ZONE_MOVABLE", true);
	/* What the kernel keeps for itself is not available. */
	zones(512000, 521);
	says(why(2 * MIB, 0, true), "movablecore=", true);
	zones(512000, 522);
	says(why(2 * MIB, 0, true), "movablecore=", false);
	says(why(2 * MIB, 0, true), "pieces", true);
	zones(0, 100);
	says(why(2 * MIB, 0, true), "ZONE_MOVABLE", false);
}

static void memory_that_is_short(void **state)
{
	(void)state;
	tree_file(&tree, "proc/meminfo", "MemAvailable:   1000 kB\n");
	says(why(2 * MIB, 0, true), "1000 KiB of memory are available", true);
	says(why(MIB / 2, 0, true), "available", false);
}

static void a_control_group(void **state)
{
	(void)state;
	tree_file(&tree, "proc/self/cgroup", "0::/jobs\n");
	tree_file(&tree, "proc/self/mountinfo",
		  "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	tree_file(&tree, "sys/fs/cgroup/jobs/memory.max", "4194304\n");
	tree_file(&tree, "sys/fs/cgroup/jobs/memory.current", "3145728\n");
	says(why(2 * MIB, 0, true), "/sys/fs/cgroup/jobs/memory.max", true);
	says(why(2 * MIB, 0, true), "1024 KiB of 4096 KiB left", true);
	says(why(MIB, 0, true), "memory.max", false);
}

/* No cause that can be measured: none is named. */
static void nothing_that_is_known(void **state)
{
	(void)state;
	says(why(2 * MIB, 0, true), "none of the limits", true);
	says(why(2 * MIB, 0, true), "raise", false);
}

static void addresses(void **state)
{
	struct sentence sentence = {""};

	(void)state;
	tree_file(&tree, "proc/self/maps", "1-2 rw-p\n3-4 rw-p\n5-6 rw-p\n");
	tree_file(&tree, "proc/sys/vm/max_map_count", "65530\n");
	shortage_of_addresses(tree.root, 1 << 30, &sentence);
	assert_string_equal(sentence.text, "");
	tree_file(&tree, "proc/sys/vm/max_map_count", "4\n");
	shortage_of_addresses(tree.root, 1 << 30, &sentence);
	says(sentence.text, "max_map_count", true);
	says(sentence.text, "ulimit", false);
	sentence.text[0] = '\0';
	tree_file(&tree, "proc/sys/vm/max_map_count", "65530\n");
	tree_file(&tree, "proc/self/limits", "Max address space  1048576000 unlimited bytes\n");
	tree_file(&tree, "proc/self/status", "VmSize:\t   20000 kB\n");
	shortage_of_addresses(tree.root, 1 << 30, &sentence);
	says(sentence.text, "ulimit -v", true);
	says(sentence.text, "20000 KiB of the limit of 1024000 KiB", true);
}

static void the_commit_limit(void **state)
{
	struct sentence sentence = {""};

	(void)state;
	tree_file(&tree, "proc/meminfo", "CommitLimit: 5000 kB\nCommitted_AS: 4000 kB\n");
	tree_file(&tree, "proc/sys/vm/overcommit_memory", "0\n");
	shortage_of_memory(tree.root, 2 * MIB, &sentence);
	assert_string_equal(sentence.text, "");
	tree_file(&tree, "proc/sys/vm/overcommit_memory", "2\n");
	shortage_of_memory(tree.root, 2 * MIB, &sentence);
	says(sentence.text, "overcommit_ratio", true);
}

static void permissions(void **state)
{
	const char *(*advice)(const char *, unsigned int, const char *) = permission_advice;

	(void)state;
	tree_file(&tree, "proc/self/status", NONE);
	says(advice(tree.root, CAP_SYS_RAWIO, "CAP_SYS_RAWIO"), "does not hold it", true);
	tree_file(&tree, "proc/self/status", "CapEff:\t0000000000020000\n");
	says(advice(tree.root, CAP_SYS_RAWIO, "CAP_SYS_RAWIO"), "security module", true);
	says(advice(tree.root, CAP_SYS_ADMIN, "CAP_SYS_ADMIN"), "does not hold it", true);
	tree_file(&tree, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	says(advice(tree.root, CAP_SYS_RAWIO, "CAP_SYS_RAWIO"), "locked down", true);
	tree_file(&tree, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	says(advice(tree.root, CAP_SYS_RAWIO, "CAP_SYS_RAWIO"), "locked down", false);
	tree_file(&tree, "proc/self/uid_map", "0 1000 1\n");
	says(advice(tree.root, CAP_SYS_RAWIO, "CAP_SYS_RAWIO"), "initial user namespace", true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_limit_on_locked_memory),
		TEST(what_counts_against_the_limit),
		TEST(memory_that_is_movable),
		TEST(memory_that_is_short),
		TEST(a_control_group),
		TEST(nothing_that_is_known),
		TEST(addresses),
		TEST(the_commit_limit),
		TEST(permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
