// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pages on a kernel before 5.14, which has no MADV_POPULATE_WRITE: a system call filter gives its
 * answer. A separate program, as a filter stays.
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

/*
 * A system call fails with @error from now on if its third argument is @third. Of two filters the
 * newer one's errno counts. False: filters are forbidden here.
 */
static bool call_fails(unsigned int call, unsigned int third, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, third, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void expect_map(int rc)
{
	struct page_source source = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	struct window window;
	void *va;

	assert_int_equal(window_open(&window, (size_t)1 << 30, true), 0);
	assert_int_equal(window_map(&window, MIB2, &source, -1, true, &va), rc);
	if (rc == 0)
		memset(va, 1, MIB2);
	/* madvise() fails with ENOMEM on a span with a hole in it. */
	assert_int_equal(madvise(window.start, window.bytes, MADV_DONTDUMP), 0);
	/* Not populated, it is the same place again, or the next. */
	assert_int_equal(window_map(&window, MIB2, &source, -1, false, &va), 0);
	assert_ptr_equal(va, window.start + (rc == 0 ? MIB2 : 0));
	window_close(&window);
}

static void pages_are_allocated_all_the_same(void **state)
{
	(void)state;
	if (!call_fails(SYS_madvise, POPULATE_WRITE, EINVAL))
		skip();
	expect_map(0);
}

/* The fallback does allocate: if it cannot, mapping fails, not the first access. */
static void a_shortage_is_reported(void **state)
{
	(void)state;
	/* Its third argument is 0; locks wake up one waiter at least. */
	if (!call_fails(SYS_futex, 0, EFAULT))
		skip();
	expect_map(-ENOMEM);
}

/* Every other error of populating is a shortage, too, such as EFAULT of hugepages. */
static void failed_populate_is_a_shortage(void **state)
{
	(void)state;
	if (!call_fails(SYS_madvise, POPULATE_WRITE, EFAULT))
		skip();
	expect_map(-ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_allocated_all_the_same),
		cmocka_unit_test(a_shortage_is_reported),
		cmocka_unit_test(failed_populate_is_a_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
