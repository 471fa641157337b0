// SPDX-License-Identifier: BSD-3-Clause
/* The backend pagemap: lookups in files that the test makes, what MAP does to memory, and the
 * machine's file if it may be read. */
#include "space/space_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <padma/device.h>

#include "backend/pagemap.h"
#include "kernel/pagemap.h"
#include "memory/populate.h"

#define PAGES 2000
#define BASE  (0x7f0000000000ull / PAGE) /* a page number that a process may have */

/* Locks, as requested; the real ones would depend on the user's limit. */
static struct {
	int fail_with;
	uint64_t pages; /* locked now */
	unsigned int locks, unlocks;
} lock;

int __wrap_mlock(const void *va, size_t bytes);
int __wrap_munlock(const void *va, size_t bytes);

int __wrap_mlock(const void *va, size_t bytes)
{
	assert_int_equal((uintptr_t)va % PAGE, 0);
	lock.locks++;
	lock.pages += bytes / PAGE;
	if (!lock.fail_with)
		return 0;
	errno = lock.fail_with;
	return -1;
}

int __wrap_munlock(const void *va, size_t bytes)
{
	assert_int_equal((uintptr_t)va % PAGE, 0);
	lock.unlocks++;
	lock.pages -= bytes / PAGE;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&lock, 0, sizeof(lock));
	return 0;
}

/* A file like pagemap's, empty: no page is there. */
static int new_file(void)
{
	int fd = memfd_create("pagemap", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void set_entries(int fd, uint64_t page, const uint64_t *entries, size_t count)
{
	assert_int_equal(pwrite(fd, entries, count * 8, (off_t)(page * 8)), count * 8);
}

/* Runs of any length, holes, hidden frames, frames that no machine has. */
static void make_layout(uint64_t *entries, uint64_t *seed)
{
	uint64_t frame = 1 + test_random(seed) % 1000000, longest = 1 + test_random(seed) % 700;

	for (size_t i = 0; i < PAGES; i++) {
		uint64_t dice = test_random(seed) % (longest * 8);

		frame = dice < 8 ? 1 + test_random(seed) % 1000000 : frame + 1;
		/* Soft-dirty and exclusive (bits 55 and 56) are no part of the frame. */
		entries[i] = PAGEMAP_PRESENT | (test_random(seed) & 3) << 55 | frame;
		if (dice == 8)
			entries[i] = 1ull << 62 | frame; /* swapped out */
		else if (dice == 9)
			entries[i] = PAGEMAP_PRESENT;
		else if (dice == 10)
			entries[i] |= 1ull << 50;
	}
}

/* The expected answer for one page. */
static int oracle(const uint64_t *entries, size_t i, uint64_t *frame)
{
	*frame = i < PAGES ? entries[i] % (1ull << 55) : 0;
	if (i >= PAGES || !(entries[i] >> 63))
		return -EFAULT;
	if (*frame == 0)
		return -EPERM;
	return *frame >> 40 ? -EIO : 0;
}

static void check_lookup(int fd, const uint64_t *entries, uint64_t offset, uint64_t length)
{
	uint64_t phys = 1, bytes = 1, frame, first, expected = 0;
	int rc = oracle(entries, offset / PAGE, &first);

	assert_int_equal(pagemap_lookup(fd, BASE * PAGE + offset, length, &phys, &bytes), rc);
	if (rc)
		return;
	assert_int_equal(phys, first * PAGE + offset % PAGE);
	while (expected < length && oracle(entries, (offset + expected) / PAGE, &frame) == 0 &&
	       frame == first + (offset + expected) / PAGE - offset / PAGE)
		expected += PAGE - (offset + expected) % PAGE;
	assert_int_equal(bytes, expected < length ? expected : length);
}

static void test_random_layouts(void **state)
{
	static uint64_t entries[PAGES];
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 50; round++) {
		int fd = new_file();

		make_layout(entries, &seed);
		set_entries(fd, BASE, entries, PAGES);
		for (int i = 0; i < 200; i++) {
			uint64_t offset = test_random(&seed) % (PAGES * PAGE);
			uint64_t most = test_random(&seed) & 1 ? 3 * PAGE : PAGES * PAGE;

			check_lookup(fd, entries, offset, 1 + test_random(&seed) % most);
		}
		close(fd);
	}
}

/* The whole of a long run, however it straddles the batches that are read. */
static void test_long_runs(void **state)
{
	static uint64_t entries[PAGES];
	int fd = new_file();

	(void)state;
	for (size_t i = 0; i < PAGES; i++)
		entries[i] = PAGEMAP_PRESENT | (1000 + i);
	set_entries(fd, BASE, entries, PAGES);
	for (uint64_t pages = 1; pages <= PAGES; pages++)
		check_lookup(fd, entries, 0, pages * PAGE);
	check_lookup(fd, entries, 5, PAGES * PAGE); /* past the end of the file */
	close(fd);
}

/* A backend over a file in which @pages pages at @va have frames from @frame on; and a window in
 * which nothing of the test lies. */
static struct backend *open_backend(const void *va, size_t pages, uint64_t frame, int *fd)
{
	struct backend *backend;

	*fd = new_file();
	for (size_t i = 0; i < pages; i++)
		set_entries(*fd, (uintptr_t)va / PAGE + i,
			    &(uint64_t){PAGEMAP_PRESENT | (frame + i)}, 1);
	assert_int_equal(pagemap_backend_over(dup(*fd), (void *)PAGE, PAGE, &backend), 0);
	assert_true(backend->resolves);
	assert_int_equal(backend->iommufd, -1);
	return backend;
}

static char *map_pages(size_t pages, int protection)
{
	char *va = mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(va, MAP_FAILED);
	return va;
}

/* Bit 63 of the machine's own file needs no privilege. */
static bool is_present(const void *va)
{
	int fd = open(PAGEMAP_PATH, O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &entry, 8, (off_t)((uintptr_t)va / PAGE * 8)), 8);
	close(fd);
	return entry >> 63;
}

