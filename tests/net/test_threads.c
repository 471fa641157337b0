// SPDX-License-Identifier: BSD-3-Clause
/*
 * Two threads own the queues of two ports, and transmit and receive; the control thread resets, fails and serves
 * the ports meanwhile. Every packet is back in the end, and none was in two hands (the pool checks what is put; under
 * ThreadSanitizer: no access without order).
 */
#include "net/net_fixture.h"
#include "net/packets.h"

#include <stdatomic.h>
#include <time.h>

#include <padma/time.h>

struct worker {
	struct bed *bed;
	struct padma_pool_cache *cache;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	atomic_bool *end;
	unsigned long received, made;
	bool failed;
};

/* Something to transmit: of every fourth the processor does the checksums. */
static struct padma_packet *make(struct worker *worker, const struct frame *frame)
{
	struct padma_packet *packet = padma_packet_get(worker->cache);

	if (!packet)
		return NULL;
	memcpy(padma_packet_append(packet, frame->bytes), frame->data, frame->bytes);
	if (worker->made++ % 4 == 0) {
		packet->flags = PADMA_PACKET_TCP_CSUM | PADMA_PACKET_TSO;
		packet->segment_size = 40;
		packet->l2_bytes = (uint8_t)frame->l2;
		packet->l3_bytes = (uint8_t)frame->l3;
		packet->l4_bytes = (uint8_t)frame->l4;
	}
	return packet;
}

static void work(struct worker *worker, const struct frame *frame)
{
	struct padma_packet *packets[8];
	unsigned int n = 0, sent;

	while (n < 8 && (packets[n] = make(worker, frame)))
		n++;
	sent = padma_tx_burst(worker->tx, packets, n);
	padma_packet_put_bulk(worker->cache, packets + sent, n - sent);
	n = padma_rx_burst(worker->rx, packets, 8);
	padma_packet_put_bulk(worker->cache, packets, n);
	worker->received += n;
	(void)padma_tx_reap(worker->tx, 8);
}

static void *run(void *ctx)
{
	struct worker *worker = ctx;
	static _Thread_local struct frame frame;

	frame_make(&frame, &(struct frame_shape){.payload = 100});
	while (!atomic_load(worker->end))
		work(worker, &frame);
	return NULL;
}

static void pause_ms(long ms)
{
	const struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

static void reset(struct padma_port *port)
{
	int rc;

	padma_port_reset_begin(port);
	do {
		rc = padma_port_reset_finish(port);
		if (rc == -EAGAIN)
			pause_ms(1);
	} while (rc == -EAGAIN);
	must(rc);
}

static void disturb(struct bed *bed, unsigned int round)
{
	uint64_t now = padma_now_ns();

	pause_ms(2);
	(void)padma_port_service(bed->port, now);
	if (round % 3 == 1) {
		(void)padma_port_fail(bed->port, -EPROTO, "as the test asks");
		pause_ms(1);
		assert_true(padma_port_service(bed->port, now) & PADMA_PORT_EVENT_FAILED);
	}
	reset(bed->port);
	assert_int_equal(padma_port_state(bed->port), PADMA_PORT_STARTED);
}

static void test_resets(void **state)
{
	const struct padma_port_params params = {.rx_queues = 2, .without = PADMA_OFFLOAD_TX_TSO4};
	struct worker workers[2] = {0};
	pthread_t threads[2];
	atomic_bool end = false;
	struct bed bed;

	(void)state;
	fake_begin();
	open_port_bed(&bed);
	must(padma_port_configure(bed.port, &params));
	for (unsigned int i = 0; i < 2; i++) {
		struct worker *worker = &workers[i];

		*worker = (struct worker){.bed = &bed, .end = &end};
		must(padma_pool_cache_open(bed.pool, &worker->cache));
		must(padma_rx_queue_open(bed.port, i, worker->cache, &worker->rx));
		must(padma_tx_queue_open(bed.port, i, worker->cache, &worker->tx));
	}
	must(padma_port_start(bed.port));
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
	for (unsigned int round = 0; round < 60; round++)
		disturb(&bed, round);
	pause_ms(10);
	/* The last one is not undone: the threads keep running with a device that is gone. */
	padma_port_gone(bed.port);
	pause_ms(10);
	atomic_store(&end, true);
	for (unsigned int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_true(workers[i].received > 0);
		must(padma_rx_queue_close(workers[i].rx));
		must(padma_tx_queue_close(workers[i].tx));
		padma_pool_cache_close(workers[i].cache);
	}
	must(padma_port_close(bed.port));
	close_memory(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
