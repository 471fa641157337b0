// SPDX-License-Identifier: BSD-3-Clause
/* See workers.h. */
#include "net/test/workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <padma/barrier.h>
#include <padma/error.h>
#include <padma/time.h>

#include "common/command.h"
#include "common/idle.h"
#include "net/test/topology.h"
#include "net/test/turn.h"
#include "net/test/tx_first.h"

/* Empty turns before yielding the processor, perhaps to the device or the peer on the same one. */
#define SPINS_DEVICE 4096
/* Empty turns before a worker with --irq sleeps, and for how long at most, in ms. */
#define SPINS_SLEEP  256
#define SLEEP_MS     100
/* A busy worker looks after the queues that its mode does not use once in so many turns. */
#define ATTEND_TURNS 1024

void test_put_all(struct padma_pool_cache *cache, struct padma_packet **packets, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		padma_packet_put(cache, packets[i]);
}

static void delay_us(unsigned int us)
{
	uint64_t end = padma_ticks() + padma_ns_to_ticks((uint64_t)us * 1000);

	while (padma_ticks() < end)
		padma_cpu_relax();
}

static bool port_started(const struct padma_port *port)
{
	return padma_port_state(port) == PADMA_PORT_STARTED;
}

unsigned int turn_rest(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	const struct test_options *options = stream->test->options;
	bool up = stream->tx && port_started(stream->tx->port);
	unsigned int sent = 0;

	for (unsigned int i = 0; up && !stream->generates && i < options->retry_num && sent < n;
	     i++) {
		delay_us(options->retry_delay_us);
		padma_counter_add(&stream->stats.retries, 1);
		sent += padma_tx_burst(stream->tx, packets + sent, n - sent);
	}
	if (stream->generates) {
		memmove(stream->packets, packets, n * sizeof(*packets));
		stream->held = n;
		return 0;
	}
	padma_counter_add(up ? &stream->stats.tx_dropped : &stream->stats.down, n - sent);
	test_put_all(stream->cache, packets + sent, n - sent);
	return sent;
}

unsigned int stream_turn(struct test_stream *stream)
{
	return turn(stream);
}

/*
 * Queues that the mode does not use still belong to the worker: while their port is being reset, or has failed,
 * their packets must be given back.
 */
static void attend(struct test_worker *worker)
{
	for (unsigned int i = 0; i < worker->stream_count; i++) {
		struct test_stream *stream = worker->streams[i];

		if (stream->spare_tx && !port_started(stream->spare_tx->port))
			padma_tx_reap(stream->spare_tx, stream->burst);
		if (stream->spare_rx && !port_started(stream->spare_rx->port)) {
			unsigned int n = padma_rx_burst(
				stream->spare_rx, stream->packets + stream->held, stream->burst);

			test_put_all(stream->cache, stream->packets + stream->held, n);
		}
		if (stream->tx && !port_started(stream->tx->port))
			padma_tx_reap(stream->tx, stream->burst);
	}
}

/* Packets that were sent return to the pool also when none follow them. */
static void reap(struct test_worker *worker)
{
	for (unsigned int i = 0; i < worker->stream_count; i++) {
		struct padma_tx_queue *tx = worker->streams[i]->tx;

		if (tx && padma_tx_outstanding(tx))
			padma_tx_reap(tx, worker->streams[i]->burst);
	}
}

/* Sleep until one of the queues has packets. Generators have work without them. */
static void sleep_armed(struct test_worker *worker)
{
	struct pollfd fds[TEST_PORTS_MAX];
	unsigned int n = 0;
	uint64_t count;

	for (unsigned int i = 0; i < worker->stream_count && n < TEST_PORTS_MAX; i++) {
		struct padma_rx_queue *rx = worker->streams[i]->rx;

		if (!rx)
			continue;
		if (padma_rx_arm(rx) > 0)
			return;
		fds[n++] = (struct pollfd){.fd = padma_rx_irq_fd(rx), .events = POLLIN};
	}
	if (poll(fds, n, SLEEP_MS) <= 0)
		return;
	for (unsigned int i = 0; i < n; i++) {
		if ((fds[i].revents & POLLIN) && read(fds[i].fd, &count, sizeof(count)) < 0 &&
		    errno != EAGAIN)
			return;
	}
}

static void idle(struct test_worker *worker, unsigned int *turns)
{
	const struct test *test = worker->test;

	reap(worker);
	attend(worker);
	if (test->options->irq && !test->mode->generates) {
		if (++*turns >= SPINS_SLEEP)
			sleep_armed(worker);
	} else if (test->shares_processor) {
		idle_turn(turns);
	} else if (++*turns >= SPINS_DEVICE) {
		*turns = 0;
		sched_yield();
	} else {
		padma_cpu_relax();
	}
}

