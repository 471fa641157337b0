// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pages on a kernel before 5.14, which has no MADV_POPULATE_WRITE: a system call filter gives its
 * answer. A program of its own, as a filter stays.
 */
#include "test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory/window.h"

#define POPULATE_WRITE 23
#define MIB2	       ((size_t)2 << 20)

/* madvise(any, any, MADV_POPULATE_WRITE) fails with @error from now on. False: filters forbidden.
 */
static bool populate_fails_with(unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POPULATE_WRITE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void pages_are_there_all_the_same(void **state)
{
	struct page_source source = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	size_t pages = MIB2 / source.page_bytes;
	unsigned char *resident = calloc(pages, 1);
	struct window window;
	void *va;

	(void)state;
	assert_non_null(resident);
	if (!populate_fails_with(EINVAL)) {
		free(resident);
		skip();
	}
	assert_int_equal(window_open(&window, (size_t)1 << 30, true), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), 0);
	/* In the file's page cache, before anybody touched them. */
	assert_int_equal(mincore(va, MIB2, resident), 0);
	for (size_t i = 0; i < pages; i++)
		assert_true(resident[i] & 1);
	memset(va, 1, MIB2);
	window_close(&window);
	free(resident);
}

/* Whatever else the kernel says of populating is a shortage, and undone. */
static void failed_populate_puts_the_reservation_back(void **state)
{
	struct page_source source = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	struct window window;
	void *va;

	(void)state;
	/* The newest filter's answer wins when both give an errno. */
	if (!populate_fails_with(EFAULT))
		skip();
	assert_int_equal(window_open(&window, (size_t)1 << 30, true), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), -ENOMEM);
	assert_int_equal(madvise(window.start, window.bytes, MADV_DONTDUMP), 0); /* no hole */
	assert_int_equal(window_map(&window, MIB2, &source, -1, false, &va), 0);
	assert_ptr_equal(va, window.start);
	window_close(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_there_all_the_same),
		cmocka_unit_test(failed_populate_puts_the_reservation_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
