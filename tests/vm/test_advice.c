// SPDX-License-Identifier: BSD-3-Clause
/*
 * The messages if a real kernel refuses memory: each cause is created, and the message must name its
 * remedy, which is then tried if possible.
 */
#include "child.h"
#include "vm_fixture.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define HUGE   ((size_t)2 << 20)
#define KNOB   "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define GROUPS "/sys/fs/cgroup"
#define GROUP  GROUPS "/padma"

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail_msg("%s: %s", path, strerror(errno));
	close(fd);
}

static void expect_words(const char *words, bool wanted)
{
	if (!strstr(padma_last_error(), words) == wanted)
		fail_msg("'%s' %s: %s", words, wanted ? "is missing" : "is there",
			 padma_last_error());
}

static struct padma_space *open_on(const char *mount)
{
	const struct padma_space_params params = {
		.backend = "noiommu", .hugetlbfs = mount, .page_bytes = HUGE, .chunk_bytes = HUGE};
	struct padma_space *space = NULL;

	must(padma_space_open(&params, &space));
	return space;
}

/* Enough pages are free; advice to raise nr_hugepages would name a number below the current one. */
static void test_a_mount_of_limited_size(void **state)
{
	static const char mount_at[] = "/tmp/padma-small";
	struct padma_space *space;
	void *va;

	(void)state;
	assert_int_equal(mkdir(mount_at, 0700), 0);
	assert_int_equal(mount("none", mount_at, "hugetlbfs", 0, "pagesize=2M,size=4M"), 0);
	space = open_on(mount_at);
	expect_error(padma_space_alloc(space, 4 * HUGE, NULL, &va), ENOMEM, "limited to 2");
	expect_words("with size=8192K at least", true);
	expect_words("nr_hugepages", false);
	expect_words("ulimit", false);
	must(padma_space_close(space));
	assert_int_equal(umount(mount_at), 0);
	/* The remedy. */
	assert_int_equal(mount("none", mount_at, "hugetlbfs", 0, "pagesize=2M,size=8192K"), 0);
	space = open_on(mount_at);
	must(padma_space_alloc(space, 4 * HUGE, NULL, &va));
	must(padma_space_free(space, va));
	must(padma_space_close(space));
	assert_int_equal(umount(mount_at), 0);
	rmdir(mount_at);
}

static void test_a_pool_that_is_too_small(void **state)
{
	struct padma_space *space = open_on(NULL);
	void *va;

	(void)state;
	expect_error(padma_space_alloc(space, 100 * HUGE, NULL, &va), ENOMEM,
		     "are free; as root: echo");
	expect_words(KNOB, true);
	expect_words("ulimit", false);
	must(padma_space_close(space));
}

static int in_the_group(void)
{
	const struct padma_space_params params = {.backend = "noiommu", .chunk_bytes = HUGE};
	struct padma_space *space;
	char text[32];
	int fd = open(GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
	void *va;

	snprintf(text, sizeof(text), "%d", getpid());
	CHECK(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(padma_space_alloc(space, 4 * HUGE, NULL, &va) == -ENOMEM);
	CHECK(strstr(padma_last_error(), GROUP "/hugetlb.2MB."));
	CHECK(strstr(padma_last_error(), "may have 2 more"));
	CHECK(!strstr(padma_last_error(), "nr_hugepages"));
	CHECK(padma_space_alloc(space, HUGE, NULL, &va) == 0);
	CHECK(padma_space_free(space, va) == 0);
	CHECK(padma_space_close(space) == 0);
	return 0;
}

/* Once for the pages in use, once for those that mappings reserve. */
static void test_a_control_group(void **state)
{
	static const char *const limits[] = {GROUP "/hugetlb.2MB.max",
					     GROUP "/hugetlb.2MB.rsvd.max"};

	(void)state;
	if (access(GROUPS "/cgroup.controllers", F_OK))
		assert_int_equal(mount("none", GROUPS, "cgroup2", 0, NULL), 0);
	write_text(GROUPS "/cgroup.subtree_control", "+hugetlb");
	assert_int_equal(mkdir(GROUP, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		write_text(limits[i], "4194304");
		in_a_child(in_the_group);
		write_text(limits[i], "max");
	}
	assert_int_equal(rmdir(GROUP), 0);
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* On a disk's file system a shared mapping is written back, so it is not pinned; a private one is. */
static void test_a_file_on_a_disk(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	char *va;
	int fd;

	(void)state;
	run("cd /tmp && truncate -s 8M padma-disk && PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -F "
	    "padma-disk "
	    "&& mkdir padma-ext4 && mount -o loop padma-disk padma-ext4 && "
	    "truncate -s 64K padma-ext4/data");
	fd = open("/tmp/padma-ext4/data", O_RDWR | O_CLOEXEC);
	va = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(va, MAP_FAILED);
	expect_error(padma_space_register(space, va, 8192), EFAULT, "/tmp/padma-ext4/data on ext4");
	expect_words("MAP_PRIVATE", true);
	munmap(va, 65536);
	va = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	must(padma_space_register(space, va, 8192));
	must(padma_space_unregister(space, va, 8192));
	munmap(va, 65536);
	close(fd);
	run("umount /tmp/padma-ext4 && rmdir /tmp/padma-ext4 && rm /tmp/padma-disk");
	must(padma_device_close(device));
	must(padma_space_close(space));
}

/* The kernel's VmFlags of a mapped BAR. */
static void test_registers(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_non_null(bar->first.at);
	expect_error(padma_space_register(space, (void *)(uintptr_t)bar->first.at, 4096), EFAULT,
		     "registers");
	must(padma_device_close(device));
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mount_of_limited_size),
		cmocka_unit_test(test_a_pool_that_is_too_small),
		cmocka_unit_test(test_a_control_group),
		cmocka_unit_test(test_a_file_on_a_disk),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
