// SPDX-License-Identifier: BSD-3-Clause
/* Publishing counters: what a client reads, the socket file, and hostile clients. */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <padma/counter.h>
#include <padma/error.h>
#include <padma/stats.h>

static char directory[] = "/tmp/padma-stats.XXXXXX";
static char path[64]; /* of this process's socket */

static struct padma_stats *serve(void)
{
	const struct padma_stats_params params = {.directory = directory, .program = "a test"};
	struct padma_stats *stats;

	assert_int_equal(padma_stats_serve(&params, &stats), 0);
	return stats;
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -errno;
}

/* All that it sends; cut off after 10 s without a byte. */
static char *read_all(int fd)
{
	size_t room = 1 << 22, length = 0;
	char *text = malloc(room);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t n = 1;

	assert_non_null(text);
	while (n > 0 && length + 1 < room && poll(&ready, 1, 10000) == 1) {
		n = read(fd, text + length, room - length - 1);
		length += n > 0 ? (size_t)n : 0;
	}
	text[length] = '\0';
	close(fd);
	return text;
}

static bool ends_well(const char *text)
{
	size_t length = strlen(text);

	return length >= 5 && !strcmp(text + length - 5, "\nend\n");
}

static unsigned int files_there(void)
{
	DIR *opened = opendir(directory);
	unsigned int count = 0;

	while (readdir(opened))
		count++;
	closedir(opened);
	return count - 2;
}

static void test_a_client_reads_the_counters(void **state)
{
	static const struct padma_counter_name names[] = {{"packets", 0}};
	struct padma_counter packets = {42};
	const struct padma_counter_set set = {
		.name = "card rx 0", .base = &packets, .names = names, .count = 1};
	struct padma_counters *counters;
	char expected[128];
	struct padma_stats *stats = serve();
	char *text;

	(void)state;
	assert_int_equal(padma_counters_register(&set, &counters), 0);
	text = read_all(connect_to(path));
	snprintf(expected, sizeof(expected),
		 "padma-stats 1\npid %d\nprogram a test\ncard rx 0\tpackets\t42\nend\n", getpid());
	assert_string_equal(text, expected);
	free(text);
	padma_counters_unregister(counters);
	padma_stats_close(stats);
}

static void test_the_file(void **state)
{
	const struct padma_stats_params params = {.directory = directory};
	struct padma_stats *stats = serve(), *second;
	struct stat about;

	(void)state;
	assert_int_equal(stat(path, &about), 0);
	assert_true(S_ISSOCK(about.st_mode));
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(files_there(), 1);
	/* One in a process. */
	assert_int_equal(padma_stats_serve(&params, &second), -EBUSY);
	padma_stats_close(stats);
	assert_int_equal(files_there(), 0);
	padma_stats_close(NULL);
	/* With the program's own name. */
	assert_int_equal(padma_stats_serve(&params, &second), 0);
	padma_stats_close(second);
}

static void test_directories(void **state)
{
	struct padma_stats_params params = {.directory = "/nonexistent/padma"};
	struct padma_stats *stats = NULL;
	char name[200], room[64];

	(void)state;
	assert_int_equal(padma_stats_serve(&params, &stats), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name, "/tmp/", 5);
	params.directory = name;
	assert_int_equal(padma_stats_serve(&params, &stats), -ENAMETOOLONG);
	rmdir(name);
	/* One that others may write to. */
	assert_int_equal(chmod(directory, 0777), 0);
	params.directory = directory;
	assert_int_equal(padma_stats_serve(&params, &stats), -EPERM);
	assert_int_equal(chmod(directory, 0700), 0);
	params.program = "two\nlines";
	assert_int_equal(padma_stats_serve(&params, &stats), -EINVAL);
	assert_null(stats);
	assert_int_equal(files_there(), 0);
	setenv("PADMA_STATS_DIR", "/some/where", 1);
	assert_int_equal(padma_stats_directory(room, sizeof(room)), 0);
	assert_string_equal(room, "/some/where");
	assert_int_equal(padma_stats_directory(room, 4), -ENAMETOOLONG);
	unsetenv("PADMA_STATS_DIR");
	if (geteuid() == 0) {
		assert_int_equal(padma_stats_directory(room, sizeof(room)), 0);
		assert_string_equal(room, "/run/padma");
	}
}

