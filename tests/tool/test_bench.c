// SPDX-License-Identifier: BSD-3-Clause
/* padma bench and padma demo from the command line: keys, exit codes, signals. */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "tree.h"

/* Each key exists with a value above 0: a cost that was not measured would be 0. */
static void check_keys(json_t *json, const char *const *keys)
{
	for (; *keys; keys++) {
		const json_t *value = json_object_get(json, *keys);

		if (!json_is_number(value) || json_number_value(value) <= 0)
			print_message("\"%s\" is missing or not above 0\n", *keys);
		assert_true(json_is_number(value));
		assert_true(json_number_value(value) > 0);
	}
	json_decref(json);
}

static void pa(void **state)
{
	static const char *const keys[] = {"random_ns",	 "random_large_ns",    "dependent_ns",
					   "run128k_ns", "registered_huge_ns", "registered_4k_ns",
					   NULL};

	(void)state;
	check_keys(expect_json("bench pa --json"), keys);
}

static void pool(void **state)
{
	static const char *const keys[] = {"getput_ns", "bulk32_ns", NULL};

	(void)state;
	check_keys(expect_json("bench pool --json"), keys);
}

static void handoff(void **state)
{
	static const char *const keys[] = {"spsc_ns", "spsc_bulk32_ns", "spsc_thread_ns",
					   "mpmc_ns", "mpmc_bulk32_ns", "mpmc_thread_ns",
					   NULL};

	(void)state;
	check_keys(expect_json("bench handoff --json"), keys);
}

static void alloc(void **state)
{
	static const char *const keys[] = {"live",	 "alloc_ns", "free_ns",
					   "replace_ns", "pair_ns",  NULL};
	json_t *json;

	(void)state;
	json = expect_json("bench alloc --live 3000 --json");
	assert_int_equal(json_integer_value(json_object_get(json, "live")), 3000);
	check_keys(json, keys);
}

static void registered(void **state)
{
	static const char *const keys[] = {"count",	"register_us", "unregister_us",
					   "lookup_ns", "total_s",     NULL};
	json_t *json;

	(void)state;
	json = expect_json("bench register --count 700 --json");
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 700);
	check_keys(json, keys);
	check_keys(expect_json("bench register --count 1 --json"), keys);
}

static void map(void **state)
{
	static const char *const keys[] = {"bytes",  "runs",	   "queries",
					   "map_ms", "resolve_ms", NULL};
	json_t *json;

	(void)state;
	json = expect_json("bench map --size 8M --json");
	assert_int_equal(json_integer_value(json_object_get(json, "bytes")), 8 << 20);
	assert_true(json_is_integer(json_object_get(json, "runs")));
	assert_true(json_is_integer(json_object_get(json, "queries")));
	check_keys(json, keys);
}

static void submit(void **state)
{
	static const char *const keys[] = {"submit_ns", "complete_ns", "commands_per_s",
					   "floor_ns",	"times_floor", NULL};
	static const char *const options[] = {"", "--bs 128k --qd 7 --batch 3 --guard --rw write",
					      "--qd 1 --batch 1 --queues 64"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		check_keys(expect_json("bench submit --trials 1 --json %s", options[i]), keys);
}

static void net(void **state)
{
	static const char *const keys[] = {
		"rx_ns", "tx_ns", "forward_ns", "floor_rx_ns", "floor_tx_ns", "times_floor", NULL};
	static const char *const guarded[] = {"guard_rx_ns", "guard_tx_ns", "guard_forward_ns",
					      NULL};
	static const char *const options[] = {"--driver e1000e --queues 3 --depth 128 --burst 5",
					      "--driver e1000 --size 1514 --depth 4096",
					      "--driver virtio-net --queues 2 --packed"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		check_keys(expect_json("bench net --trials 1 --json %s", options[i]), keys);
	check_keys(expect_json("bench net --trials 1 --json --guard --driver e1000e"), guarded);
}

static void text_output(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "bench map --size 2M");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "resolve_ms"));
	assert_string_equal(run.err, "");
	run_free(&run);
}

