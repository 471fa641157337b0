// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma nvme perf through the kernel's driver, on a file, which needs no virtual machine; comparing
 * two; and padma's driver sleeping between interrupts. tests/vm/guest_perf has the rest.
 */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "tree.h"

#define DISK_BYTES (16 << 20)
#define SPAN_BYTES (64 << 10)

static struct tree tree;
static char disk[2 * PATH_MAX];

static int setup(void **state)
{
	int fd;

	(void)state;
	tree_make(&tree);
	snprintf(disk, sizeof(disk), "%s", tree_path(&tree, "disk.img"));
	fd = open(disk, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, DISK_BYTES), 0);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

/* The sum of its bytes: 0 as long as nothing was written. */
static uint64_t content(const char *path)
{
	static unsigned char bytes[DISK_BYTES];
	uint64_t sum = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, DISK_BYTES), DISK_BYTES);
	/* The file has not grown. */
	assert_int_equal(read(fd, bytes, 0), 0);
	close(fd);
	for (size_t i = 0; i < DISK_BYTES; i++)
		sum += bytes[i];
	return sum;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void check_run(const json_t *report, const char *engine, int bs)
{
	const json_t *lat = json_object_get(report, "lat_us");
	double iops = number(report, "iops");

	assert_string_equal(json_string_value(json_object_get(report, "engine")), engine);
	assert_int_equal(json_integer_value(json_object_get(report, "bs")), bs);
	assert_int_equal(json_integer_value(json_object_get(report, "errors")), 0);
	assert_true(number(report, "commands") > 0);
	assert_true(iops > 0);
	assert_true(number(report, "mib_s") > iops * bs / (1 << 20) * 0.999);
	assert_true(number(report, "mib_s") < iops * bs / (1 << 20) * 1.001);
	assert_true(number(lat, "p50") <= number(lat, "p99"));
	assert_true(number(lat, "p99") <= number(lat, "p999"));
	assert_true(number(lat, "p999") <= number(lat, "max"));
	assert_true(number(report, "cpu_us_per_io") >= 0);
}

static void every_mode_through_the_kernel(void **state)
{
	static const char *const modes[] = {"read", "write", "randread", "randwrite", "randrw"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		json_t *report = expect_json("nvme perf %s --rw %s --qd 8 --queues 2 --time 0.05 "
					     "--overwrite --json",
					     disk, modes[i]);

		check_run(report, "kernel", 4096);
		json_decref(report);
		report = expect_json("nvme perf %s --rw %s --qd 4 --queues 3 --bs 64k --time 0.05 "
				     "--verify --overwrite --json",
				     disk, modes[i]);
		check_run(report, "kernel", 65536);
		json_decref(report);
	}
	assert_true(content(disk) > 0);
}

/* A thread that tampers with the file until it is stopped. */
struct vandal {
	int fd;
	int stop; /* atomic */
	pthread_t thread;
};

/* Overwrite the start of the file. */
static void *write_over(void *ctx)
{
	static unsigned char garbage[SPAN_BYTES];
	struct vandal *vandal = ctx;
	uint64_t random = 1;

	while (!__atomic_load_n(&vandal->stop, __ATOMIC_RELAXED)) {
		memset(garbage, (int)test_random(&random), sizeof(garbage));
		if (pwrite(vandal->fd, garbage, sizeof(garbage), 0) != (ssize_t)sizeof(garbage))
			break;
	}
	return NULL;
}

/* Truncate the file and extend it again: reads in between are short. */
static void *cut_off(void *ctx)
{
	struct vandal *vandal = ctx;

	while (!__atomic_load_n(&vandal->stop, __ATOMIC_RELAXED)) {
		if (ftruncate(vandal->fd, SPAN_BYTES) || ftruncate(vandal->fd, DISK_BYTES))
			break;
	}
	return NULL;
}

static bool finds_errors(const char *options, const char *first)
{
	struct run run;
	bool found;

	run_padma(&run, "nvme perf %s --qd 16 --time 0.2 %s", disk, options);
	found = run.status == 1 && strstr(run.err, "wrong data") && strstr(run.err, first);
	run_free(&run);
	return found;
}

static void expect_errors(void *(*spoil)(void *), const char *options, const char *first)
{
	struct vandal vandal = {.fd = open(disk, O_WRONLY | O_CLOEXEC)};
	bool found = false;

	assert_true(vandal.fd >= 0);
	assert_int_equal(pthread_create(&vandal.thread, NULL, spoil, &vandal), 0);
	/* With a single processor the race may need several attempts. */
	for (int i = 0; i < 20 && !found; i++)
		found = finds_errors(options, first);
	__atomic_store_n(&vandal.stop, 1, __ATOMIC_RELAXED);
	pthread_join(vandal.thread, NULL);
	assert_int_equal(ftruncate(vandal.fd, DISK_BYTES), 0);
	close(vandal.fd);
	assert_true(found);
}

