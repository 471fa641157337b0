// SPDX-License-Identifier: BSD-3-Clause
/* Ports on a system that runs out of everything: each call for a resource fails in turn. */
#include "net/net_fixture.h"

#include "fail_nth.h"

static void undo_nothing(void *ctx)
{
	(void)ctx;
}

static int open_port(void *ctx)
{
	struct bed *bed = ctx;

	return padma_port_open(bed->device, &bed->port);
}

static int close_port(void *ctx)
{
	struct bed *bed = ctx;
	int rc = padma_port_close(bed->port);

	if (rc == 0)
		bed->port = NULL;
	return rc;
}

static void undo_port(void *ctx)
{
	must(close_port(ctx));
}

static void check_no_port(void *ctx)
{
	assert_null(((struct bed *)ctx)->port);
}

static void test_open(void **state)
{
	struct fail_nth_call call = {.name = "padma_port_open",
				     .act = open_port,
				     .undo = undo_port,
				     .check = check_no_port,
				     .least = 3};
	struct bed bed;

	(void)state;
	fake_begin();
	open_memory(&bed);
	call.space = bed.space;
	fail_each(&call, &bed);
	fail_none(&call, close_port, &bed);
	close_memory(&bed);
}

static int configure(void *ctx)
{
	const struct padma_port_params params = {.interrupts = true, .rx_queues = 2};

	return padma_port_configure(((struct bed *)ctx)->port, &params);
}

/* A port cannot be made unconfigured again. */
static void undo_configure(void *ctx)
{
	undo_port(ctx);
	must(open_port(ctx));
}

static void check_not_configured(void *ctx)
{
	assert_int_equal(padma_port_state(((struct bed *)ctx)->port), PADMA_PORT_OPENED);
}

static void test_configure(void **state)
{
	struct fail_nth_call call = {.name = "padma_port_configure",
				     .act = configure,
				     .undo = undo_configure,
				     .check = check_not_configured,
				     .least = 2};
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	call.space = bed.space;
	fail_each(&call, &bed);
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

static int open_the_queues(void *ctx)
{
	struct bed *bed = ctx;
	int rc = padma_rx_queue_open(bed->port, 0, bed->cache, &bed->rx[0]);

	if (rc == 0)
		rc = padma_tx_queue_open(bed->port, 0, bed->cache, &bed->tx[0]);
	if (rc && bed->rx[0]) {
		must(padma_rx_queue_close(bed->rx[0]));
		bed->rx[0] = NULL;
	}
	return rc;
}

static void undo_queues(void *ctx)
{
	close_queues(ctx);
}

static void check_no_queues(void *ctx)
{
	const struct bed *bed = ctx;

	assert_true(!bed->rx[0] && !bed->tx[0] && !bed->port->rx[0] && !bed->port->tx[0]);
}

static void test_queues(void **state)
{
	struct fail_nth_call call = {.name = "queues",
				     .act = open_the_queues,
				     .undo = undo_queues,
				     .check = check_no_queues,
				     .least = 4};
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	must(padma_port_configure(bed.port, NULL));
	call.space = bed.space;
	fail_each(&call, &bed);
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

/* A reset that fails for lack of memory is finished by the next call. */
static int reset(void *ctx)
{
	struct bed *bed = ctx;
	struct padma_packet *got[4];

	padma_port_reset_begin(bed->port);
	(void)padma_rx_burst(bed->rx[0], got, 4);
	(void)padma_tx_reap(bed->tx[0], 4);
	return padma_port_reset_finish(bed->port);
}

static void check_resetting(void *ctx)
{
	assert_int_equal(padma_port_state(((struct bed *)ctx)->port), PADMA_PORT_RESETTING);
}

static void test_reset(void **state)
{
	struct fail_nth_call call = {.name = "padma_port_reset_finish",
				     .act = reset,
				     .undo = undo_nothing,
				     .check = check_resetting,
				     .least = 2};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	call.space = bed.space;
	fail_each(&call, &bed);
	close_bed(&bed);
}

static int filter(void *ctx)
{
	static const uint8_t macs[2 * PADMA_MAC_BYTES] = {1};

	return padma_port_filter(((struct bed *)ctx)->port, macs, 2, true, false);
}

static void undo_filter(void *ctx)
{
	must(padma_port_filter(((struct bed *)ctx)->port, NULL, 0, false, false));
}

static void check_filter(void *ctx)
{
	assert_int_equal(((struct bed *)ctx)->port->filter.count, 0);
}

static void test_filter(void **state)
{
	struct fail_nth_call call = {.name = "padma_port_filter",
				     .act = filter,
				     .undo = undo_filter,
				     .check = check_filter,
				     .least = 1};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, NULL);
	call.space = bed.space;
	fail_each(&call, &bed);
	close_bed(&bed);
}

static int open_pool(void *ctx)
{
	const struct padma_packet_pool_params params = {.count = 64};
	struct bed *bed = ctx;
	struct padma_pool *pool;
	int rc = padma_packet_pool_open(bed->space, &params, &pool);

	return rc ? rc : padma_pool_close(pool);
}

static void test_pool(void **state)
{
	struct fail_nth_call call = {.name = "padma_packet_pool_open",
				     .act = open_pool,
				     .undo = undo_nothing,
				     .least = 2};
	struct bed bed;

	(void)state;
	fake_begin();
	open_memory(&bed);
	call.space = bed.space;
	fail_each(&call, &bed);
	close_memory(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),   cmocka_unit_test(test_configure),
		cmocka_unit_test(test_queues), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_filter), cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
