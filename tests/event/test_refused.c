// SPDX-License-Identifier: BSD-3-Clause
/* Where io_uring is refused, as containers do it: by a seccomp filter. */
#include "event_fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <padma/log.h>

static unsigned int warnings;
static char warning[256];

static void on_log(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	warnings++;
	snprintf(warning, sizeof(warning), "%s", text);
}

static int refuse_io_uring(void **state)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = filter};

	(void)state;
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	padma_log_to(on_log, NULL, PADMA_LOG_WARNING);
	return 0;
}

static void epoll_takes_over(void **state)
{
	struct padma_event_loop *loop;
	struct padma_event_watch *watch;
	struct record record = {0};
	int fd = event_counter();

	(void)state;
	assert_int_equal(padma_event_loop_open(&loop), 0);
	assert_string_equal(padma_event_loop_kind(loop), "epoll");
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "io_uring"));
	assert_int_equal(padma_event_counter_add(loop, fd, note, &record, &watch), 0);
	assert_int_equal(eventfd_write(fd, 4), 0);
	while (!record.calls)
		assert_true(padma_event_loop_run_once(loop, PADMA_EVENT_FOREVER) >= 0);
	assert_int_equal(record.last, 4);
	assert_int_equal(padma_event_loop_close(loop), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(epoll_takes_over)};

	return cmocka_run_group_tests(tests, refuse_io_uring, NULL);
}
