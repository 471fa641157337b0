// SPDX-License-Identifier: BSD-3-Clause
/* A stream's turn on a port without a card: what is forwarded, held, tried again, dropped, and why. */
#include "test.h"

#include "net/net_fixture.h"
#include "net/test/workers.h"

#define BURST 32u

static struct bed bed;
static struct test_options options;
static struct test test;
static struct test_stream stream;
static struct padma_packet *packets[3 * BURST];

static int setup(void **state)
{
	(void)state;
	fake_begin();
	open_bed(&bed, &(struct padma_port_params){.rx_depth = 64, .tx_depth = 64});
	options = (struct test_options){.burst = BURST};
	test = (struct test){.options = &options};
	stream = (struct test_stream){
		.test = &test,
		.rx = bed.rx[0],
		.tx = bed.tx[0],
		.cache = bed.cache,
		.packets = packets,
		.burst = BURST,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_put_all(bed.cache, packets, stream.held);
	close_bed(&bed);
	return 0;
}

static void arrive(unsigned int n)
{
	uint8_t frame[64] = {0};

	for (unsigned int i = 0; i < n; i++) {
		frame[0] = (uint8_t)i;
		fake_arrive(bed.port, 0, frame, sizeof(frame));
	}
}

/* The frames that were transmitted, in order. */
static unsigned int transmitted(void)
{
	struct fake_frame frame;
	unsigned int n = 0;

	while (fake_take(bed.port, 0, &frame)) {
		assert_int_equal(frame.data[0], n);
		free(frame.data);
		n++;
	}
	return n;
}

static void io_forwards_in_order(void **state)
{
	(void)state;
	stream_turn(&stream); /* fills the ring */
	arrive(20);
	assert_int_equal(stream_turn(&stream), 40);
	assert_int_equal(transmitted(), 20);
	assert_int_equal(stream_turn(&stream), 0);
}

static void a_full_ring_drops_and_counts(void **state)
{
	(void)state;
	stream_turn(&stream);
	fake_control.ring_room = 8;
	fake_control.hung = true;
	arrive(20);
	assert_int_equal(stream_turn(&stream), 28);
	assert_int_equal(padma_counter_read(&stream.stats.tx_dropped), 12);
	assert_int_equal(padma_counter_read(&stream.stats.retries), 0);
	fake_control.hung = false;
}

static unsigned int (*whole_burst)(struct padma_tx_queue *queue,
				   struct padma_packet *const *packets, unsigned int n);

/* A ring that never has room for more than 7. */
static unsigned int narrow(struct padma_tx_queue *queue, struct padma_packet *const *burst,
			   unsigned int n)
{
	return whole_burst(queue, burst, n < 7 ? n : 7);
}

static void retries_come_first(void **state)
{
	(void)state;
	stream_turn(&stream);
	options.retry_num = 3;
	whole_burst = bed.tx[0]->burst;
	bed.tx[0]->burst = narrow;
	arrive(20);
	assert_int_equal(stream_turn(&stream), 40);
	assert_int_equal(padma_counter_read(&stream.stats.tx_dropped), 0);
	assert_int_equal(padma_counter_read(&stream.stats.retries), 2);
	assert_int_equal(transmitted(), 20);
	/* One attempt and three more. */
	arrive(30);
	assert_int_equal(stream_turn(&stream), 58);
	assert_int_equal(padma_counter_read(&stream.stats.tx_dropped), 2);
	assert_int_equal(padma_counter_read(&stream.stats.retries), 5);
	assert_int_equal(transmitted(), 28);
	bed.tx[0]->burst = whole_burst;
}

static unsigned int made;

static unsigned int make(struct test_stream *generating, struct padma_packet **burst,
			 unsigned int n)
{
	while (n < generating->held + 1 || n < BURST) {
		burst[n] = padma_packet_get(generating->cache);
		memset(padma_packet_append(burst[n], 64), (int)made++, 64);
		n++;
	}
	return n < BURST ? n : BURST;
}

static void a_generator_drops_nothing(void **state)
{
	(void)state;
	made = 0;
	stream.rx = NULL;
	stream.mode_burst = make;
	stream.generates = stream.always = true;
	fake_control.ring_room = 8;
	fake_control.hung = true;
	stream_turn(&stream);
	assert_int_equal(stream.held, BURST - 8);
	stream_turn(&stream);
	assert_int_equal(stream.held, BURST - 0u);
	assert_int_equal(padma_counter_read(&stream.stats.tx_dropped), 0);
	fake_control.hung = false;
	/* In the order in which they were made. */
	stream.mode_burst = NULL;
	stream_turn(&stream);
	while (stream.held)
		stream_turn(&stream);
	padma_tx_reap(bed.tx[0], 64);
	assert_int_equal(transmitted(), made);
}

static void a_stopped_port_is_the_reason(void **state)
{
	(void)state;
	stream_turn(&stream);
	arrive(4);
	stream.tx = NULL;
	stream_turn(&stream);
	assert_int_equal(padma_counter_read(&stream.stats.down), 4);
	assert_int_equal(padma_counter_read(&stream.stats.tx_dropped), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(io_forwards_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_ring_drops_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(retries_come_first, setup, teardown),
		cmocka_unit_test_setup_teardown(a_generator_drops_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stopped_port_is_the_reason, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
