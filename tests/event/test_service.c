// SPDX-License-Identifier: BSD-3-Clause
/* The library's own thread: there while somebody waits, and only then; after fork() too. */
#include "event/event_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/wait.h>

#include "event/service.h"

#define THREADS 4
#define TIMES	100

static unsigned int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned int count = 0;

	assert_non_null(tasks);
	while ((entry = readdir(tasks)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

/* A joined thread may be seen in /proc for a moment more. */
static void expect_threads(unsigned int count)
{
	for (int i = 0; i < 1000 && threads() != count; i++)
		usleep(10000);
	assert_int_equal(threads(), count);
}

static void note(void *ctx, uint64_t value)
{
	__atomic_add_fetch((uint64_t *)ctx, value, __ATOMIC_RELEASE);
}

static void wait_for(const uint64_t *seen, uint64_t value)
{
	while (__atomic_load_n(seen, __ATOMIC_ACQUIRE) < value)
		usleep(100);
	assert_int_equal(__atomic_load_n(seen, __ATOMIC_ACQUIRE), value);
}

/* Without the service: this one, and the thread sanitizer's own. */
#ifdef __SANITIZE_THREAD__
#define THREADS_BEFORE 2
#else
#define THREADS_BEFORE 1
#endif

static void one_thread_for_all(void **state)
{
	struct service_watch *watches[8];
	uint64_t seen[8] = {0};
	int fds[8];

	(void)state;
	for (int round = 0; round < 3; round++) {
		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < 8; i++) {
			fds[i] = event_counter();
			assert_int_equal(service_watch_add(fds[i], 0, note, &seen[i], &watches[i]),
					 0);
		}
		expect_threads(THREADS_BEFORE + 1);
		for (unsigned int i = 0; i < 8; i++) {
			assert_int_equal(eventfd_write(fds[i], i + 1), 0);
			wait_for(&seen[i], i + 1);
		}
		for (int i = 0; i < 8; i++) {
			service_watch_remove(watches[i]);
			/* Nobody writes to it any more: it is this test's alone. */
			assert_int_equal(eventfd_write(fds[i], 100), 0);
			close(fds[i]);
		}
		assert_int_equal(seen[7], 8);
		expect_threads(THREADS_BEFORE);
	}
	service_watch_remove(NULL);
}

static void what_cannot_be_watched(void **state)
{
	struct service_watch *watch;
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(service_watch_add(-1, 0, note, &seen, &watch), -EBADF);
	assert_int_equal(service_watch_add(-1, POLLIN, note, &seen, &watch), -EBADF);
	expect_threads(THREADS_BEFORE);
}

/* Threads that come and go, as devices are opened and closed; the callback's memory goes too. */
static void *come_and_go(void *ctx)
{
	int *failures = ctx;

	for (int i = 0; i < TIMES; i++) {
		uint64_t *seen = calloc(1, sizeof(*seen));
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		struct service_watch *watch;

		if (!seen || fd < 0 || service_watch_add(fd, 0, note, seen, &watch)) {
			(*failures)++;
		} else {
			*failures += eventfd_write(fd, 1) != 0;
			service_watch_remove(watch);
		}
		close(fd);
		free(seen);
	}
	return NULL;
}

static void many_come_and_go(void **state)
{
	pthread_t ids[THREADS];
	int failures[THREADS] = {0};

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&ids[i], NULL, come_and_go, &failures[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(ids[i], NULL), 0);
		assert_int_equal(failures[i], 0);
	}
	expect_threads(THREADS_BEFORE);
}

/* In a child: the parent's watch is none of its own, and it may have others. */
static int child(struct service_watch *inherited)
{
	struct service_watch *watch;
	uint64_t seen = 0;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	service_watch_remove(inherited);
	if (fd < 0 || service_watch_add(fd, 0, note, &seen, &watch) || eventfd_write(fd, 3))
		return 1;
	while (__atomic_load_n(&seen, __ATOMIC_ACQUIRE) != 3)
		usleep(100);
	service_watch_remove(watch);
	return 0;
}

static void after_fork(void **state)
{
	struct service_watch *watch;
	uint64_t seen = 0;
	int fd = event_counter(), status;
	pid_t pid;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* it allows no threads after a fork */
#endif
	assert_int_equal(service_watch_add(fd, 0, note, &seen, &watch), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child(watch));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The parent's goes on. */
	assert_int_equal(eventfd_write(fd, 7), 0);
	wait_for(&seen, 7);
	service_watch_remove(watch);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_for_all),
		cmocka_unit_test(what_cannot_be_watched),
		cmocka_unit_test(many_come_and_go),
		cmocka_unit_test(after_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
