// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme on simulated drives: identify, files to blocks and back, perf, and bad input. */
#include "test.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "run.h"
#include "tree.h"

#define FILE_BYTES (3u << 20)

static struct tree tree;
static char disk[2 * PATH_MAX], input[2 * PATH_MAX], output[2 * PATH_MAX];
static unsigned char data[FILE_BYTES];

static void keep_path(char *to, const char *name)
{
	snprintf(to, 2 * PATH_MAX, "%s", tree_path(&tree, name));
}

static void save(const char *path, const void *bytes, size_t count)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

static void expect_content(const char *path, const void *bytes, size_t count)
{
	unsigned char *found = malloc(count + 1);
	FILE *file = fopen(path, "r");

	assert_non_null(found);
	assert_non_null(file);
	assert_int_equal(fread(found, 1, count + 1, file), count);
	assert_memory_equal(found, bytes, count);
	fclose(file);
	free(found);
}

static int setup(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	tree_make(&tree);
	keep_path(disk, "disk.img");
	keep_path(input, "input");
	keep_path(output, "output");
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)test_random(&seed);
	save(input, data, sizeof(data));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void identify_shows_controller_and_namespace(void **state)
{
	json_t *answer = expect_json("nvme identify sim:nvme,size=64M --json");
	json_t *ns = json_array_get(json_object_get(answer, "namespaces"), 0);
	struct run run;

	(void)state;
	assert_non_null(json_string_value(json_object_get(answer, "model")));
	assert_non_null(json_string_value(json_object_get(answer, "serial")));
	assert_string_equal(json_string_value(json_object_get(answer, "device")),
			    "sim:nvme,size=64M");
	assert_string_equal(json_string_value(json_object_get(answer, "backend")), "sim");
	assert_non_null(strstr(json_string_value(json_object_get(answer, "backend_why")),
			       "no other takes such a device"));
	assert_true(json_integer_value(json_object_get(answer, "io_queues")) >= 1);
	assert_int_equal(json_integer_value(json_object_get(ns, "nsid")), 1);
	assert_int_equal(json_integer_value(json_object_get(ns, "bytes")), 64 << 20);
	assert_int_equal(json_integer_value(json_object_get(ns, "lbas")) *
				 json_integer_value(json_object_get(ns, "lba_bytes")),
			 64 << 20);
	json_decref(answer);

	run_padma(&run, "nvme identify sim:nvme,size=64M");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "namespace 1\n"));
	assert_non_null(strstr(run.out, "64 MiB\n"));
	run_free(&run);
}

static void a_file_is_read_back_unchanged(void **state)
{
	struct run run;

	(void)state;
	expect_ok("nvme write sim:nvme,size=16M,file=%s --lba 5 -i %s", disk, input);
	expect_ok("nvme read sim:nvme,size=16M,file=%s --lba 5 --count %u -o %s", disk,
		  FILE_BYTES / 512, output);
	expect_content(output, data, sizeof(data));
	/* The same through standard input and output: a single block in the middle. */
	run_padma(&run, "nvme read sim:nvme,size=16M,file=%s --lba 1005 --count 1", disk);
	assert_int_equal(run.status, 0);
	assert_int_equal(run.out_bytes, 512);
	assert_memory_equal(run.out, data + 1000 * 512, 512);
	run_free(&run);
	save(output, data, 1024);
	expect_ok("nvme write sim:nvme,size=16M,file=%s --lba 0x2000 < %s", disk, output);
	expect_ok("nvme read sim:nvme,size=16M,file=%s --lba 8192 --count 2 -o %s", disk, output);
	expect_content(output, data, 1024);
}

static void padding_of_the_last_block(void **state)
{
	unsigned char padded[1024] = {0};
	struct stat about;

	(void)state;
	memcpy(padded, data, 700);
	save(output, data, 700);
	expect_failure(1, "--pad", "nvme write sim:nvme,size=16M,file=%s --lba 30000 -i %s", disk,
		       output);
	expect_ok("nvme write sim:nvme,size=16M,file=%s --lba 30000 --pad -i %s", disk, output);
	expect_ok("nvme read sim:nvme,size=16M,file=%s --lba 30000 --count 2 -o %s", disk, output);
	expect_content(output, padded, sizeof(padded));
	assert_int_equal(stat(output, &about), 0);
}