static void wrong_usage(void **state)
{
	(void)state;
	expect_failure(2, "missing", "bench");
	expect_failure(2, "\'x\'", "bench pa x");
	expect_failure(2, "--live", "bench alloc --live 0");
	expect_failure(2, "--count", "bench register --count 0");
	expect_failure(2, "--size", "bench map --size 1M");
	expect_failure(2, "multiple", "bench submit --bs 1000");
	expect_failure(2, "--qd", "bench submit --qd 0");
	expect_failure(2, "--batch", "bench submit --batch 0");
	expect_failure(2, "--queues", "bench submit --queues 257");
	expect_failure(2, "trim", "bench submit --rw trim");
	expect_failure(2, "--trials", "bench submit --trials 102");
	expect_failure(2, "e1001", "bench net --driver e1001");
	expect_failure(2, "--burst", "bench net --burst 513");
	expect_failure(2, "power of two", "bench net --depth 1000");
	expect_failure(2, "--packed", "bench net --driver e1000e --packed");
	expect_failure(2, "\'x\'", "demo x");
	expect_failure(2, "--seed", "demo --seed 0");
}

static void demo_verifies(void **state)
{
	static const char *const keys[] = {"seed",	     "seconds",	  "write_mib_s",
					   "read_mib_s",     "submit_ns", "complete_ns",
					   "commands_per_s", NULL};
	struct tree tree;
	json_t *json;

	(void)state;
	tree_make(&tree);
	json = expect_json("demo --quick --seed 3 --json --dir %s", tree.root);
	assert_true(json_is_true(json_object_get(json, "verified")));
	assert_true(json_is_array(json_object_get(json_object_get(json, "memory"), "layout")));
	check_keys(json, keys);
	json_decref(
		expect_json("demo --size 1M --packets 0 --device sim:nvme,size=18M --json --dir %s",
			    tree.root));
	/* Only an empty directory can be removed. */
	assert_int_equal(rmdir(tree.root), 0);
}

static void demo_invalid_parameters(void **state)
{
	(void)state;
	expect_failure(1, "--dir",
		       "demo --quick --dir /nowhere/at/all "
		       "--json");
	expect_failure(2, "--device", "bench map --backend pagemap");
	expect_failure(1, "--overwrite", "demo --device 0000:00:1f.7");
	expect_failure(1, "--size", "demo --device sim:nvme,size=17M --size 1M --json");
	expect_failure(2, "--size", "demo --size 1");
	expect_failure(2, "--size", "demo --size 2G");
}

/* A program that the demo runs sends it SIGINT or SIGTERM: it cleans up and dies of the signal. */
static void demo_interrupted(void **state)
{
	const char *list = getenv("PATH");
	char *before = strdup(list ? list : "/usr/bin:/bin");
	char path[2 * PATH_MAX];
	struct tree tree;
	struct run run;

	(void)state;
	assert_non_null(before);
	tree_make(&tree);
	tree_directory(&tree, "work");
	tree_file(&tree, "fakes/e2fsck", "#!/bin/sh\nkill -TERM $PPID\nexec sleep 60\n");
	assert_int_equal(chmod(tree_path(&tree, "fakes/e2fsck"), 0755), 0);
	snprintf(path, sizeof(path), "%s:%s", tree_path(&tree, "fakes"), before);
	assert_int_equal(setenv("PATH", path, 1), 0);
	run_padma(&run, "demo --quick --json --dir %s", tree_path(&tree, "work"));
	assert_int_equal(setenv("PATH", before, 1), 0);
	free(before);
	assert_int_equal(run.status, 128 + SIGTERM);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "");
	run_free(&run);
	assert_int_equal(rmdir(tree_path(&tree, "work")), 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pa),
		cmocka_unit_test(pool),
		cmocka_unit_test(handoff),
		cmocka_unit_test(alloc),
		cmocka_unit_test(registered),
		cmocka_unit_test(map),
		cmocka_unit_test(submit),
		cmocka_unit_test(net),
		cmocka_unit_test(text_output),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(demo_verifies),
		cmocka_unit_test(demo_invalid_parameters),
		cmocka_unit_test(demo_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
