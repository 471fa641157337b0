// SPDX-License-Identifier: BSD-3-Clause
/* See program.h. */
#include "common/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/command.h"
#include "common/interrupt.h"

extern char **environ;

static bool in_directory(const char *directory, size_t length, const char *name, char *path,
			 size_t bytes)
{
	int n = snprintf(path, bytes, "%.*s/%s", (int)length, directory, name);

	return n > 0 && (size_t)n < bytes && access(path, X_OK) == 0;
}

static bool in_list(const char *list, const char *name, char *path, size_t bytes)
{
	while (list && *list) {
		size_t length = strcspn(list, ":");

		if (length && in_directory(list, length, name, path, bytes))
			return true;
		list += length + (list[length] == ':');
	}
	return false;
}

static int spawn(const char *path, const char *const *argv, const char *log, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, 1, log,
						      O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (rc == 0)
		rc = posix_spawn(pid, path, &actions, NULL, (char *const *)(uintptr_t)argv,
				 environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/*
 * A program that outlived this process would still write to a directory that is being removed. It is
 * polled: a signal that arrives just before a blocking waitpid() would not interrupt it.
 */
static int wait_for(pid_t pid, int *status)
{
	const struct timespec nap = {.tv_nsec = 2000000};
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0) {
		if (interrupted())
			kill(pid, SIGTERM);
		nanosleep(&nap, NULL);
	}
	return ended < 0 ? -1 : 0;
}

int program_run(const char *const *argv, const char *log, const char *package, const char *sbin)
{
	char path[512];
	int rc, status;
	pid_t pid;

	if (!in_list(getenv("PATH"), argv[0], path, sizeof(path)) &&
	    !in_list(sbin, argv[0], path, sizeof(path))) {
		complain("%s is missing; install Debian's package %s", argv[0], package);
		return 127;
	}
	rc = spawn(path, argv, log, &pid);
	if (rc) {
		complain("%s: %s", path, strerror(rc));
		return -1;
	}
	if (wait_for(pid, &status)) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	if (interrupted())
		return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	complain("%s was killed by signal %d", path, WTERMSIG(status));
	return -1;
}

const char *program_last_line(const char *log, char *text, int bytes)
{
	char line[512];
	FILE *file = fopen(log, "re");

	snprintf(text, (size_t)bytes, "no output");
	if (!file)
		return text;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			snprintf(text, (size_t)bytes, "%s", line);
	}
	fclose(file);
	return text;
}