static void blocks_out_of_range(void **state)
{
	(void)state;
	save(output, "untouched", 9);
	expect_failure(1, "2048", "nvme read sim:nvme,size=1M --lba 2048 --count 1");
	expect_failure(1, "beyond", "nvme read sim:nvme,size=1M --lba 2047 --count 2");
	expect_failure(1, "beyond",
		       "nvme read sim:nvme,size=1M --lba 18446744073709551615 --count 1");
	expect_failure(1, "beyond",
		       "nvme read sim:nvme,size=1M --lba 1 --count 18446744073709551615");
	expect_failure(1, "beyond", "nvme write sim:nvme,size=1M --lba 0 -i %s", input);
	expect_failure(1, "beyond", "nvme write sim:nvme,size=1M --lba 2048");
	expect_failure(1, "namespace 9", "nvme read sim:nvme,size=1M --nsid 9 --lba 0 --count 1");
}

static void files_that_cannot_be_used(void **state)
{
	(void)state;
	expect_failure(1, "/nowhere/in", "nvme write sim:nvme,size=1M --lba 0 -i /nowhere/in");
	expect_failure(1, "Is a directory", "nvme write sim:nvme,size=1M --lba 0 -i %s", tree.root);
	expect_failure(1, "/nowhere/out",
		       "nvme read sim:nvme,size=1M --lba 0 --count 1 -o /nowhere/out");
	expect_failure(1, "No space left",
		       "nvme read sim:nvme,size=1M --lba 0 --count 1 -o /dev/full");
	expect_failure(1, "No space left",
		       "nvme read sim:nvme,size=1M --lba 0 --count 1 > /dev/full");
	/* An error of the device leaves the output file alone. */
	save(output, "untouched", 9);
	expect_failure(1, "sim:", "nvme read sim:nothing --lba 0 --count 1 -o %s", output);
	expect_content(output, "untouched", 9);
	/* So does a range that does not exist, and a drive is not read into itself. */
	expect_failure(1, "beyond", "nvme read sim:nvme,size=1M --lba 5000 --count 1 -o %s",
		       output);
	expect_content(output, "untouched", 9);
	expect_ok("nvme write sim:nvme,size=16M,file=%s --lba 0 -i %s", disk, input);
	expect_failure(1, "is locked", "nvme read sim:nvme,file=%s --lba 0 --count 1 -o %s", disk,
		       disk);
	expect_ok("nvme read sim:nvme,file=%s --lba 0 --count %u -o %s", disk, FILE_BYTES / 512,
		  output);
	expect_content(output, data, sizeof(data));
	/* A longer file is truncated to what is read. */
	expect_ok("nvme read sim:nvme,file=%s --lba 0 --count 1 -o %s", disk, output);
	expect_content(output, data, 512);
}

static void devices_that_cannot_be_opened(void **state)
{
	static const char *const names[] = {
		"sim:",
		"sim:floppy",
		"sim:nvme,sizes=1G",
		"sim:nvme,size=0",
		"sim:nvme,size=1Q",
		"sim:nvme,file=/nowhere/x",
		"ffff:ff:1f.7",
		"nvme0",
		"/dev/nvme0n1",
	};
	static const char *const commands[] = {"identify", "perf --time 0.01",
					       "read --lba 0 --count 1", "write --lba 0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(commands); j++)
			expect_failure(1, "", "nvme %s %s", commands[j], names[i]);
	}
	/* A wrong key lists the right ones. */
	expect_failure(1, "size", "nvme identify sim:nvme,sizes=1G");
	expect_failure(1, "nvme", "nvme identify sim:floppy");
	/* A typo in the file name does not create a drive. */
	expect_failure(1, "size=", "nvme identify sim:nvme,file=%s/typo.img", tree.root);
	expect_failure(1, "step", "nvme identify sim:nvme,step,size=1M");
}

/* One line, whatever a name contains, and its advice is not truncated. */
static void control_characters_and_long_names(void **state)
{
	static char serial[5001];

	(void)state;
	memset(serial, 'a', sizeof(serial) - 1);
	expect_failure(1, "20", "nvme identify sim:nvme,serial=%s", serial);
	expect_failure(1, "a?b?c", "nvme identify a\nb\nc");
	expect_failure(2, "a?b", "nvme a\nb");
	expect_failure(2, "identify", "nvme %s", serial);
	expect_failure(2, "padma nvme perf --help", "nvme perf sim:nvme --qd %s", serial);
	expect_failure(2, "padma nvme perf --help", "nvme perf sim:nvme --%s", serial);
}

