// SPDX-License-Identifier: BSD-3-Clause
/* padma net test: everything is opened, run, and closed in order, whatever happens in between. */
#include "net/test/test.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <padma/time.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/interrupt.h"
#include "common/publish.h"
#include "net/test/control.h"
#include "net/test/modes/generate.h"
#include "net/test/ports.h"
#include "net/test/record.h"
#include "net/test/replay.h"
#include "net/test/report.h"
#include "net/test/workers.h"

static unsigned int processors(void)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 1;
	return (unsigned int)CPU_COUNT(&allowed);
}

static void plan(struct test *test)
{
	const struct test_options *options = test->options;
	unsigned int wanted;

	test->mode = options->mode;
	test->queues = options->rxq ? options->rxq : options->txq ? options->txq : 1;
	test->stream_count = options->port_count * test->queues;
	wanted = options->cores	       ? options->cores
		 : options->core_count ? options->core_count
				       : processors();
	test->worker_count = wanted < test->stream_count ? wanted : test->stream_count;
	test->ticks_per_second = padma_ticks_per_second();
	/* Packets of an earlier run, or of another sender, must not be taken for this one's. */
	if (getrandom(&test->run, sizeof(test->run), 0) != sizeof(test->run))
		test->run = (uint16_t)padma_ticks();
}

static int open_files(struct test *test)
{
	const struct test_options *options = test->options;
	uint32_t frame_max = (options->mtu ? options->mtu : 1500u) + 18; /* with a tag */
	int status = 0;

	if (options->replay)
		status = replay_open(options->replay, frame_max, &test->replay);
	if (status == 0 && options->capture)
		status = record_open(options->capture, test->worker_count, &test->record);
	return status;
}

static int open_all(struct test *test)
{
	int status = open_files(test);

	if (status == 0)
		status = ports_open(test);
	if (status == 0)
		status = ports_open_pool(test);
	if (status == 0)
		status = workers_open(test);
	return status ? status : ports_start(test);
}

static int run(struct test *test)
{
	const char *why;
	int status;

	test->command = TEST_WARM;
	status = workers_start(test);
	if (status == 0)
		status = control_run(test);
	workers_join(test);
	why = workers_why(test);
	return why && status == 0 ? complain("%s", why) : status;
}

/* What is not with a device returns to the pool, and what is missing then is lost for good. */
static int stop(struct test *test, int status)
{
	ports_drain(test);
	status = ports_stop(test, status);
	if (test->streams)
		workers_release(test);
	if (test->pool)
		test->leaked = test->pool_count - padma_pool_available(test->pool);
	return status;
}

static int test_run(struct test *test)
{
	struct test_report *report = NULL;
	int status = open_all(test), started = status == 0;

	if (started) {
		status = run(test);
		report = report_collect(test);
	}
	status = stop(test, status);
	if (record_close(test->record) && status == 0)
		status = EXIT_FAILURE;
	if (report)
		status = report_print(test, report, status);
	workers_close(test);
	status = ports_close(test, status);
	report_free(report);
	record_free(test->record);
	replay_close(test->replay);
	return status;
}

int net_test_command(int argc, char **argv)
{
	static struct test_options options;
	struct test test = {.options = &options};
	int status;

	test_options_parse(&options, argc, argv);
	padma_clock_init();
	interrupt_catch();
	publish_counters(argv[0]);
	plan(&test);
	status = test_run(&test);
	/* An interrupted run has ended in order, with its report: its exit code says how. */
	return status;
}