static void rest(struct test_worker *worker)
{
	const struct timespec nap = {.tv_nsec = 100000};

	__atomic_store_n(&worker->seen, TEST_PAUSE, __ATOMIC_RELEASE);
	while (__atomic_load_n(&worker->test->command, __ATOMIC_ACQUIRE) == TEST_PAUSE)
		nanosleep(&nap, NULL);
}

static void set_generating(struct test_worker *worker, bool on)
{
	for (unsigned int i = 0; i < worker->stream_count; i++)
		worker->streams[i]->generating = on;
}

/* Turns, as long as the command is @command. */
static void run_command(struct test_worker *worker, int command)
{
	const int *commanded = &worker->test->command;
	unsigned int turns = 0, busy_turns = 0;
	bool obeyed = false;

	set_generating(worker, command == TEST_RUN);
	while (__atomic_load_n(commanded, __ATOMIC_RELAXED) == command) {
		unsigned int moved = 0;

		for (unsigned int i = 0; i < worker->stream_count; i++)
			moved += turn(worker->streams[i]);
		if (PADMA_UNLIKELY(!obeyed)) {
			__atomic_store_n(&worker->seen, command, __ATOMIC_RELEASE);
			obeyed = true;
		}
		if (moved == 0) {
			idle(worker, &turns);
		} else {
			turns = 0;
			if (PADMA_UNLIKELY(++busy_turns % ATTEND_TURNS == 0))
				attend(worker);
		}
	}
}

/* Once: not again after a pause. */
static void begin_run(struct test_worker *worker)
{
	if (worker->begun)
		return;
	worker->begun = true;
	for (unsigned int i = 0; i < worker->stream_count; i++)
		tx_first(worker->streams[i]);
}

static int pin(struct test_worker *worker)
{
	cpu_set_t *set;
	size_t bytes;
	int error;

	if (worker->cpu < 0)
		return 0;
	set = CPU_ALLOC((size_t)worker->cpu + 1);
	if (!set)
		return ENOMEM;
	bytes = CPU_ALLOC_SIZE((size_t)worker->cpu + 1);
	CPU_ZERO_S(bytes, set);
	CPU_SET_S((size_t)worker->cpu, bytes, set);
	error = pthread_setaffinity_np(pthread_self(), bytes, set);
	CPU_FREE(set);
	return error;
}

static void *worker_main(void *ctx)
{
	struct test_worker *worker = ctx;
	int error = pin(worker);

	if (error)
		snprintf(worker->why, sizeof(worker->why), "pin a thread to processor %d: %s",
			 worker->cpu, strerror(error));
	for (;;) {
		int command = __atomic_load_n(&worker->test->command, __ATOMIC_ACQUIRE);

		if (command == TEST_STOP)
			break;
		if (command == TEST_PAUSE) {
			rest(worker);
			continue;
		}
		if (command == TEST_RUN)
			begin_run(worker);
		run_command(worker, command);
	}
	__atomic_store_n(&worker->seen, TEST_STOP, __ATOMIC_RELEASE);
	return NULL;
}

static void open_stream(struct test *test, struct test_stream *stream, unsigned int index)
{
	const struct test_options *options = test->options;
	unsigned int port = index / test->queues, queue = index % test->queues;
	unsigned int to = topology_partner(options->topology, port, test->port_count);

	stream->test = test;
	stream->mode_burst = test->mode->burst;
	stream->burst = options->burst;
	stream->generates = test->mode->generates;
	stream->always = test->mode->always;
	stream->record = test->record;
	stream->rx_port = port;
	stream->rx_queue = queue;
	stream->tx_port = to;
	stream->tx_queue = queue;
	memcpy(stream->peer_mac, options->peers[to], MAC_BYTES);
	memcpy(stream->tx_mac, test->ports[to].mac, MAC_BYTES);
}

static int open_streams(struct test *test)
{
	for (unsigned int i = 0; i < test->stream_count; i++) {
		struct test_stream *stream = &test->streams[i];
		struct test_worker *worker = &test->workers[i % test->worker_count];

		open_stream(test, stream, i);
		stream->worker = worker;
		stream->cache = worker->cache;
		worker->streams[worker->stream_count++] = stream;
		stream->packets = calloc((size_t)3 * stream->burst, sizeof(struct padma_packet *));
		if (test->options->verify)
			stream->verify = calloc(1, sizeof(*stream->verify));
		if (!stream->packets || (test->options->verify && !stream->verify))
			return complain("no memory for a stream");
		if (test->mode->open && test->mode->open(stream))
			return EXIT_FAILURE;
	}
	return 0;
}