/* Neither means takes memory that no device could write to, and neither ends in a signal. */
static void test_memory_is_made_to_be_there(void **state)
{
	int (*const means[])(uint64_t va, uint64_t bytes) = {populate_write, populate_by_futex};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(means); i++) {
		char *va = map_pages(8, PROT_READ | PROT_WRITE);

		assert_int_equal(va[2 * PAGE], 0); /* the zero page */
		va[PAGE] = 7;
		assert_false(is_present(va));
		assert_int_equal(means[i]((uintptr_t)va, 4 * PAGE), 0);
		for (size_t page = 0; page < 8; page++)
			assert_int_equal(is_present(va + page * PAGE), page < 4);
		assert_int_equal(va[PAGE], 7);
		assert_int_equal(va[2 * PAGE], 0);
		assert_int_equal(mprotect(va + 6 * PAGE, PAGE, PROT_READ), 0);
		assert_int_equal(means[i]((uintptr_t)va + 4 * PAGE, 4 * PAGE), -EFAULT);
		assert_int_equal(munmap(va + 5 * PAGE, PAGE), 0);
		assert_int_equal(means[i]((uintptr_t)va + 4 * PAGE, 2 * PAGE), -EFAULT);
		munmap(va, 8 * PAGE);
	}
}

static void test_locks_are_counted_by_page(void **state)
{
	char *va = map_pages(8, PROT_READ | PROT_WRITE);
	int fd;
	struct backend *backend = open_backend(va, 8, 500, &fd);
	struct guard guard = {0};
	struct registrations all;

	(void)state;
	assert_int_equal(registrations_open(&all, backend, &guard), 0);
	/* [10, 20), [20, 3 pages + 5), and the rest of that page: two of them are shared. */
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 10, 10), 0);
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 20, 3 * PAGE - 15), 0);
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 3 * PAGE + 5, 100), 0);
	assert_int_equal(lock.pages, 4);
	assert_true(is_present(va + 3 * PAGE));
	assert_int_equal(registrations_remove(&all, (uintptr_t)va + 20, 3 * PAGE - 15), 0);
	assert_int_equal(lock.pages, 2);
	assert_int_equal(registrations_remove(&all, (uintptr_t)va + 10, 10), 0);
	assert_int_equal(registrations_remove(&all, (uintptr_t)va + 3 * PAGE + 5, 100), 0);
	assert_int_equal(lock.pages, 0);
	/* What is registered when the space is closed. */
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 10, 2 * PAGE), 0);
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 2 * PAGE + 10, 10), 0);
	assert_int_equal(lock.pages, 3);
	registrations_close(&all);
	assert_int_equal(lock.pages, 0);
	backend->ops->close(backend);
	close(fd);
	munmap(va, 8 * PAGE);
}

