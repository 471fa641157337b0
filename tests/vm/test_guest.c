/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest.c - the prerequisites of the other tests in a virtual machine: a failure here explains
 * theirs.
 */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGEPAGE_BYTES ((size_t)2 << 20)

static void iommufd_opens(void **state)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
}

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bits 0-54 the frame, 0 to the
 * unprivileged. */
static void pagemap_shows_frames_of_hugepages(void **state)
{
	uint64_t entries[2];
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	char *memory = mmap(NULL, HUGEPAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(pread(fd, entries, sizeof(entries), (off_t)((uintptr_t)memory / 4096 * 8)),
			 sizeof(entries));
	assert_int_equal(entries[0] >> 63, 1);
	assert_int_not_equal(entries[0] << 9, 0);
	assert_int_equal(entries[1] - entries[0], 1);
	munmap(memory, HUGEPAGE_BYTES);
	close(fd);
}

/* The VFIO node of a function is in its directory vfio-dev. */
static bool has_noiommu_node(const char *address)
{
	char path[300], name[256] = "";
	DIR *folder;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", address);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (strncmp(entry->d_name, "noiommu-vfio", 12) == 0)
			snprintf(name, sizeof(name), "%s", entry->d_name);
	if (folder)
		closedir(folder);
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	return name[0] && access(path, R_OK | W_OK) == 0;
}

static void each_address_has_a_noiommu_node(void **state)
{
	const char *given = getenv("PADMA_BDF"), *address;
	char *addresses = strdup(given ? given : ""), *rest = addresses;
	size_t count = 0;

	(void)state;
	while ((address = strsep(&rest, " "))) {
		assert_true(has_noiommu_node(address));
		count++;
	}
	assert_int_equal(count, 2);
	free(addresses);
}

static void scratch_can_be_written(void **state)
{
	const char *scratch = getenv("PADMA_SCRATCH");
	int fd = scratch ? open(scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iommufd_opens),
		cmocka_unit_test(pagemap_shows_frames_of_hugepages),
		cmocka_unit_test(each_address_has_a_noiommu_node),
		cmocka_unit_test(scratch_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
