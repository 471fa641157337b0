// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtio-net driver with threads, for ThreadSanitizer: two cards back to back that run by themselves, a thread for
 * each port's queues, and the main thread, which resets ports, changes filters, reads statistics, and removes a card.
 */
#include "bed.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <padma/time.h>

#define FRAMES	  2000u
#define LIMIT_S	  120
#define IN_FLIGHT 256u

/* ThreadSanitizer pairs atomic accesses of one address and width only. The driver handles half a packed descriptor at a
 * time, and the device its flags alone: what they order is invisible to it. */
#ifdef __SANITIZE_THREAD__
#define PACKED ""
#else
#define PACKED ",packed"
#endif

/* One port and the thread that owns its queues. */
struct side {
	struct bed bed;
	struct side *peer;
	pthread_t thread;
	uint32_t limit;			/* frames to send; atomic: 0 ends the thread */
	uint32_t sent, received, wrong; /* atomic, written by the thread */
	bool counts; /* each frame once and in order; not while ports are reset */
};

static uint32_t load(const uint32_t *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *value, uint32_t number)
{
	__atomic_store_n(value, number, __ATOMIC_RELEASE);
}

static unsigned int take(struct side *side)
{
	struct padma_packet *packets[32];
	unsigned int n = padma_rx_burst(side->bed.rx[0], packets, 32);

	for (unsigned int i = 0; i < n; i++) {
		uint32_t number;

		memcpy(&number, padma_packet_data(packets[i]) + 42, 4);
		if (!bed_is_frame(packets[i], number) ||
		    (side->counts && number != side->received + i))
			store(&side->wrong, side->wrong + 1);
		padma_packet_put(side->bed.cache, packets[i]);
	}
	store(&side->received, side->received + n);
	return n;
}

static unsigned int give(struct side *side)
{
	struct padma_packet *packets[16];
	unsigned int n = 0, taken;

	if (side->counts && side->sent - load(&side->peer->received) > IN_FLIGHT)
		return 0;
	while (n < 16 && side->sent + n < load(&side->limit) &&
	       padma_pool_available(side->bed.pool) > 64) {
		packets[n] = bed_frame(&side->bed, side->sent + n, 60 + (side->sent + n) % 1400, 1);
		n++;
	}
	taken = padma_tx_burst(side->bed.tx[0], packets, n);
	for (unsigned int i = taken; i < n; i++)
		padma_packet_put(side->bed.cache, packets[i]);
	store(&side->sent, side->sent + taken);
	return taken;
}

static void nap(long ns)
{
	const struct timespec pause = {.tv_nsec = ns};

	nanosleep(&pause, NULL);
}

static void *run(void *arg)
{
	struct side *side = arg;
	unsigned int idle = 0;

	while (load(&side->limit)) {
		unsigned int n = take(side);

		n += give(side);
		padma_tx_reap(side->bed.tx[0], 64);
		idle = n ? 0 : idle + 1;
		/* The others have two processors, perhaps. */
		if (idle > 16)
			nap(100000);
	}
	return NULL;
}

static void side_open(struct side *side, struct side *peer, const char *keys, bool counts)
{
	*side = (struct side){.peer = peer, .limit = FRAMES, .counts = counts};
	bed_open(&side->bed, keys, 2048, 0);
	bed_start(&side->bed, NULL);
}

static void sides_start(struct side *sides)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&sides[i].thread, NULL, run, &sides[i]), 0);
}

static void sides_join(struct side *sides)
{
	for (int i = 0; i < 2; i++)
		store(&sides[i].limit, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(sides[i].thread, NULL), 0);
	assert_int_equal(sides[0].wrong, 0);
	assert_int_equal(sides[1].wrong, 0);
}

static void both_ways(const char *keys)
{
	struct side sides[2];
	struct padma_port_stats stats;
	time_t end = time(NULL) + LIMIT_S;

	side_open(&sides[0], &sides[1], keys, true);
	side_open(&sides[1], &sides[0], keys, true);
	sides_start(sides);
	while ((load(&sides[0].received) < FRAMES || load(&sides[1].received) < FRAMES) &&
	       time(NULL) < end) {
		padma_port_service(sides[0].bed.port, padma_now_ns());
		padma_port_service(sides[1].bed.port, padma_now_ns());
		must(padma_port_stats(sides[0].bed.port, &stats));
		nap(2000000);
	}
	assert_int_equal(load(&sides[0].received), FRAMES);
	assert_int_equal(load(&sides[1].received), FRAMES);
	sides_join(sides);
	bed_close(&sides[0].bed);
	bed_close(&sides[1].bed);
}