static void keys_are_listed(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "nvme --help");
	assert_non_null(strstr(run.out, "sim:nvme,help"));
	run_free(&run);
	expect_failure(1, "size, lba, file", "nvme identify sim:nvme,help");
	expect_failure(1, "educational", "nvme identify sim:edu,help");
}

/* A row of the table in docs/simulated-devices.md begins with the key. */
static bool is_documented(const char *key)
{
	size_t length = strlen(key);
	bool found = false;
	char line[1024];
	FILE *file = fopen(PADMA_KEYS, "re");

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strncmp(line, "| `", 3) == 0 && strncmp(line + 3, key, length) == 0 &&
			strchr("=`", line[3 + length]);
	fclose(file);
	return found;
}

static void keys_are_documented(void **state)
{
	static const char intro[] = "the keys are ";
	char *save = NULL, *list;
	struct run run;

	(void)state;
	run_padma(&run, "nvme identify sim:nvme,help");
	list = strstr(run.err, intro);
	assert_non_null(list);
	for (char *key = strtok_r(list + strlen(intro), ", \n", &save); key;
	     key = strtok_r(NULL, ", \n", &save)) {
		if (!is_documented(key))
			print_error("%s lacks '%s'\n", PADMA_KEYS, key);
		assert_true(is_documented(key));
	}
	run_free(&run);
}

static void wrong_usage(void **state)
{
	(void)state;
	expect_failure(2, "missing", "nvme");
	expect_failure(2, "format", "nvme format");
	expect_failure(2, "DEV is missing", "nvme identify");
	expect_failure(2, "DEV is missing", "nvme perf");
	expect_failure(2, "DEV is missing", "nvme read --lba 0 --count 1");
	expect_failure(2, "--lba", "nvme read sim:nvme --count 1");
	expect_failure(2, "--count", "nvme read sim:nvme --lba 0");
	expect_failure(2, "--lba", "nvme write sim:nvme");
	expect_failure(2, "sim:nvme", "nvme identify sim:nvme sim:nvme");
	expect_failure(2, "'x'", "nvme perf sim:nvme x");
	expect_failure(2, "--count", "nvme read sim:nvme --lba 0 --count 0");
	expect_failure(2, "'-1'", "nvme read sim:nvme --lba -1 --count 1");
	expect_failure(2, "'ten'", "nvme write sim:nvme --lba ten");
	expect_failure(2, "--nsid", "nvme perf sim:nvme --nsid 0");
	expect_failure(2, "trim", "nvme perf sim:nvme --rw trim");
	expect_failure(2, "4q", "nvme perf sim:nvme --bs 4q");
	expect_failure(2, "--bs", "nvme perf sim:nvme --bs 0");
	expect_failure(2, "--qd", "nvme perf sim:nvme --qd 0");
	expect_failure(2, "--queues", "nvme perf sim:nvme --queues 0");
	expect_failure(2, "0 to 9223372036854775807",
		       "nvme perf sim:nvme --seed 18446744073709551615");
	expect_failure(2, "--time", "nvme perf sim:nvme --time 0");
	expect_failure(2, "--mix", "nvme perf sim:nvme --mix 101");
}

