// SPDX-License-Identifier: BSD-3-Clause
/* The tool itself: help, version, wrong usage, and output that cannot be written. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "tree.h"

static const char *const commands[] = {PADMA_COMMANDS};
static struct tree tree;

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void every_command_has_help(void **state)
{
	struct run run;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char usage[128];

		run_padma(&run, "%s --help", commands[i]);
		snprintf(usage, sizeof(usage), "Usage: padma%s%s [", *commands[i] ? " " : "",
			 commands[i]);
		assert_int_equal(run.status, 0);
		assert_string_equal(run.err, "");
		assert_ptr_equal(strstr(run.out, usage), run.out);
		assert_non_null(strstr(run.out, "--help"));
		run_free(&run);
	}
}

static void the_first_help_lists_the_commands(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "--help");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char name[64];

		snprintf(name, sizeof(name), "\n  %s ", commands[i]);
		if (*commands[i] && !strchr(commands[i], ' '))
			assert_non_null(strstr(run.out, name));
	}
	run_free(&run);
}

static void version_and_usage(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "--version");
	assert_int_equal(run.status, 0);
	assert_int_equal(strncmp(run.out, "padma 0.", 8), 0);
	run_free(&run);
	run_padma(&run, "--usage");
	assert_int_equal(run.status, 0);
	assert_int_equal(strncmp(run.out, "Usage: padma [", 14), 0);
	run_free(&run);
}

static void wrong_usage_is_2_and_one_line(void **state)
{
	(void)state;
	expect_failure(2, "missing", " ");
	expect_failure(2, "frobnicate", "frobnicate");
	expect_failure(2, "'--frobnicate'", "--frobnicate devices");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		expect_failure(2, "'--frobnicate'", "%s --frobnicate", commands[i]);
		expect_failure(2, "'-x'", "%s -x", commands[i]);
		expect_failure(2, "'-vx'", "%s -vx", commands[i]);
		expect_failure(2, "'--help=me'", "%s --help=me", commands[i]);
	}
}

static void make_long_list(void)
{
	char address[16];

	for (unsigned int i = 0; i < 32; i++) {
		const struct tree_pci function = {.address = address,
						  .vendor = "0x1b36\n",
						  .device = "0x0010\n",
						  .class_code = "0x010802\n"};

		snprintf(address, sizeof(address), "0000:00:%02x.0", i);
		tree_pci(&tree, &function);
	}
}

static void lost_output_is_an_error(void **state)
{
	(void)state;
	expect_failure(1, "No space left", "devices > /dev/full");
	expect_failure(1, "No space left", "devices --json > /dev/full");
	expect_failure(1, "No space left", "--version > /dev/full");
	expect_failure(1, "No space left", "--help > /dev/full");
	expect_failure(1, "No space left", "nvme perf --usage > /dev/full");
	/* Longer than a buffer: not only the last write fails. */
	make_long_list();
	expect_failure(1, "No space left", "devices --json --sysfs %s > /dev/full", tree.root);
}

/* A file that the tool opens must not become its standard output: the drive is not written to. */
static void closed_streams_do_not_alias_files(void **state)
{
	static const char zeros[1 << 16];
	const char *image = tree_path(&tree, "drive.img");
	char found[sizeof(zeros)];
	struct run run;
	FILE *file;

	(void)state;
	expect_ok("nvme identify sim:nvme,size=64k,file=%s > /dev/null", image);
	run_padma(&run, "nvme identify sim:nvme,file=%s <&- >&- 2>&-", image);
	assert_int_equal(run.status, 1);
	run_free(&run);
	expect_failure(1, "Bad file descriptor", "nvme identify sim:nvme,file=%s >&-", image);
	expect_failure(1, "Bad file descriptor", "nvme write sim:nvme,file=%s --lba 0 <&-", image);
	file = fopen(image, "re");
	assert_non_null(file);
	assert_int_equal(fread(found, 1, sizeof(found), file), sizeof(found));
	fclose(file);
	assert_memory_equal(found, zeros, sizeof(zeros));
}

/* The reader closes the pipe before anything is written. */
static void a_broken_pipe_is_an_error(void **state)
{
	char *words[] = {(char *)PADMA_TOOL, (char *)"devices", (char *)"--json", NULL};
	posix_spawn_file_actions_t actions;
	extern char **environ;
	int fds[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	assert_int_equal(posix_spawn(&child, PADMA_TOOL, &actions, NULL, words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

/* The file is at its size limit (setrlimit(2), RLIMIT_FSIZE): an error like a full disk. */
static void a_file_size_limit_is_an_error(void **state)
{
	struct rlimit before, none;

	(void)state;
	make_long_list();
	tree_file(&tree, "limited", "");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 1024;
	/* The message on standard error is shorter than the limit. */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	expect_failure(1, "File too large", "devices --json --sysfs %s > %s/limited", tree.root,
		       tree.root);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_has_help),
		cmocka_unit_test(the_first_help_lists_the_commands),
		cmocka_unit_test(version_and_usage),
		cmocka_unit_test(wrong_usage_is_2_and_one_line),
		cmocka_unit_test(lost_output_is_an_error),
		cmocka_unit_test(closed_streams_do_not_alias_files),
		cmocka_unit_test(a_broken_pipe_is_an_error),
		cmocka_unit_test(a_file_size_limit_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
