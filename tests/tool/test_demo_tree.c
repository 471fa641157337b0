// SPDX-License-Identifier: BSD-3-Clause
/* The demo's tree: the same for the same seed, and every kind of difference is found. */
#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo/tree.h"
#include "common/interrupt.h"
#include "captured.h"

/* tests/tool/tree.h has the same names as this header, so that fixture cannot be used here. */
static char root[PATH_MAX];
static char left[PATH_MAX + 8], right[PATH_MAX + 8];

static const char *in(const char *tree, const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	return path;
}

static void save(const char *path, const char *content)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static void plant(const char *tree)
{
	assert_int_equal(mkdir(tree, 0755), 0);
	assert_int_equal(mkdir(in(tree, "dir"), 0755), 0);
	assert_int_equal(mkdir(in(tree, "dir/deep"), 0755), 0);
	assert_int_equal(mkdir(in(tree, "empty"), 0755), 0);
	assert_int_equal(chmod(in(tree, "empty"), 0755), 0);
	save(in(tree, "dir/deep/file"), "something to compare");
	save(in(tree, "nothing"), "");
	assert_int_equal(symlink("../nowhere", in(tree, "dir/link")), 0);
}

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(root, sizeof(root), "%s/padma-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(root));
	snprintf(left, sizeof(left), "%s/left", root);
	snprintf(right, sizeof(right), "%s/right", root);
	plant(left);
	plant(right);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(root);
	assert_int_equal(access(root, F_OK), -1);
	return 0;
}

static void expect_same(void)
{
	capture_begin();
	assert_int_equal(tree_compare(left, right), 0);
	capture_nothing();
}

static void expect_difference(const char *words)
{
	int code;

	capture_begin();
	code = tree_compare(left, right);
	capture_one_line(words);
	assert_int_equal(code, 1);
}

static void equal_trees(void **state)
{
	(void)state;
	expect_same();
	/* Every ext4 file system has it, in its root only. */
	assert_int_equal(mkdir(in(right, "lost+found"), 0700), 0);
	expect_same();
	assert_int_equal(mkdir(in(right, "dir/lost+found"), 0700), 0);
	expect_difference("entries");
}

static void another_byte(void **state)
{
	(void)state;
	save(in(right, "dir/deep/file"), "something to campare");
	expect_difference("dir/deep/file");
}

/* The last byte of a file of several blocks. */
static void another_byte_far_behind(void **state)
{
	const off_t end = (off_t)3 << 20;

	(void)state;
	assert_int_equal(truncate(in(left, "nothing"), end), 0);
	assert_int_equal(truncate(in(right, "nothing"), end), 0);
	expect_same();
	for (int i = 0; i < 2; i++) {
		int fd = open(in(i ? right : left, "nothing"), O_WRONLY | O_CLOEXEC);

		assert_int_equal(pwrite(fd, i ? "b" : "a", 1, end - 1), 1);
		close(fd);
	}
	expect_difference("nothing");
}

static void another_size(void **state)
{
	(void)state;
	save(in(right, "dir/deep/file"), "something to compare, and more");
	expect_difference("30 bytes");
}

static void another_mode(void **state)
{
	(void)state;
	assert_int_equal(chmod(in(right, "nothing"), 0600), 0);
	expect_difference("0100600");
	assert_int_equal(chmod(in(right, "nothing"), 0644), 0);
	assert_int_equal(chmod(in(right, "empty"), 0700), 0);
	expect_difference("040700");
}

static void another_link(void **state)
{
	(void)state;
	assert_int_equal(unlink(in(right, "dir/link")), 0);
	assert_int_equal(symlink("../elsewhere", in(right, "dir/link")), 0);
	expect_difference("dir/link");
}

static void another_kind(void **state)
{
	(void)state;
	assert_int_equal(rmdir(in(right, "empty")), 0);
	save(in(right, "empty"), "");
	expect_difference("0100644");
	assert_int_equal(unlink(in(right, "dir/link")), 0);
	assert_int_equal(unlink(in(right, "empty")), 0);
	assert_int_equal(mkdir(in(right, "empty"), 0755), 0);
	save(in(right, "dir/link"), "../nowhere");
	expect_difference("dir/link");
}

static void something_missing(void **state)
{
	(void)state;
	assert_int_equal(unlink(in(right, "nothing")), 0);
	expect_difference("nothing");
	save(in(right, "nothing"), "");
	assert_int_equal(rmdir(in(right, "empty")), 0);
	expect_difference("empty");
}

static void something_else_there(void **state)
{
	(void)state;
	save(in(right, "dir/more"), "");
	expect_difference("entries");
}

static void no_tree_at_all(void **state)
{
	(void)state;
	tree_remove(right);
	expect_difference("No such file");
}

static void made_from_a_seed(void **state)
{
	char a[PATH_MAX + 8], b[PATH_MAX + 8], c[PATH_MAX + 8];
	struct tree first, second, third;

	(void)state;
	snprintf(a, sizeof(a), "%s/a", root);
	snprintf(b, sizeof(b), "%s/b", root);
	snprintf(c, sizeof(c), "%s/c", root);
	capture_begin();
	assert_int_equal(tree_make(a, 1, 2 << 20, &first), 0);
	assert_int_equal(tree_make(b, 1, 2 << 20, &second), 0);
	assert_int_equal(tree_make(c, 2, 2 << 20, &third), 0);
	assert_int_equal(tree_compare(a, b), 0);
	capture_nothing();
	assert_int_equal(first.bytes, 2 << 20);
	assert_true(first.files > 0 && first.directories > 0);
	assert_memory_equal(&first, &second, sizeof(first));
	capture_begin();
	assert_int_equal(tree_compare(a, c), 1);
	capture_one_line("padma: ");
	/* It never merges with an existing tree. */
	capture_begin();
	assert_int_equal(tree_make(a, 1, 1, &first), 1);
	capture_one_line("File exists");
}

static void interrupted_work_ends(void **state)
{
	char a[PATH_MAX + 8];
	struct tree tree;

	(void)state;
	snprintf(a, sizeof(a), "%s/a", root);
	interrupt_catch();
	assert_false(interrupted());
	assert_int_equal(raise(SIGHUP), 0);
	assert_true(interrupted());
	capture_begin();
	assert_int_equal(tree_make(a, 1, 64 << 20, &tree), 1);
	assert_int_equal(tree_compare(left, right), 1);
	capture_nothing();
	assert_int_equal(tree.files, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_trees, setup, teardown),
		cmocka_unit_test_setup_teardown(another_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(another_byte_far_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(another_size, setup, teardown),
		cmocka_unit_test_setup_teardown(another_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(another_link, setup, teardown),
		cmocka_unit_test_setup_teardown(another_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(something_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(something_else_there, setup, teardown),
		cmocka_unit_test_setup_teardown(no_tree_at_all, setup, teardown),
		cmocka_unit_test_setup_teardown(made_from_a_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupted_work_ends, setup, teardown),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