static int open_worker(struct test *test, struct test_worker *worker, unsigned int index)
{
	worker->test = test;
	worker->index = index;
	worker->seen = -1;
	worker->cpu = -1;
	worker->streams = calloc(test->stream_count, sizeof(struct test_stream *));
	if (!worker->streams)
		return complain("no memory for a worker");
	if (padma_pool_cache_open(test->pool, &worker->cache))
		return complain("%s", padma_last_error());
	return 0;
}

/* A list of processors from the command line, or those that the program may use. */
static void choose_processors(struct test *test)
{
	const struct test_options *options = test->options;
	cpu_set_t allowed;
	int next = 0;

	if (options->no_pin)
		return;
	for (unsigned int i = 0; i < test->worker_count && options->core_count; i++)
		test->workers[i].cpu = options->core_list[i % options->core_count];
	/* The threads of simulated devices run beside the workers, where there is room. */
	if (options->core_count || test->shares_processor ||
	    sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return;
	/* Two on one processor are better placed by the kernel. */
	if ((unsigned int)CPU_COUNT(&allowed) < test->worker_count)
		return;
	for (unsigned int i = 0; i < test->worker_count; i++) {
		while (next < CPU_SETSIZE && !CPU_ISSET((size_t)next, &allowed))
			next++;
		test->workers[i].cpu = next++;
	}
}

int workers_open(struct test *test)
{
	int status = 0;

	test->streams = aligned_alloc(_Alignof(struct test_stream),
				      test->stream_count * sizeof(*test->streams));
	test->workers = aligned_alloc(_Alignof(struct test_worker),
				      test->worker_count * sizeof(*test->workers));
	if (!test->streams || !test->workers) {
		free(test->streams);
		free(test->workers);
		test->streams = NULL;
		test->workers = NULL;
		return complain("no memory for %u streams", test->stream_count);
	}
	memset(test->streams, 0, test->stream_count * sizeof(*test->streams));
	memset(test->workers, 0, test->worker_count * sizeof(*test->workers));
	for (unsigned int i = 0; i < test->worker_count && status == 0; i++)
		status = open_worker(test, &test->workers[i], i);
	choose_processors(test);
	return status ? status : open_streams(test);
}

void workers_release(struct test *test)
{
	for (unsigned int i = 0; i < test->stream_count && test->streams; i++) {
		struct test_stream *stream = &test->streams[i];

		if (stream->held)
			test_put_all(stream->cache, stream->packets, stream->held);
		stream->held = 0;
		if (test->mode->close && stream->state)
			test->mode->close(stream);
	}
}

void workers_close(struct test *test)
{
	workers_release(test);
	for (unsigned int i = 0; i < test->stream_count && test->streams; i++) {
		free(test->streams[i].packets);
		free(test->streams[i].verify);
	}
	for (unsigned int i = 0; i < test->worker_count && test->workers; i++) {
		padma_pool_cache_close(test->workers[i].cache);
		free(test->workers[i].streams);
	}
	free(test->streams);
	free(test->workers);
	test->streams = NULL;
	test->workers = NULL;
}

int workers_start(struct test *test)
{
	for (unsigned int i = 0; i < test->worker_count; i++) {
		int error = pthread_create(&test->workers[i].thread, NULL, worker_main,
					   &test->workers[i]);

		if (error)
			return complain("start thread %u: %s", i, strerror(error));
		test->workers[i].started = true;
	}
	return 0;
}

void workers_join(struct test *test)
{
	__atomic_store_n(&test->command, TEST_STOP, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < test->worker_count; i++) {
		if (test->workers[i].started)
			pthread_join(test->workers[i].thread, NULL);
		test->workers[i].started = false;
	}
}

void workers_command(struct test *test, enum test_command command)
{
	const struct timespec nap = {.tv_nsec = 50000};

	__atomic_store_n(&test->command, command, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < test->worker_count; i++) {
		while (__atomic_load_n(&test->workers[i].seen, __ATOMIC_ACQUIRE) != (int)command)
			nanosleep(&nap, NULL);
	}
}

const char *workers_why(const struct test *test)
{
	for (unsigned int i = 0; i < test->worker_count; i++) {
		if (*test->workers[i].why)
			return test->workers[i].why;
	}
	return NULL;
}
