// SPDX-License-Identifier: BSD-3-Clause
/* The driver for edu on a system that runs out of everything: each call for a resource fails in turn. */
#include "edu_fixture.h"

#include "fail_nth.h"

static int open_the_driver(void *ctx)
{
	struct bed *bed = ctx;

	return padma_edu_open(&bed->edu, bed->device);
}

static int close_the_driver(void *ctx)
{
	struct bed *bed = ctx;

	return padma_edu_close(&bed->edu);
}

static void undo_driver(void *ctx)
{
	must(close_the_driver(ctx));
}

static void check_closed(void *ctx)
{
	const struct bed *bed = ctx;

	assert_null(bed->edu.device);
}

static int use_the_driver(void *ctx)
{
	struct bed *bed = ctx;
	uint32_t result;
	int rc = padma_edu_factorial(&bed->edu, 5, &result);

	rc = rc ? rc : padma_edu_write(&bed->edu, bed->memory, 100, 0);
	rc = rc ? rc : padma_edu_read(&bed->edu, bed->memory, 100, 0);
	return rc;
}

static void test_open_and_close(void **state)
{
	struct fail_nth_call call = {
		.name = "padma_edu_open",
		.act = open_the_driver,
		.undo = undo_driver,
		.check = check_closed,
		.least = 1,
	};
	struct bed bed;

	(void)state;
	open_bed_of(&bed, "sim:edu");
	call.space = bed.space;
	fail_each(&call, &bed);
	fail_none(&call, close_the_driver, &bed);
	close_bed(&bed);
}

static void undo_nothing(void *ctx)
{
	(void)ctx;
}

/* Commands need nothing. */
static void test_commands(void **state)
{
	struct fail_nth_call call = {
		.name = "commands", .act = use_the_driver, .undo = undo_nothing};
	struct bed bed;

	(void)state;
	open_edu_of(&bed, "sim:edu");
	call.space = bed.space;
	fail_each(&call, &bed);
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_and_close),
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