static void test_traffic_both_ways(void **state)
{
	(void)state;
	both_ways("threads,link=threads,pause");
	both_ways("threads,link=threads,pause" PACKED);
	both_ways("threads,link=threads,pause,in-order,without=0x20000000" PACKED);
}

static void reset_one(struct side *side)
{
	time_t end = time(NULL) + LIMIT_S;
	int rc;

	padma_port_reset_begin(side->bed.port);
	while ((rc = padma_port_reset_finish(side->bed.port)) == -EAGAIN && time(NULL) < end)
		sched_yield();
	must(rc);
}

static void test_resets_under_traffic(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x77};
	struct side sides[2];
	uint32_t before;

	(void)state;
	side_open(&sides[0], &sides[1], "threads,link=threads", false);
	side_open(&sides[1], &sides[0], "threads,link=threads" PACKED, false);
	for (int i = 0; i < 2; i++)
		sides[i].limit = UINT32_MAX;
	sides_start(sides);
	for (int i = 0; i < 10; i++) {
		nap(2000000);
		reset_one(&sides[i % 2]);
		must(padma_port_filter(sides[i % 2].bed.port, mac, 1, i % 3 == 0, false));
		padma_port_service(sides[0].bed.port, padma_now_ns());
	}
	/* And frames flow. */
	before = load(&sides[0].received);
	for (int i = 0; i < 5000 && load(&sides[0].received) < before + 100; i++)
		nap(2000000);
	assert_true(load(&sides[0].received) >= before + 100);
	sides_join(sides);
	bed_close(&sides[0].bed);
	bed_close(&sides[1].bed);
}

static void test_removal_under_traffic(void **state)
{
	struct side sides[2];

	(void)state;
	for (int round = 0; round < 2; round++) {
		side_open(&sides[0], &sides[1], "threads,link=threads", false);
		side_open(&sides[1], &sides[0], "threads,link=threads", false);
		for (int i = 0; i < 2; i++)
			sides[i].limit = UINT32_MAX;
		sides_start(sides);
		nap(2000000);
		must(padma_sim_remove(sides[0].bed.device, round ? 0 : UINT64_MAX));
		nap(2000000);
		padma_port_service(sides[0].bed.port, padma_now_ns());
		assert_int_equal(padma_port_state(sides[0].bed.port), PADMA_PORT_GONE);
		nap(2000000);
		sides_join(sides);
		bed_close(&sides[0].bed);
		bed_close(&sides[1].bed);
	}
}

/* A packet from one card to the other and back: their queues share a pool, and nothing is copied. */
static void test_zero_copy_between_ports(void **state)
{
	struct padma_packet *packet, *got[4];
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	struct padma_device *device;
	struct padma_port *port;
	struct bed bed;

	(void)state;
	bed_open(&bed, "link=copy", 2048, 0);
	must(padma_device_open(bed.space, "sim:virtio-net,step,link=copy,packed", &device));
	must(padma_port_open(device, &port));
	must(padma_port_configure(port, NULL));
	must(padma_rx_queue_open(port, 0, bed.cache, &rx));
	must(padma_tx_queue_open(port, 0, bed.cache, &tx));
	must(padma_port_start(port));
	bed_start(&bed, NULL);
	assert_int_equal(padma_rx_burst(rx, got, 4), 0);
	for (uint32_t number = 0; number < 200; number++) {
		packet = bed_frame(&bed, number, 700, 1);
		assert_int_equal(padma_tx_burst(bed.tx[0], &packet, 1), 1);
		bed_step(&bed);
		padma_sim_step(device, 0);
		assert_int_equal(padma_rx_burst(rx, got, 4), 1);
		assert_int_equal(padma_tx_burst(tx, got, 1), 1);
		padma_sim_step(device, 0);
		bed_step(&bed);
		assert_int_equal(padma_rx_burst(bed.rx[0], got, 4), 1);
		assert_true(bed_is_frame(got[0], number));
		padma_packet_put(bed.cache, got[0]);
		padma_tx_reap(tx, 8);
		padma_tx_reap(bed.tx[0], 8);
	}
	must(padma_port_stop(port));
	must(padma_rx_queue_close(rx));
	must(padma_tx_queue_close(tx));
	must(padma_port_close(port));
	must(padma_device_close(device));
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traffic_both_ways),
		cmocka_unit_test(test_resets_under_traffic),
		cmocka_unit_test(test_removal_under_traffic),
		cmocka_unit_test(test_zero_copy_between_ports),
	};

	return cmocka_run_group_tests(tests, bed_space_open, bed_space_close);
}