static void wrong_data_is_found(void **state)
{
	(void)state;
	expect_errors(write_over, "--rw randrw --span 64k --verify --overwrite",
		      "the first: wrong data");
}

static void short_reads_are_errors(void **state)
{
	(void)state;
	expect_errors(cut_off, "--rw randread", "the first: fewer bytes");
}

static void nothing_is_overwritten_without_the_option(void **state)
{
	static const char *const ways[] = {"--rw write", "--rw randwrite", "--rw randrw",
					   "--rw randrw --mix 100", "--rw read --verify"};
	uint64_t before = content(disk);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		expect_failure(1, "--overwrite", "nvme perf %s %s --time 0.02", disk, ways[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		expect_failure(1, "--overwrite",
			       "nvme perf --compare sim:nvme,size=16M %s %s "
			       "--time 0.02",
			       disk, ways[i]);
	/* A PCI address may be a drive with data, like a path. */
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		expect_failure(1, "--overwrite", "nvme perf ffff:ff:1f.7 %s --time 0.02", ways[i]);
	expect_failure(1, "--overwrite", "nvme write ffff:ff:1f.7 --lba 0");
	expect_failure(1, "ffff:ff:1f.7", "nvme write ffff:ff:1f.7 --lba 0 --overwrite");
	expect_ok("nvme perf %s --rw randread --time 0.02", disk);
	expect_ok("nvme perf %s --rw read --overwrite --time 0.02", disk);
	assert_true(content(disk) == before);
}

static void what_cannot_be_measured(void **state)
{
	struct stat about;

	(void)state;
	expect_failure(1, "No such file", "nvme perf %s/none", tree.root);
	assert_int_equal(stat(tree_path(&tree, "none"), &about), -1);
	expect_failure(1, "block device", "nvme perf %s", tree.root);
	expect_failure(1, "block device", "nvme perf /dev/null");
	close(open(tree_path(&tree, "empty"), O_CREAT | O_CLOEXEC, 0600));
	expect_failure(1, "size", "nvme perf %s/empty", tree.root);
	expect_failure(1, "--hipri", "nvme perf %s --hipri", disk);
	expect_failure(1, "4096", "nvme perf %s --bs 512", disk);
	expect_failure(1, "16777216", "nvme perf %s --span 17M", disk);
	expect_failure(1, "32768", "nvme perf %s --qd 40000", disk);
	expect_failure(2, "--irq", "nvme perf %s --irq", disk);
	expect_failure(2, "--guard", "nvme perf %s --guard", disk);
	expect_failure(2, "pages or exact", "nvme perf sim:nvme --guard=some");
	expect_failure(2, "--nsid", "nvme perf %s --nsid 1", disk);
	expect_failure(2, "--backend", "nvme perf %s --backend pagemap", disk);
	expect_failure(2, "--hipri", "nvme perf sim:nvme --hipri");
	expect_failure(2, "--compare", "nvme perf sim:nvme %s", disk);
	expect_failure(2, "'c'", "nvme perf --compare sim:nvme %s c", disk);
	expect_failure(2, "DEV", "nvme perf --compare");
	expect_failure(2, "--compare", "nvme perf --compare sim:nvme");
	expect_failure(2, "--compare", "nvme perf --compare %s", disk);
	expect_failure(1, "ffff:ff:1f.7", "nvme perf --compare ffff:ff:1f.7");
}

/* The controller fails at the first command of each worker: nothing was measured. */
static void no_report_without_a_measurement(void **state)
{
	static const char *const ways[] = {"", "--json", "--irq",
					   "--compare sim:nvme,size=16M --json"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct run run;

		run_padma(&run, "nvme perf sim:nvme,size=16M,fault=fatal --time 5 %s", ways[i]);
		assert_int_equal(run.status, 1);
		assert_string_equal(run.out, "");
		assert_non_null(strstr(run.err, "failed"));
		run_free(&run);
	}
}

/* JSON for a drive whose name is not UTF-8. */
static void a_name_that_is_no_utf8_is_still_json(void **state)
{
	json_t *report =
		expect_json("nvme perf sim:nvme,size=16M,serial=\xe9\xff --time 0.02 --json");

	(void)state;
	assert_non_null(strstr(json_string_value(json_object_get(report, "device")),
			       "serial=\xef\xbf\xbd\xef\xbf\xbd"));
	json_decref(report);
	json_decref(expect_json("nvme identify sim:nvme,size=16M,serial=\xe9\xff --json"));
}

static void compare_two(void **state)
{
	json_t *both = expect_json("nvme perf --compare %s sim:nvme,size=16M --rw randrw --qd 8 "
				   "--verify --overwrite --time 0.05 --seed 5 --json",
				   disk);
	const json_t *runs = json_object_get(both, "runs");
	const json_t *ratio = json_object_get(both, "ratio");
	const json_t *first = json_array_get(runs, 0), *second = json_array_get(runs, 1);
	double iops = number(second, "iops") / number(first, "iops");

	(void)state;
	assert_int_equal(json_array_size(runs), 2);
	check_run(first, "kernel", 4096);
	check_run(second, "padma", 4096);
	assert_int_equal(json_integer_value(json_object_get(first, "seed")), 5);
	assert_int_equal(json_integer_value(json_object_get(second, "seed")), 5);
	assert_true(number(ratio, "iops") > iops * 0.999 && number(ratio, "iops") < iops * 1.001);
	assert_true(number(ratio, "p50") > 0);
	assert_true(number(ratio, "p99") > 0);
	assert_true(number(ratio, "p999") > 0);
	assert_true(number(ratio, "mib_s") > 0);
	assert_true(number(ratio, "cpu_us_per_io") >= 0);
	json_decref(both);
}

/* With the same data in both runs, lost writes of the second would go unnoticed. */
static void each_run_writes_different_data(void **state)
{
	const char *other = tree_path(&tree, "other.img");
	uint64_t first;

	(void)state;
	expect_ok("nvme perf --compare %s sim:nvme,size=16M,lba=4096,file=%s --rw read --verify "
		  "--overwrite --time 0.02 --seed 5",
		  disk, other);
	first = content(disk);
	assert_true(first > 0);
	assert_true(content(other) > 0);
	assert_true(content(other) != first);
}

static void comparison_table(void **state)
{
	static const char *const rows[] = {"IOPS",     "MiB/s",		 "p50 us", "p99 us",
					   "p99.9 us", "CPU us per I/O", "errors", "ratio"};
	struct run run;

	(void)state;
	run_padma(&run, "nvme perf --compare sim:nvme,size=16M %s --time 0.05", disk);
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	assert_non_null(strstr(run.out, disk));
	assert_non_null(strstr(run.out, "sim:nvme,size=16M"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_non_null(strstr(run.out, rows[i]));
	run_free(&run);
}

/* If one of two drives has errors, the message after the table names it. */
static void errors_of_one_of_two(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run,
		  "nvme perf --compare %s sim:nvme,size=16M,null --rw write --verify --overwrite "
		  "--time 0.05",
		  disk);
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.out, "errors"));
	assert_non_null(strstr(run.err, "sim:nvme,size=16M,null: "));
	assert_non_null(strstr(run.err, "wrong data"));
	assert_non_null(strstr(run.err, "wrong data\n"));
	run_free(&run);
}

static void sleep_until_interrupts(void **state)
{
	static const char *const options[] = {"--qd 1", "--qd 16", "--qd 4 --queues 3"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		json_t *report = expect_json("nvme perf sim:nvme,size=16M %s --irq --rw randrw "
					     "--verify --time 0.1 --json",
					     options[i]);

		check_run(report, "padma", 4096);
		json_decref(report);
	}
	expect_failure(1, "--queues",
		       "nvme perf sim:nvme,size=16M,vectors=2,queues=8 --irq "
		       "--queues 2 --time 0.02");
	expect_failure(1, "--irq", "nvme perf sim:nvme,size=16M,vectors=1 --irq");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_overwritten_without_the_option),
		cmocka_unit_test(every_mode_through_the_kernel),
		cmocka_unit_test(wrong_data_is_found),
		cmocka_unit_test(short_reads_are_errors),
		cmocka_unit_test(what_cannot_be_measured),
		cmocka_unit_test(no_report_without_a_measurement),
		cmocka_unit_test(a_name_that_is_no_utf8_is_still_json),
		cmocka_unit_test(compare_two),
		cmocka_unit_test(each_run_writes_different_data),
		cmocka_unit_test(comparison_table),
		cmocka_unit_test(errors_of_one_of_two),
		cmocka_unit_test(sleep_until_interrupts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