/* A process that is killed leaves its socket; the next one with its number takes its place. */
static void test_a_stale_socket(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct padma_stats *stats;
	char *text;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(connect_to(path), -ECONNREFUSED);
	stats = serve();
	text = read_all(connect_to(path));
	assert_true(ends_well(text));
	free(text);
	padma_stats_close(stats);
	assert_int_equal(files_there(), 0);
}

/* One that is served belongs to a process of another container. */
static void test_a_socket_in_use(void **state)
{
	const struct padma_stats_params params = {.directory = directory};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct padma_stats *stats;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(padma_stats_serve(&params, &stats), -EADDRINUSE);
	assert_int_equal(files_there(), 1);
	close(fd);
	assert_int_equal(unlink(path), 0);
}

#define CROWD 40
#define SETS  8

/* Counters that fill more than the buffer of a socket. */
static struct padma_counters **register_many(unsigned int sets)
{
	static char text[1024][16];
	static struct padma_counter_name names[1024];
	static struct padma_counter counter;
	struct padma_counters **counters = calloc(sets, sizeof(struct padma_counters *));
	const struct padma_counter_set set = {
		.name = "a set with a long name, as there may be, so that much text is made of it",
		.base = &counter,
		.names = names,
		.count = 1024};

	for (int i = 0; i < 1024; i++) {
		snprintf(text[i], sizeof(text[i]), "n%d", i);
		names[i] = (struct padma_counter_name){text[i], 0};
	}
	for (unsigned int i = 0; i < sets; i++)
		assert_int_equal(padma_counters_register(&set, &counters[i]), 0);
	return counters;
}

/* Clients that do not read take all places; one that does is served at once. */
static void test_clients_that_do_not_read(void **state)
{
	struct padma_counters **counters = register_many(SETS);
	struct padma_stats *stats = serve();
	int crowd[CROWD];
	char *text;

	(void)state;
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = connect_to(path);
		assert_true(crowd[i] >= 0);
		/* What they send is not read. */
		(void)send(crowd[i], "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	text = read_all(connect_to(path));
	assert_true(strlen(text) > 500000);
	assert_true(ends_well(text));
	free(text);
	/* The latest of the crowd is answered when it reads after all, the first was cut off. */
	text = read_all(crowd[CROWD - 1]);
	assert_true(ends_well(text));
	free(text);
	text = read_all(crowd[0]);
	assert_false(ends_well(text));
	free(text);
	for (int i = 1; i < CROWD - 1; i++)
		close(crowd[i]);
	padma_stats_close(stats);
	for (int i = 0; i < SETS; i++)
		padma_counters_unregister(counters[i]);
	free(counters);
}

/* Closing does not wait for a client that does not read. */
static void test_closing_cuts_off(void **state)
{
	struct padma_counters **counters = register_many(SETS);
	struct padma_stats *stats = serve();
	struct pollfd ready = {.fd = connect_to(path), .events = POLLIN};
	char *text;

	(void)state;
	assert_int_equal(poll(&ready, 1, 10000), 1);
	padma_stats_close(stats);
	text = read_all(ready.fd);
	assert_false(ends_well(text));
	free(text);
	for (int i = 0; i < SETS; i++)
		padma_counters_unregister(counters[i]);
	free(counters);
}

/* exit() removes the file, but not in a child of fork(). */
static void test_exit_removes_the_file(void **state)
{
	struct padma_stats *stats;
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (child == 0) {
		const struct padma_stats_params params = {.directory = directory};

		if (padma_stats_serve(&params, &stats) || files_there() != 1)
			_exit(1);
		exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(files_there(), 0);
	stats = serve();
	child = fork();
	if (child == 0)
		exit(0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(files_there(), 1);
	padma_stats_close(stats);
	assert_int_equal(files_there(), 0);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/%d.sock", directory, getpid());
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_client_reads_the_counters),
		cmocka_unit_test(test_the_file),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_a_stale_socket),
		cmocka_unit_test(test_a_socket_in_use),
		cmocka_unit_test(test_clients_that_do_not_read),
		cmocka_unit_test(test_closing_cuts_off),
		cmocka_unit_test(test_exit_removes_the_file),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
