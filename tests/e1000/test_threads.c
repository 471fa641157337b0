// SPDX-License-Identifier: BSD-3-Clause
/*
 * Two threads, a queue each, and a control thread that looks after the port and resets it: two cards back to back, which run
 * in threads of their own. For the thread sanitizer, and for what only shows with real concurrency.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include <padma/time.h>

#include "bed.h"

#define RESETS	4u
#define PER_RUN 2000u

struct end {
	struct padma_device *device;
	struct padma_port *port;
	struct padma_rx_queue *rx[2];
	struct padma_tx_queue *tx[2];
};

struct worker {
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	unsigned int number;
	uint64_t received; /* atomic */
	bool stop;	   /* atomic */
};

static void send_some(struct worker *worker)
{
	struct padma_packet *packets[BURST];
	unsigned int n = 0, sent;
	uint8_t data[256];

	for (; n < BURST; n++) {
		unsigned int bytes = nic_frame(data, (const uint8_t *)"\xff\xff\xff\xff\xff\xff",
					       false, true, 60 + n, 64 * worker->number + n);

		packets[n] = padma_packet_get(worker->cache);
		if (!packets[n])
			break;
		memcpy(padma_packet_append(packets[n], bytes), data, bytes);
		packets[n]->l2_bytes = 14;
		packets[n]->l3_bytes = 20;
		packets[n]->flags = n % 2 ? PADMA_PACKET_TCP_CSUM : 0;
	}
	sent = padma_tx_burst(worker->tx, packets, n);
	while (sent < n)
		padma_packet_put(worker->cache, packets[sent++]);
}

static void receive_some(struct worker *worker)
{
	struct padma_packet *packets[BURST];
	unsigned int n = padma_rx_burst(worker->rx, packets, BURST);

	for (unsigned int i = 0; i < n; i++)
		padma_packet_put(worker->cache, packets[i]);
	__atomic_add_fetch(&worker->received, n, __ATOMIC_RELAXED);
	if (n == 0)
		sched_yield();
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	while (!__atomic_load_n(&worker->stop, __ATOMIC_ACQUIRE)) {
		send_some(worker);
		receive_some(worker);
		padma_tx_reap(worker->tx, UINT_MAX);
	}
	return NULL;
}

static void end_open(struct end *end, struct padma_space *space, struct worker *workers)
{
	/* With checksums by the processor, some packets wait in the library. */
	const struct padma_port_params params = {.rx_queues = 2,
						 .rx_depth = 128,
						 .tx_depth = 128,
						 .without = PADMA_OFFLOAD_TX_L4_CSUM};

	must(padma_device_open(space, "sim:e1000e,link=threads", &end->device));
	must(padma_port_open(end->device, &end->port));
	must(padma_port_configure(end->port, &params));
	for (unsigned int i = 0; i < 2; i++) {
		must(padma_rx_queue_open(end->port, i, workers[i].cache, &end->rx[i]));
		must(padma_tx_queue_open(end->port, i, workers[i].cache, &end->tx[i]));
		workers[i].rx = end->rx[i];
		workers[i].tx = end->tx[i];
	}
	must(padma_port_start(end->port));
}

static void end_close(struct end *end)
{
	struct padma_sim_driver_errors errors = {0};

	must(padma_port_stop(end->port));
	for (unsigned int i = 0; i < 2; i++) {
		must(padma_rx_queue_close(end->rx[i]));
		must(padma_tx_queue_close(end->tx[i]));
	}
	must(padma_port_close(end->port));
	must(padma_sim_driver_errors(end->device, &errors));
	assert_string_equal(errors.first, "");
	must(padma_device_close(end->device));
}

static uint64_t all_received(struct worker *workers)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < 4; i++)
		sum += __atomic_load_n(&workers[i].received, __ATOMIC_RELAXED);
	return sum;
}

static void reset(struct padma_port *port)
{
	int rc;

	padma_port_reset_begin(port);
	do {
		rc = padma_port_reset_finish(port);
		if (rc == -EAGAIN)
			sched_yield();
	} while (rc == -EAGAIN);
	must(rc);
}

static void test_two_threads_and_resets(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	const struct padma_packet_pool_params packets = {.count = 4096};
	struct worker workers[4] = {0};
	struct padma_space *space;
	struct padma_pool *pool;
	struct end ends[2];
	pthread_t threads[4];

	(void)state;
	must(padma_space_open(&params, &space));
	must(padma_packet_pool_open(space, &packets, &pool));
	for (unsigned int i = 0; i < 4; i++) {
		workers[i].number = i;
		must(padma_pool_cache_open(pool, &workers[i].cache));
	}
	for (unsigned int i = 0; i < 2; i++)
		end_open(&ends[i], space, &workers[2 * i]);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	for (unsigned int i = 0; i < RESETS; i++) {
		uint64_t goal = all_received(workers) + PER_RUN,
			 end = padma_now_ns() + 60000000000ull;

		while (all_received(workers) < goal && padma_now_ns() < end) {
			for (unsigned int j = 0; j < 2; j++)
				(void)padma_port_service(ends[j].port, padma_now_ns());
			sched_yield();
		}
		assert_true(all_received(workers) >= goal);
		reset(ends[i % 2].port);
	}
	for (unsigned int i = 0; i < 4; i++)
		__atomic_store_n(&workers[i].stop, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < 2; i++)
		end_close(&ends[i]);
	for (unsigned int i = 0; i < 4; i++)
		padma_pool_cache_close(workers[i].cache);
	assert_int_equal(padma_pool_available(pool), packets.count);
	must(padma_pool_close(pool));
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_threads_and_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
