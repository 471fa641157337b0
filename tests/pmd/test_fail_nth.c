// SPDX-License-Identifier: BSD-3-Clause
/* The kit on a system that runs out of memory, descriptors or threads: each call fails, and keeps nothing. */
#include "fail_nth.h"
#include "test.h"

#include <unistd.h>

#include <padma/counter.h>
#include <padma/pmd/handoff.h>
#include <padma/pmd/tags.h>
#include <padma/stats.h>

static char directory[] = "/tmp/padma-stats.XXXXXX";

static int use_tags(void *ctx)
{
	struct padma_tags tags = {0};
	int rc = padma_tags_open(&tags, 12, 100);

	(void)ctx;
	if (rc)
		assert_null(tags.words);
	padma_tags_close(&tags);
	return rc;
}

static int use_handoff(void *ctx)
{
	struct padma_handoff *plain = NULL, *many = NULL;
	int rc = padma_handoff_open(100, 0, &plain);

	(void)ctx;
	if (!rc)
		rc = padma_handoff_open(100, PADMA_HANDOFF_MANY_PRODUCERS, &many);
	assert_int_equal(padma_handoff_close(plain), 0);
	assert_int_equal(padma_handoff_close(many), 0);
	return rc;
}

static int use_counters(void *ctx)
{
	static const struct padma_counter_name names[] = {{"packets", 0}};
	struct padma_counter packets = {0};
	const struct padma_counter_set set = {
		.name = "card", .base = &packets, .names = names, .count = 1};
	struct padma_counters *counters = NULL;
	int rc = padma_counters_register(&set, &counters);

	(void)ctx;
	assert_int_equal(padma_counters_get(NULL, 0), rc ? 0 : 1);
	padma_counters_unregister(counters);
	return rc;
}

static int use_stats(void *ctx)
{
	const struct padma_stats_params params = {.directory = directory};
	struct padma_stats *stats = NULL;
	int rc = padma_stats_serve(&params, &stats);

	(void)ctx;
	padma_stats_close(stats);
	return rc;
}

static void nothing(void *ctx)
{
	(void)ctx;
}

static void test_each(void **state)
{
	/* Each opens and closes: there is nothing to undo. */
	static const struct fail_nth_call calls[] = {
		{.name = "tags", .act = use_tags, .undo = nothing, .least = 2},
		{.name = "handoff", .act = use_handoff, .undo = nothing, .least = 4},
		{.name = "counters", .act = use_counters, .undo = nothing, .least = 1},
		{.name = "stats", .act = use_stats, .undo = nothing, .least = 3},
	};

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		fail_each(&calls[i], NULL);
	/* No socket is left. */
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
