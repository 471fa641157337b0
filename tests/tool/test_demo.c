// SPDX-License-Identifier: BSD-3-Clause
/* The demo's steps, small: verified, and each way to fail. */
#include "test.h"

#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo/report.h"
#include "demo/run.h"
#include "common/interrupt.h"
#include "captured.h"

#define IMAGE_BYTES (16u << 20)

static char root[PATH_MAX];
static char work[PATH_MAX + 8], fakes[PATH_MAX + 8];
static char *path_before;

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR"), *list = getenv("PATH");

	(void)state;
	snprintf(root, sizeof(root), "%s/padma-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(root));
	snprintf(work, sizeof(work), "%s/work", root);
	snprintf(fakes, sizeof(fakes), "%s/fakes", root);
	assert_int_equal(mkdir(work, 0755), 0);
	assert_int_equal(mkdir(fakes, 0755), 0);
	path_before = strdup(list ? list : "/usr/bin:/bin");
	assert_non_null(path_before);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(setenv("PATH", path_before, 1), 0);
	free(path_before);
	tree_remove(root);
	assert_int_equal(access(root, F_OK), -1);
	return 0;
}

static struct demo_params small(void)
{
	struct demo_params params = demo_defaults();

	params.seed = 7;
	params.parent = work;
	params.quiet = true;
	params.tree_bytes = 2u << 20;
	params.image_bytes = IMAGE_BYTES;
	params.trials = 1;
	params.packets = 3000;
	return params;
}

