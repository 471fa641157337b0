// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma stats: the counters of this process, which acts as an out-of-tree driver, and of a running
 * padma; and sockets that send garbage, or nothing.
 */
#include "run.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <padma/counter.h>
#include <padma/stats.h>

extern char **environ;

static char directory[] = "/tmp/padma-stats.XXXXXX";

struct card {
	struct padma_counter packets;
	struct padma_counter errors;
};

static const struct padma_counter_name names[] = {
	{"packets", offsetof(struct card, packets)},
	{"errors", offsetof(struct card, errors)},
};

/* The value of a counter in the output of `padma stats --json`; -1: it does not exist. */
static long long value_of(const json_t *json, long pid, const char *set, const char *counter)
{
	const json_t *process, *one;
	size_t i, j;

	json_array_foreach(json_object_get(json, "processes"), i, process)
	{
		if (json_integer_value(json_object_get(process, "pid")) != pid)
			continue;
		json_array_foreach(json_object_get(process, "sets"), j, one)
		{
			const json_t *value =
				json_object_get(json_object_get(one, "counters"), counter);

			if (!strcmp(json_string_value(json_object_get(one, "name")), set) && value)
				return json_integer_value(value);
		}
	}
	return -1;
}

static void test_none(void **state)
{
	json_t *json;

	(void)state;
	expect_failure(1, directory, "stats");
	expect_failure(1, "4711", "stats 4711");
	expect_ok("stats --all");
	json = expect_json("stats --all --json");
	assert_int_equal(json_array_size(json_object_get(json, "processes")), 0);
	json_decref(json);
	expect_failure(2, "--all", "stats --all 4711");
	expect_failure(2, "PID", "stats none");
	expect_failure(2, "4712", "stats 4711 4712");
}

static void test_counters_of_an_out_of_tree_driver(void **state)
{
	const struct padma_stats_params params = {.program = "mynic"};
	struct card a = {{12345}, {0}}, b = {{1}, {2}};
	struct padma_counter_set set = {
		.name = "0000:00:04.0", .part = "rx 0", .base = &a, .names = names, .count = 2};
	struct padma_counters *first, *second;
	struct padma_stats *stats;
	struct run run;
	json_t *json;

	(void)state;
	assert_int_equal(padma_stats_serve(&params, &stats), 0);
	assert_int_equal(padma_counters_register(&set, &first), 0);
	/* Two sets may have the same name. */
	set.base = &b;
	assert_int_equal(padma_counters_register(&set, &second), 0);
	json = expect_json("stats --json");
	assert_int_equal(value_of(json, getpid(), "0000:00:04.0 rx 0", "packets"), 12345);
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(json_object_get(json, "processes"), 0), "sets")),
			 2);
	json_decref(json);
	run_padma(&run, "stats %d", getpid());
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "mynic"));
	assert_non_null(strstr(run.out, "12345"));
	run_free(&run);
	padma_counters_unregister(second);
	padma_counters_unregister(first);
	padma_stats_close(stats);
}