/* What MAP or a lookup refuses leaves no lock behind, and is explained in a message. */
static void test_refusals(void **state)
{
	static const int errors[] = {ENOMEM, EPERM, EAGAIN};
	char *va = map_pages(4, PROT_READ | PROT_WRITE);
	int fd;
	struct backend *backend = open_backend(va, 2, 500, &fd);
	struct guard guard = {0};
	struct registrations all;

	(void)state;
	assert_int_equal(registrations_open(&all, backend, &guard), 0);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		lock.fail_with = errors[i];
		assert_int_equal(registrations_add(&all, (uintptr_t)va, 2 * PAGE), -ENOMEM);
		assert_non_null(strstr(padma_last_error(), "map"));
		assert_int_equal(lock.pages, 0);
	}
	lock.fail_with = 0;
	/* Pages 2 and 3 are not in the file. */
	assert_int_equal(registrations_add(&all, (uintptr_t)va + PAGE, 2 * PAGE), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "page"));
	assert_int_equal(lock.pages, 0);
	set_entries(fd, (uintptr_t)va / PAGE + 2, &(uint64_t){PAGEMAP_PRESENT}, 1);
	assert_int_equal(registrations_add(&all, (uintptr_t)va + 2 * PAGE, 1), -EPERM);
	assert_non_null(strstr(padma_last_error(), "CAP_SYS_ADMIN"));
	assert_int_equal(mprotect(va, PAGE, PROT_READ), 0);
	assert_int_equal(registrations_add(&all, (uintptr_t)va, 1), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "write"));
	assert_int_equal(lock.pages, 0);
	registrations_close(&all);
	backend->ops->close(backend);
	close(fd);
	munmap(va, 4 * PAGE);
}

/* What the file is asked about. */
static char reason[BACKEND_REASON_BYTES] __attribute__((aligned(BACKEND_REASON_BYTES)));

static void expect_no_file(const char *path, int error, const char *words)
{
	assert_int_equal(pagemap_open_file(path, reason), -error);
	if (!strstr(reason, words))
		fail_msg("'%s' is not in: %s", words, reason);
}

/* A file that hides frames shows the page, and frame 0. */
static void test_unsuitable_files(void **state)
{
	uint64_t page = (uintptr_t)reason / PAGE;
	int fd = new_file(), again;
	char path[32];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	expect_no_file("/nonexistent/pagemap", ENOENT, "CONFIG_PROC_PAGE_MONITOR");
	expect_no_file(path, EFAULT, "own memory");
	set_entries(fd, page, &(uint64_t){PAGEMAP_PRESENT}, 1);
	expect_no_file(path, EPERM, "CAP_SYS_ADMIN");
	set_entries(fd, page, &(uint64_t){PAGEMAP_PRESENT | 1}, 1);
	again = pagemap_open_file(path, reason);
	assert_true(again >= 0);
	close(again);
	close(fd);
}

/* The address of one byte, by another reading of the file than the backend's. */
static uint64_t phys_of(int fd, const char *va)
{
	uint64_t entry;

	assert_int_equal(pread(fd, &entry, 8, (off_t)((uintptr_t)va / PAGE * 8)), 8);
	return entry % (1ull << 55) * PAGE + (uintptr_t)va % PAGE;
}

static void test_the_real_file(void **state)
{
	const struct padma_space_params params = {.backend = "pagemap", .window_bytes = 1 << 30};
	int fd = open(PAGEMAP_PATH, O_RDONLY | O_CLOEXEC);
	char *va = map_pages(300, PROT_READ | PROT_WRITE);
	struct padma_space *space = NULL;
	struct padma_device *device;
	int rc;

	(void)state;
	rc = padma_space_open(&params, &space);
	if (rc) {
		/* An unprivileged user's, or a machine with encrypted memory. */
		assert_true(rc == -EOPNOTSUPP || strstr(padma_last_error(), "CAP_SYS_ADMIN"));
		print_message("refused, as it should be: %s\n", padma_last_error());
		goto out;
	}
	assert_int_equal(padma_space_register(space, va + 100, 299 * PAGE), 0);
	for (size_t at = 100; at < 299 * PAGE; at += 1000)
		assert_int_equal(padma_dma(space, va + at), phys_of(fd, va + at));
	assert_int_equal(padma_device_open(space, "sim:nvme", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "sim"));
	assert_int_equal(padma_space_unregister(space, va + 100, 299 * PAGE), 0);
	assert_int_equal(lock.pages, 0);
	assert_int_equal(padma_space_close(space), 0);
out:
	close(fd);
	munmap(va, 300 * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_layouts),
		cmocka_unit_test(test_long_runs),
		cmocka_unit_test(test_memory_is_made_to_be_there),
		cmocka_unit_test_setup(test_locks_are_counted_by_page, setup),
		cmocka_unit_test_setup(test_refusals, setup),
		cmocka_unit_test(test_unsuitable_files),
		cmocka_unit_test_setup(test_the_real_file, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
