// SPDX-License-Identifier: BSD-3-Clause
/* See client.h. */
#include "stats/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/stats.h>

#include "common/command.h"

#define ANSWER_MS  3000
#define MOST_BYTES (16u << 20)

/* A number and ".sock", and nothing else. */
static bool pid_of(const char *name, long *pid)
{
	char *end;

	if (*name < '1' || *name > '9')
		return false;
	errno = 0;
	*pid = strtol(name, &end, 10);
	return errno == 0 && !strcmp(end, ".sock");
}

static int by_number(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

/* A socket that listened before it got its name, and now refuses connections: its process is gone. */
static void remove_left_behind(const char *path)
{
	struct stat about;

	/* Other files refuse connections, too. */
	if (lstat(path, &about) == 0 && S_ISSOCK(about.st_mode))
		(void)unlink(path);
}

/* Return: the connected socket, or a negative errno. A socket without a listener is removed. */
static int connect_to(const struct stats_pids *pids, long pid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%ld.sock",
			      pids->directory, pid);
	int fd, error;

	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	if (error == -ECONNREFUSED)
		remove_left_behind(address.sun_path);
	return error;
}

/* Whether a process is listening. */
static bool is_served(const struct stats_pids *pids, long pid)
{
	int fd = connect_to(pids, pid);

	if (fd >= 0)
		close(fd);
	return fd != -ECONNREFUSED && fd != -ENOENT;
}

static int add(struct stats_pids *pids, long pid)
{
	long *list = reallocarray(pids->list, pids->count + 1, sizeof(*list));

	if (!list)
		return complain("no memory for a list of processes");
	pids->list = list;
	list[pids->count++] = pid;
	return 0;
}

int stats_pids_find(struct stats_pids *pids)
{
	const struct dirent *entry;
	DIR *directory;
	int code = 0;
	long pid;

	pids->list = NULL;
	pids->count = 0;
	if (padma_stats_directory(pids->directory, sizeof(pids->directory)))
		return complain("%s", padma_last_error());
	directory = opendir(pids->directory);
	if (!directory)
		return errno == ENOENT ? 0 : complain("%s: %s", pids->directory, strerror(errno));
	while (!code && (entry = readdir(directory))) {
		if (pid_of(entry->d_name, &pid) && is_served(pids, pid))
			code = add(pids, pid);
	}
	closedir(directory);
	if (pids->count)
		qsort(pids->list, pids->count, sizeof(*pids->list), by_number);
	return code;
}

void stats_pids_free(struct stats_pids *pids)
{
	free(pids->list);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Wait until the socket is readable. Return: 0, or an errno. */
static int await(int fd, uint64_t deadline_ms)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	uint64_t now = now_ms();
	int rc;

	if (now >= deadline_ms)
		return ETIMEDOUT;
	rc = poll(&ready, 1, (int)(deadline_ms - now));
	if (rc < 0)
		return errno == EINTR ? 0 : errno;
	return rc ? 0 : ETIMEDOUT;
}

/* Read until the end, and add a NUL. Return: 0, or an errno. */
static int read_all(int fd, char **text)
{
	uint64_t deadline = now_ms() + ANSWER_MS;
	size_t room = 0, length = 0;
	ssize_t n = -1;
	int error = 0;

	*text = NULL;
	while (n != 0 && !error) {
		if (room - length < 2) {
			char *more = room < MOST_BYTES ? realloc(*text, room += 1 << 16) : NULL;

			if (!more)
				return room < MOST_BYTES ? ENOMEM : EMSGSIZE;
			*text = more;
		}
		error = await(fd, deadline);
		n = error ? 0 : read(fd, *text + length, room - length - 1);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			error = errno;
		length += n > 0 ? (size_t)n : 0;
		(*text)[length] = '\0';
	}
	/* Text with an embedded NUL lacks its last line, "end", and is refused. */
	return error;
}

int stats_ask(const struct stats_pids *pids, long pid, struct stats_answer *answer)
{
	int fd = connect_to(pids, pid), error;

	*answer = (struct stats_answer){.pid = pid};
	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return -1;
	if (fd < 0)
		return complain("process %ld: %s", pid, strerror(-fd));
	error = read_all(fd, &answer->text);
	close(fd);
	if (error)
		complain("process %ld does not send its counters: %s", pid, strerror(error));
	else if (stats_parse(answer))
		complain("process %ld: its answer is malformed or truncated", pid);
	else
		return 0;
	stats_answer_free(answer);
	return EXIT_FAILURE;
}

void stats_answer_free(struct stats_answer *answer)
{
	free(answer->counters);
	free(answer->text);
	*answer = (struct stats_answer){0};
}
