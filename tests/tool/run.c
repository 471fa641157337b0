// SPDX-License-Identifier: BSD-3-Clause
/* Run the tool as a child process. */
#include "run.h"
#include "test.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define WORDS_MAX 48

/* A parsed command line. */
struct line {
	char *text;
	char *words[WORDS_MAX];
	const char *input;
	const char *output;
	bool closed[3]; /* streams that the tool starts without */
};

__attribute__((format(printf, 2, 0))) static void split(struct line *line, const char *format,
							va_list args)
{
	unsigned int count = 0;
	char *save = NULL;

	memset(line, 0, sizeof(*line));
	assert_true(vasprintf(&line->text, format, args) >= 0);
	line->words[count++] = (char *)PADMA_TOOL;
	for (char *word = strtok_r(line->text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "<") == 0) {
			line->input = strtok_r(NULL, " ", &save);
		} else if (strcmp(word, ">") == 0) {
			line->output = strtok_r(NULL, " ", &save);
		} else if (strcmp(word, "<&-") == 0) {
			line->closed[0] = true;
		} else if (strcmp(word, ">&-") == 0) {
			line->closed[1] = true;
		} else if (strcmp(word, "2>&-") == 0) {
			line->closed[2] = true;
		} else {
			assert_true(count < WORDS_MAX - 1);
			line->words[count++] = word;
		}
	}
}

/* Files, not pipes, which cannot deadlock. Unlinked at once; the descriptors keep them. */
static int scratch(void)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
	assert_true(fd >= 0);
	fclose(file);
	return fd;
}

static char *read_all(int fd, size_t *bytes)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char *text;

	assert_true(end >= 0);
	text = malloc((size_t)end + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)end, 0), end);
	text[end] = '\0';
	if (bytes)
		*bytes = (size_t)end;
	close(fd);
	return text;
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

__attribute__((format(printf, 2, 0))) static void run_line(struct run *run, const char *format,
							   va_list args)
{
	posix_spawn_file_actions_t actions;
	int out = scratch(), err = scratch();
	struct line line;
	pid_t child;

	split(&line, format, args);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, line.input ? line.input : "/dev/null",
					 O_RDONLY, 0);
	if (line.output)
		posix_spawn_file_actions_addopen(&actions, 1, line.output, O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, err, 2);
	for (int fd = 0; fd < 3; fd++) {
		if (line.closed[fd])
			posix_spawn_file_actions_addclose(&actions, fd);
	}
	assert_int_equal(posix_spawn(&child, PADMA_TOOL, &actions, NULL, line.words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	run->status = wait_for(child);
	run->out = read_all(out, &run->out_bytes);
	run->err = read_all(err, NULL);
	free(line.text);
}

void run_padma(struct run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	run_line(run, format, args);
	va_end(args);
}

void run_free(struct run *run)
{
	free(run->out);
	free(run->err);
	memset(run, 0, sizeof(*run));
}

static void show(const struct run *run)
{
	print_message("exit code %d\n--- out\n%s\n--- err\n%s\n", run->status, run->out, run->err);
}

void expect_ok(const char *format, ...)
{
	struct run run;
	va_list args;

	va_start(args, format);
	run_line(&run, format, args);
	va_end(args);
	if (run.status != 0 || *run.err)
		show(&run);
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	run_free(&run);
}

void expect_failure(int status, const char *words, const char *format, ...)
{
	struct run run;
	const char *newline;
	va_list args;
	bool good;

	va_start(args, format);
	run_line(&run, format, args);
	va_end(args);
	newline = strchr(run.err, '\n');
	good = run.status == status && run.out_bytes == 0 && newline && newline[1] == '\0' &&
	       strncmp(run.err, "padma: ", 7) == 0 && strstr(run.err, words);
	if (!good) {
		print_message("expected exit code %d and one line with \"%s\"\n", status, words);
		show(&run);
	}
	assert_true(good);
	run_free(&run);
}

json_t *expect_json(const char *format, ...)
{
	json_error_t error;
	struct run run;
	va_list args;
	json_t *value;

	va_start(args, format);
	run_line(&run, format, args);
	va_end(args);
	value = json_loads(run.out, JSON_REJECT_DUPLICATES, &error);
	if (run.status != 0 || !value)
		show(&run);
	assert_int_equal(run.status, 0);
	assert_non_null(value);
	run_free(&run);
	return value;
}
