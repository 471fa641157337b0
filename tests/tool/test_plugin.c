// SPDX-License-Identifier: BSD-3-Clause
/* padma --load: a model and a subcommand from a shared object, and objects that are refused. */
#include "test.h"

#include "run.h"

static void expect_refused(const char *object, const char *word)
{
	struct run run;

	run_padma(&run, "--load " PADMA_PLUGINS "/%s mem", object);
	assert_int_equal(run.status, 1);
	assert_string_equal(run.out, "");
	if (!strstr(run.err, word) || !strstr(run.err, object))
		print_error("'%s' lacks '%s' or '%s'\n", run.err, word, object);
	assert_non_null(strstr(run.err, word));
	assert_non_null(strstr(run.err, object));
	/* One line. */
	assert_ptr_equal(strchr(run.err, '\n'), run.err + strlen(run.err) - 1);
	run_free(&run);
}

static void test_model_and_command(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "--load " PADMA_PLUGINS "/good.so copy sim:scratch");
	assert_string_equal(run.err, "");
	assert_string_equal(run.out, "copied by the device\n");
	assert_int_equal(run.status, 0);
	run_free(&run);
	/* Its keys, and those of all models. */
	run_padma(&run, "--load=" PADMA_PLUGINS "/good.so copy sim:scratch,help");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.err, "limit"));
	run_free(&run);
	run_padma(&run, "--load " PADMA_PLUGINS "/good.so --help");
	assert_non_null(strstr(run.out, "\n  copy "));
	run_free(&run);
	/* Without the plugin neither exists. */
	run_padma(&run, "copy sim:scratch");
	assert_int_equal(run.status, 2);
	run_free(&run);
}

static void test_several(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "--load " PADMA_PLUGINS "/minimal.so --load " PADMA_PLUGINS
			"/good.so copy sim:scratch");
	assert_int_equal(run.status, 0);
	run_free(&run);
	/* The same model twice. */
	run_padma(&run, "--load " PADMA_PLUGINS "/good.so --load " PADMA_PLUGINS "/good.so mem");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.err, "already"));
	run_free(&run);
}

static void test_refused(void **state)
{
	struct run run;

	(void)state;
	expect_refused("missing.so", "No such file");
	expect_refused("no_symbol.so", "padma_plugin");
	expect_refused("old.so", "version");
	expect_refused("failing.so", "the moon");
	expect_refused("same_command.so", "nvme");
	expect_refused("no_run.so", "idle");
	expect_refused("undefined.so", "padma_not_yet_invented");
	run_padma(&run, "--load");
	assert_int_equal(run.status, 2);
	run_free(&run);
}

/* AddressSanitizer detects a second libpadma itself, and ends the tool before its own check. */
static void disable_odr_check(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char text[256];

	snprintf(text, sizeof(text), "%s%sdetect_odr_violation=0", options ? options : "",
		 options ? ":" : "");
	assert_int_equal(setenv("ASAN_OPTIONS", text, 1), 0);
}

static void test_second_libpadma(void **state)
{
	(void)state;
	disable_odr_check();
	expect_refused("with_shared.so", "second libpadma");
	expect_refused("with_static.so", "second libpadma");
	expect_refused("with_hidden.so", "second libpadma");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_and_command),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_second_libpadma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