static void perf_invalid_parameters(void **state)
{
	(void)state;
	expect_failure(1, "512", "nvme perf sim:nvme,size=1M --bs 1000");
	expect_failure(1, "4096", "nvme perf sim:nvme,size=1M,lba=4096 --bs 512");
	expect_failure(1, "--qd", "nvme perf sim:nvme,size=1M --bs 64k --qd 17");
	expect_failure(1, "1048576", "nvme perf sim:nvme,size=1M --span 2M");
	expect_failure(1, "1024", "nvme perf sim:nvme,size=1M --bs 513");
	expect_failure(1, "--span", "nvme perf sim:nvme,size=1M --span 2M");
	expect_failure(1, "--queues", "nvme perf sim:nvme,size=64M,queues=2 --queues 3");
	expect_failure(1, "namespace 3", "nvme perf sim:nvme,size=1M --nsid 3");
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void check_report(const json_t *report, uint64_t bs)
{
	static const char *const order[] = {"p50", "p99", "p999", "max"};
	const json_t *lat = json_object_get(report, "lat_us");
	double iops = number(report, "iops");

	assert_true(iops > 0);
	assert_true(number(report, "commands") > 0);
	assert_true(number(report, "mib_s") > iops * (double)bs / (1 << 20) * 0.999);
	assert_true(number(report, "mib_s") < iops * (double)bs / (1 << 20) * 1.001);
	assert_true(number(lat, "avg") > 0);
	assert_true(number(lat, "avg") <= number(lat, "max"));
	for (size_t i = 1; i < ARRAY_SIZE(order); i++)
		assert_true(number(lat, order[i - 1]) <= number(lat, order[i]));
	assert_string_equal(json_string_value(json_object_get(report, "backend")), "sim");
	assert_int_equal(json_integer_value(json_object_get(report, "errors")), 0);
	assert_true(json_is_integer(json_object_get(report, "errors")));
}

/* Without hugepages, ordinary pages are used: the OOM killer would end an oversized mapping. */
static void map_more_than_available(void **state)
{
	unsigned long long available = 0;
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];

	(void)state;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %llu kB", &available) == 1)
			break;
	}
	if (file)
		fclose(file);
	if (available == 0 || available >= 60ull << 20)
		skip();
	/* Or, of hugepages: "32768 hugepages of 2048 KiB wanted, 5 of 8 free". */
	expect_failure(1, "wanted", "bench map --size 64G");
}

static void perf_reports_every_mode(void **state)
{
	static const char *const modes[] = {"read", "write", "randread", "randwrite", "randrw"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		json_t *report =
			expect_json("nvme perf sim:nvme,size=16M --rw %s --qd 8 --queues 2 "
				    "--time 0.05 --json",
				    modes[i]);

		check_report(report, 4096);
		json_decref(report);
		report =
			expect_json("nvme perf sim:nvme,size=4M --rw %s --qd 4 --queues 3 --bs 64k "
				    "--time 0.05 --verify --guard=exact --json",
				    modes[i]);
		check_report(report, 65536);
		json_decref(report);
	}
}

/* Larger than one command: the parts of split commands fill the queue. */
static void perf_verifies_large_transfers(void **state)
{
	json_t *report =
		expect_json("nvme perf sim:nvme,size=64M,mdts=128k --rw randrw --bs 2M --qd 4 "
			    "--time 0.05 --mix 30 --verify --json");

	(void)state;
	check_report(report, 2 << 20);
	json_decref(report);
}

/* A drive that stores nothing must fail the verification. */
static void perf_finds_wrong_data(void **state)
{
	json_int_t errors;
	struct run run;
	json_t *report;

	(void)state;
	run_padma(&run, "nvme perf sim:nvme,size=16M,null --rw write --queues 8 --qd 8 --time 0.05 "
			"--verify --json");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.err, "wrong data"));
	report = json_loads(run.out, 0, NULL);
	assert_non_null(report);
	/* Every write is read back, even when the time ends. */
	errors = json_integer_value(json_object_get(report, "errors"));
	assert_true(errors > 0);
	assert_int_equal(json_integer_value(json_object_get(report, "commands")), errors);
	json_decref(report);
	run_free(&run);
	expect_failure(1, "wrong data",
		       "nvme perf sim:nvme,size=16M,null --rw randread --time 0.05 --verify");
}

static void perf_text_output(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "nvme perf sim:nvme,size=16M --time 0.05");
	assert_int_equal(run.status, 0);
	/* No progress line without a terminal. */
	assert_string_equal(run.err, "");
	assert_non_null(strstr(run.out, "randread of 4 KiB on sim:nvme,size=16M: 1 queue x 32"));
	assert_non_null(strstr(run.out, " IOPS, "));
	assert_non_null(strstr(run.out, "p99.9 "));
	run_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_shows_controller_and_namespace),
		cmocka_unit_test(a_file_is_read_back_unchanged),
		cmocka_unit_test(padding_of_the_last_block),
		cmocka_unit_test(blocks_out_of_range),
		cmocka_unit_test(files_that_cannot_be_used),
		cmocka_unit_test(devices_that_cannot_be_opened),
		cmocka_unit_test(control_characters_and_long_names),
		cmocka_unit_test(keys_are_listed),
		cmocka_unit_test(keys_are_documented),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(perf_invalid_parameters),
		cmocka_unit_test(map_more_than_available),
		cmocka_unit_test(perf_reports_every_mode),
		cmocka_unit_test(perf_verifies_large_transfers),
		cmocka_unit_test(perf_finds_wrong_data),
		cmocka_unit_test(perf_text_output),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