/* A program of this name, found in PATH before the real one. */
static void fake(const char *name, const char *script)
{
	char path[2 * PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fakes, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
	snprintf(path, sizeof(path), "%s:%s", fakes, path_before);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

/* Nothing is left below the given directory: only an empty one can be removed. */
static void expect_clean(void)
{
	assert_int_equal(rmdir(work), 0);
	assert_int_equal(mkdir(work, 0755), 0);
}

static void expect_failure(const struct demo_params *params, const char *words)
{
	struct demo_report report;
	int code;

	capture_begin();
	code = demo_run(params, &report);
	capture_one_line(words);
	assert_int_equal(code, 1);
	demo_report_free(&report);
	expect_clean();
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		print_message("no number \"%s\"\n", key);
	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void check_layout(const json_t *memory)
{
	const json_t *layout = json_object_get(memory, "layout"), *row;
	unsigned long long sum = 0, longest = 0, shortest = ULLONG_MAX;
	size_t index;

	assert_true(json_is_array(layout));
	assert_int_equal(json_array_size(layout), (size_t)number(memory, "runs"));
	json_array_foreach(layout, index, row)
	{
		unsigned long long bytes = (unsigned long long)number(row, "bytes");

		assert_non_null(json_string_value(json_object_get(row, "va")));
		assert_non_null(json_string_value(json_object_get(row, "dma")));
		assert_true(strtoull(json_string_value(json_object_get(row, "va")), NULL, 0) > 0);
		sum += bytes;
		longest = bytes > longest ? bytes : longest;
		shortest = bytes < shortest ? bytes : shortest;
	}
	/* Both buffers, completely. */
	assert_int_equal(sum, 2ull * IMAGE_BYTES);
	assert_int_equal(longest, (unsigned long long)number(memory, "longest_run"));
	assert_int_equal(shortest, (unsigned long long)number(memory, "shortest_run"));
}

static void check_json(json_t *json)
{
	static const char *const positive[] = {"seconds",   "write_mib_s", "read_mib_s",
					       "submit_ns", "complete_ns", "commands_per_s"};
	const json_t *memory = json_object_get(json, "memory");

	assert_non_null(json);
	for (size_t i = 0; i < ARRAY_SIZE(positive); i++)
		assert_true(number(json, positive[i]) > 0);
	assert_int_equal((int)number(json, "seed"), 7);
	assert_true(json_is_true(json_object_get(json, "verified")));
	assert_int_equal((int)number(json_object_get(json, "tree"), "bytes"), 2 << 20);
	assert_true(number(json_object_get(json, "tree"), "files") > 0);
	assert_int_equal((int)number(memory, "bytes"), 2 * IMAGE_BYTES);
	assert_true(number(memory, "queries") > 0);
	check_layout(memory);
	assert_int_equal((int)number(json_object_get(json, "network"), "packets"), 3000);
	assert_true(number(json_object_get(json, "network"), "bytes") > 3000 * 60);
	json_decref(json);
}

/* The lines of the text output that show runs, and the one that counts the others. */
static void check_lines(const struct dma_report *dma)
{
	char *text;
	size_t bytes, shown = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	demo_print_memory(out, dma);
	assert_int_equal(fclose(out), 0);
	for (const char *at = text; (at = strstr(at, " -> 0x")); at++)
		shown++;
	assert_int_equal(shown, dma->runs < DEMO_RUNS_SHOWN ? dma->runs : DEMO_RUNS_SHOWN);
	assert_int_equal(strstr(text, " more (--json lists all)") != NULL,
			 dma->runs > DEMO_RUNS_SHOWN);
	free(text);
}

static void all_is_verified(void **state)
{
	struct demo_params params = small();
	struct demo_report report;

	(void)state;
	capture_begin();
	assert_int_equal(demo_run(&params, &report), 0);
	capture_nothing();
	check_json(demo_json(&params, &report));
	check_lines(&report.dma);
	demo_report_free(&report);
	expect_clean();
}

static void few_runs_are_all_printed(void **state)
{
	struct padma_run runs[DEMO_RUNS_SHOWN + 1] = {{.va = runs, .dma = 4096, .len = 4096}};
	struct dma_report dma = {.layout = runs};

	(void)state;
	for (dma.runs = 1; dma.runs <= DEMO_RUNS_SHOWN + 1; dma.runs++)
		check_lines(&dma);
}

/* A wire that loses, doubles, changes or reorders packets is noticed. */
static void bad_wires_are_noticed(void **state)
{
	static const char *const keys[] = {",loss=50", ",duplicate=50", ",corrupt=50",
					   ",reorder=50"};
	struct net_report report;

	(void)state;
	assert_int_equal(net_exchange(7, 501, NULL, &report), 0);
	assert_int_equal(report.packets, 502);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int code;

		capture_begin();
		code = net_exchange(7, 2000, keys[i], &report);
		capture_one_line("packet");
		assert_int_equal(code, 1);
	}
}

static void keep_keeps_the_directory(void **state)
{
	struct demo_params params = small();
	struct demo_report report;

	(void)state;
	params.keep = true;
	capture_begin();
	assert_int_equal(demo_run(&params, &report), 0);
	capture_nothing();
	demo_report_free(&report);
	assert_int_equal(rmdir(work), -1);
	assert_int_equal(errno, ENOTEMPTY);
}

static void directories_that_cannot_be_used(void **state)
{
	static const char *const parents[] = {"/nowhere/at/all", "/dev/null"};
	struct demo_params params = small();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		params.parent = parents[i];
		expect_failure(&params, "--dir");
	}
	params.parent = "/tmp/a,b";
	expect_failure(&params, "quotes");
	if (geteuid() != 0) {
		assert_int_equal(chmod(work, 0555), 0);
		params.parent = work;
		expect_failure(&params, "--dir");
	}
}

static void programs_that_are_missing(void **state)
{
	struct demo_params params = small();

	(void)state;
	params.sbin = "";
	assert_int_equal(setenv("PATH", fakes, 1), 0);
	expect_failure(&params, "e2fsprogs");
}

static void programs_that_fail(void **state)
{
	struct demo_params params = small();

	(void)state;
	fake("mkfs.ext4", "echo so far so good; echo no room >&2; exit 3");
	expect_failure(&params, "no room");
	fake("mkfs.ext4", "kill -KILL $$");
	expect_failure(&params, "signal 9");
	/* It succeeds, but makes no image. */
	fake("mkfs.ext4", "exit 0");
	expect_failure(&params, "S.img");
	/* Not a file system: the real e2fsck reports that. */
	fake("mkfs.ext4", "truncate -s 16M \"$7\"");
	expect_failure(&params, "e2fsck");
}

static void external_checks_count(void **state)
{
	struct demo_params params = small();

	(void)state;
	fake("e2fsck", "echo damaged; exit 4");
	expect_failure(&params, "damaged");
	fake("e2fsck", "exit 0");
	fake("debugfs", "exit 0");
	expect_failure(&params, "No such file");
	/* One more byte in the tree that the real one extracts. */
	fake("debugfs", "/usr/sbin/debugfs \"$@\"; echo > \"${2#rdump / }/more\"");
	expect_failure(&params, "entries");
}

static void interrupted_in_every_step(void **state)
{
	static const char *const names[] = {"mkfs.ext4", "e2fsck", "debugfs"};
	struct demo_params params = small();
	struct demo_report report;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[2 * PATH_MAX];

		fake(names[i], "kill -TERM $PPID; exec sleep 60");
		interrupt_catch();
		capture_begin();
		assert_int_equal(demo_run(&params, &report), 1);
		capture_nothing();
		assert_true(interrupted());
		demo_report_free(&report);
		expect_clean();
		snprintf(path, sizeof(path), "%s/%s", fakes, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	/* Before the first step. */
	capture_begin();
	assert_int_equal(demo_run(&params, &report), 1);
	capture_nothing();
	demo_report_free(&report);
	expect_clean();
	interrupt_catch();
}

/* An image of random bytes. */
static const char *make_image(size_t bytes)
{
	static char path[2 * PATH_MAX];
	uint64_t seed = test_seed();
	FILE *file;

	snprintf(path, sizeof(path), "%s/image", root);
	file = fopen(path, "w");
	assert_non_null(file);
	for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
		uint64_t word = test_random(&seed);

		assert_int_equal(fwrite(&word, 1, sizeof(word), file), sizeof(word));
	}
	assert_int_equal(fclose(file), 0);
	return path;
}

static void expect_same_files(const char *a, const char *b)
{
	FILE *one = fopen(a, "r"), *two = fopen(b, "r");
	int x, y;

	assert_non_null(one);
	assert_non_null(two);
	do {
		x = fgetc(one);
		y = fgetc(two);
	} while (x == y && x != EOF);
	assert_int_equal(x, y);
	fclose(one);
	fclose(two);
}

static void expect_no_round_trip(const char *image, const char *device, const char *words)
{
	const struct dma_trip trip = {.image = image, .device = device, .space_seed = 1};
	struct dma_report report;
	int code;

	capture_begin();
	code = dma_round_trip(&trip, &report);
	capture_one_line(words);
	assert_int_equal(code, 1);
	dma_report_free(&report);
}

static void every_byte_is_compared(void **state)
{
	const char *image = make_image(3 << 20);
	char back[2 * PATH_MAX];
	const struct dma_trip trip = {
		.image = image, .device = "sim:nvme,size=3M", .back = back, .space_seed = 1};
	struct dma_report report;

	(void)state;
	snprintf(back, sizeof(back), "%s/back", root);
	capture_begin();
	assert_int_equal(dma_round_trip(&trip, &report), 0);
	capture_nothing();
	expect_same_files(image, back);
	assert_int_equal(report.bytes, 3 << 20);
	dma_report_free(&report);
	/* A drive that stores nothing and reports success. */
	expect_no_round_trip(image, "sim:nvme,null,size=3M", "byte 0");
}

static void unsuitable_devices(void **state)
{
	const char *image = make_image(3 << 20);

	(void)state;
	expect_no_round_trip(image, "sim:nvme,size=2M",
			     "namespace 1 holds 2 MiB, the image 3 MiB; give a smaller --size");
	expect_no_round_trip(image, "sim:nvme,file=/nowhere/at/all,size=3M", "/nowhere/at/all");
	expect_no_round_trip("/nowhere/at/all", "sim:nvme,size=3M", "/nowhere/at/all");
	expect_no_round_trip(image, "sim:nvme,size=3M,step", "step");
}

static void a_device_by_option(void **state)
{
	struct demo_params params = small();
	struct demo_report report;
	json_t *json;

	(void)state;
	params.device = "sim:nvme,size=16M,lba=4096";
	capture_begin();
	assert_int_equal(demo_run(&params, &report), 0);
	capture_nothing();
	json = demo_json(&params, &report);
	assert_string_equal(json_string_value(json_object_get(json, "device")), params.device);
	assert_string_equal(json_string_value(json_object_get(json, "backend")), "sim");
	check_json(json);
	demo_report_free(&report);
	expect_clean();
	/* The programs check T, not S. */
	fake("e2fsck", "case $2 in */T.img) echo damaged; exit 4; esac");
	expect_failure(&params, "damaged");
}

/* A drive that may hold data is overwritten only with --overwrite; refused before it is opened. */
static void nothing_is_overwritten_without_the_option(void **state)
{
	struct demo_params params = small();
	struct demo_report report;
	char device[2 * PATH_MAX];

	(void)state;
	params.device = "0000:00:1f.7";
	expect_failure(&params, "--overwrite");
	snprintf(device, sizeof(device), "sim:nvme,size=16M,file=%s/disk", root);
	params.device = device;
	expect_failure(&params, "--overwrite");
	assert_int_equal(access(strchr(device, '/'), F_OK), -1);
	params.overwrite = true;
	capture_begin();
	assert_int_equal(demo_run(&params, &report), 0);
	capture_nothing();
	demo_report_free(&report);
	assert_int_equal(access(strchr(device, '/'), F_OK), 0);
	/* Too small: not written either. */
	params.device = "sim:nvme,size=15M";
	expect_failure(&params, "15 MiB");
}

/* The file system is large enough for the tree at every size. */
static void sizes(void **state)
{
	struct demo_params params = small();
	struct demo_report report;

	(void)state;
	params.seed = test_seed();
	for (uint64_t bytes = 1u << 20; bytes <= 8u << 20; bytes *= 2) {
		demo_set_size(&params, bytes);
		capture_begin();
		assert_int_equal(demo_run(&params, &report), 0);
		capture_nothing();
		assert_int_equal(report.tree.bytes, bytes);
		demo_report_free(&report);
	}
	demo_set_size(&params, (64u << 20) + 1);
	assert_int_equal(params.image_bytes, 113u << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_verified, setup, teardown),
		cmocka_unit_test(few_runs_are_all_printed),
		cmocka_unit_test(bad_wires_are_noticed),
		cmocka_unit_test_setup_teardown(keep_keeps_the_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(directories_that_cannot_be_used, setup, teardown),
		cmocka_unit_test_setup_teardown(programs_that_are_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(programs_that_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(external_checks_count, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupted_in_every_step, setup, teardown),
		cmocka_unit_test_setup_teardown(every_byte_is_compared, setup, teardown),
		cmocka_unit_test_setup_teardown(unsuitable_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(a_device_by_option, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten_without_the_option, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sizes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