static pid_t start_perf(void)
{
	char *const words[] = {(char *)PADMA_TOOL, (char *)"nvme",	(char *)"perf",
			       (char *)"sim:nvme", (char *)"--time=60", NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&pid, PADMA_TOOL, &actions, NULL, words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Wait until it has done @more commands. Return: how many it has done. */
static long long await_commands(pid_t pid, long long more)
{
	long long commands = -1;

	for (int i = 0; i < 300 && commands < more; i++) {
		json_t *json = expect_json("stats --all --json");

		commands = value_of(json, pid, "sim:nvme queue 1", "commands");
		json_decref(json);
		usleep(100000);
	}
	assert_true(commands >= more);
	return commands;
}

static void test_counters_of_a_running_padma(void **state)
{
	char path[128];
	pid_t pid = start_perf();
	long long before;
	int status;

	(void)state;
	before = await_commands(pid, 1);
	await_commands(pid, before + 1);
	/* A killed process leaves its socket, which the next call removes. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof(path), "%s/%d.sock", directory, pid);
	assert_int_equal(access(path, F_OK), 0);
	expect_failure(1, "no process", "stats");
	assert_int_equal(access(path, F_OK), -1);
}

/* A file that is no socket refuses connections, too, but is not a killed process's. */
static void test_a_file_that_is_no_socket(void **state)
{
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/4711.sock", directory);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	expect_failure(1, "no process", "stats");
	assert_int_equal(unlink(path), 0);
}

/* A server that does not follow the protocol. */
struct server {
	pthread_t thread;
	const char *text; /* NULL: nothing, and the connection stays open */
	size_t times;
	int fd;
	char path[108];
};

static void *answer(void *argument)
{
	const struct server *server = argument;
	int silent = -1, fd;

	/* Until the socket is shut down. */
	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		for (size_t i = 0; server->text && i < server->times; i++) {
			if (send(fd, server->text, strlen(server->text), MSG_NOSIGNAL) < 0)
				break;
		}
		if (server->text) {
			close(fd);
			continue;
		}
		if (silent >= 0)
			close(silent);
		silent = fd;
	}
	if (silent >= 0)
		close(silent);
	return NULL;
}

static void start_server(struct server *server, long pid, const char *text, size_t times)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*server = (struct server){.text = text, .times = times};
	snprintf(server->path, sizeof(server->path), "%s/%ld.sock", directory, pid);
	memcpy(address.sun_path, server->path, sizeof(server->path));
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, answer, server), 0);
}

static void stop_server(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
	unlink(server->path);
}

static void test_malformed_answers(void **state)
{
	static const char *const wrong[] = {
		"",
		"end\n",
		"padma-stats 2\nend\n",
		"padma-stats 1\n",
		"padma-stats 1\nset\tname\t1\n",
		"padma-stats 1\nset\tname\nend\n",
		"padma-stats 1\nset\tname\t\nend\n",
		"padma-stats 1\nset\tname\t-1\nend\n",
		"padma-stats 1\nset\tname\t1x\nend\n",
		"padma-stats 1\nset\tname\t18446744073709551616\nend\n",
		"padma-stats 1\n\tname\t1\nend\n",
		"padma-stats 1\nset\t\t1\nend\n",
		"padma-stats 1\nend\nmore\n",
		"HTTP/1.1 400 Bad Request\r\n\r\n",
	};
	struct server server;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		start_server(&server, 4711, wrong[i], 1);
		expect_failure(1, "4711", "stats 4711");
		stop_server(&server);
	}
	start_server(&server, 4711, "padma-stats 1\nlater key\nset\tname\t7\nend\n", 1);
	expect_ok("stats 4711");
	stop_server(&server);
}

/* One of two processes sends garbage: the other is shown, and the exit code is still 1. */
static void test_one_of_two_answers(void **state)
{
	struct server good, bad;
	struct run run;

	(void)state;
	start_server(&good, 20, "padma-stats 1\nprogram a\x1b[2Jb\nset\tname\t7\nend\n", 1);
	start_server(&bad, 10, "nonsense\n", 1);
	expect_failure(1, "--all", "stats");
	run_padma(&run, "stats --all");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.out, "name"));
	/* Control characters do not reach the terminal. */
	assert_null(strchr(run.out, '\x1b'));
	assert_non_null(strstr(run.err, "10"));
	run_free(&run);
	stop_server(&good);
	stop_server(&bad);
}

static void test_answers_without_an_end(void **state)
{
	struct server server;

	(void)state;
	start_server(&server, 4711, NULL, 0);
	expect_failure(1, "4711", "stats 4711");
	stop_server(&server);
	/* 32 MiB. */
	start_server(&server, 4711, "a line of thirty-two characters\n", 1 << 20);
	expect_failure(1, "4711", "stats 4711");
	stop_server(&server);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) && setenv("PADMA_STATS_DIR", directory, 1) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_counters_of_an_out_of_tree_driver),
		cmocka_unit_test(test_counters_of_a_running_padma),
		cmocka_unit_test(test_a_file_that_is_no_socket),
		cmocka_unit_test(test_malformed_answers),
		cmocka_unit_test(test_one_of_two_answers),
		cmocka_unit_test(test_answers_without_an_end),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
