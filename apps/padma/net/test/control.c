// SPDX-License-Identifier: BSD-3-Clause
/*
 * The control thread: looks after the ports, resets those that fail, closes those that are gone and opens them again,
 * shows the table, and ends the run in order.
 */
#include "net/test/control.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <errno.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/command.h"
#include "common/interrupt.h"
#include "net/session.h"
#include "net/test/modes/generate.h"
#include "net/test/ports.h"
#include "net/test/snapshot.h"
#include "net/test/table.h"
#include "net/test/workers.h"

#define TICK_MS	     20
#define RETRY_NS     100000000u	 /* between attempts to open a port again */
#define RESET_NS     5000000000u /* that a reset may take */
#define QUIET_NS     100000000u	 /* without a packet: what was under way has arrived */
#define DRAIN_MAX_NS 2000000000u

/* The port cannot be used any more. Return: 0 if the run goes on without it, or the exit code after complaining. */
static int lose(struct test *test, struct test_port *port, const char *why)
{
	const struct test_options *options = test->options;
	int status;

	snprintf(port->why, sizeof(port->why), "%s", why);
	workers_command(test, TEST_PAUSE);
	status = port_leave(test, port);
	port->opened_at = padma_now_ns();
	if (status == 0 && options->reconnect) {
		workers_command(test, test->running ? TEST_RUN : TEST_WARM);
		return 0;
	}
	test->failed = true;
	return status ? status : complain("port %u: %s", port->index, why);
}

static int begin_reset(struct test *test, struct test_port *port, const char *why)
{
	if (port->resets + port->failed_resets >= test->options->resets_max)
		return lose(test, port, why);
	snprintf(port->why, sizeof(port->why), "%s", why);
	complain("port %u: %s; resetting it", port->index, why);
	padma_port_reset_begin(port->port);
	port->resetting = true;
	port->reset_began = padma_now_ns();
	return 0;
}

/* A port works again. What was in flight may have been lost with it; what is sent from here on may not. */
static void note_in_flight(const struct test *test)
{
	for (unsigned int i = 0; i < test->stream_count; i++) {
		struct test_stream *stream = &test->streams[i];

		if (test->options->verify && stream->generates)
			stream->in_flight = generate_in_flight(stream);
	}
}

/* Another step of a reset: the queues' owners acknowledge it in their next turn. */
static int continue_reset(struct test *test, struct test_port *port)
{
	int rc = padma_port_reset_finish(port->port);

	if (rc == 0) {
		port->resetting = false;
		port->resets++;
		note_in_flight(test);
		return 0;
	}
	if (rc == -EAGAIN && padma_now_ns() - port->reset_began < RESET_NS)
		return 0;
	port->resetting = false;
	port->failed_resets++;
	return lose(test, port, rc == -EAGAIN ? "the reset took too long" : padma_last_error());
}

/* The first stream that transmits by the port says so to the network. */
static void announce(struct test *test, const struct test_port *port)
{
	for (unsigned int i = 0; i < test->stream_count; i++) {
		if (test->streams[i].tx_port == port->index && test->streams[i].tx) {
			__atomic_store_n(&test->streams[i].announce, 1, __ATOMIC_RELAXED);
			return;
		}
	}
}

static int service(struct test *test, struct test_port *port)
{
	unsigned int events = padma_port_service(port->port, padma_now_ns());
	char why[sizeof(port->why)] = "";

	if (events & PADMA_PORT_EVENT_FAILED)
		snprintf(why, sizeof(why), "%s", padma_last_error());
	if (events & PADMA_PORT_EVENT_LINK)
		(void)padma_port_link(port->port, &port->link);
	if (events & PADMA_PORT_EVENT_ANNOUNCE)
		announce(test, port);
	if (events & PADMA_PORT_EVENT_GONE)
		return lose(test, port, "the device is gone");
	if (events & PADMA_PORT_EVENT_REMOVAL)
		return lose(test, port, "the removal of the device was requested");
	if (port->resetting)
		return continue_reset(test, port);
	if ((events & PADMA_PORT_EVENT_FAILED) || padma_port_state(port->port) == PADMA_PORT_FAILED)
		return begin_reset(test, port, *why ? why : "it has failed");
	return 0;
}

/* A port that is closed is opened again when its device is there. */
static int come_back(struct test *test, struct test_port *port)
{
	if (padma_now_ns() - port->opened_at < RETRY_NS)
		return 0;
	port->opened_at = padma_now_ns();
	if (port_return(test, port))
		return 0;
	workers_command(test, TEST_PAUSE);
	if (port_join(test, port) == 0)
		note_in_flight(test);
	port->opened_at = padma_now_ns();
	workers_command(test, test->running ? TEST_RUN : TEST_WARM);
	return 0;
}

/* Sleep for a tick, or until a port has news. */
static void wait_for_news(const struct test *test)
{
	struct pollfd fds[TEST_PORTS_MAX];
	unsigned int n = 0;

	for (unsigned int i = 0; i < test->port_count; i++) {
		int fd = test->ports[i].port && !test->ports[i].resetting
				 ? padma_port_event_fd(test->ports[i].port)
				 : -1;

		if (fd >= 0)
			fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	/* A descriptor that stays readable would make this spin. */
	if (poll(fds, n, TICK_MS) > 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int look_after(struct test *test)
{
	int status = 0;

	wait_for_news(test);
	for (unsigned int i = 0; i < test->port_count && status == 0; i++) {
		struct test_port *port = &test->ports[i];

		status = port->port ? service(test, port) : come_back(test, port);
	}
	return status;
}

/* Whether all generators have finished, or enough packets were received. */
static bool count_reached(const struct test *test)
{
	struct test_queue_counts counts;

	if (test->mode->generates) {
		for (unsigned int i = 0; i < test->stream_count; i++) {
			if (!generate_done(&test->streams[i]))
				return false;
		}
		return true;
	}
	if (test->options->count == 0)
		return false;
	snapshot_port(test, NULL, &counts);
	return counts.rx_packets >= test->options->count;
}

static int run(struct test *test)
{
	uint64_t start = padma_now_ns(), duration = test->options->duration_ns;
	int status = 0;

	test->running = true;
	workers_command(test, TEST_RUN);
	while (status == 0 && !interrupted() && !count_reached(test)) {
		test->elapsed_ns = padma_now_ns() - start;
		if (duration && test->elapsed_ns >= duration)
			break;
		status = look_after(test);
		table_show(test, test->elapsed_ns);
	}
	test->elapsed_ns = padma_now_ns() - start;
	table_end(test);
	return status;
}

/* Packets that were under way arrive, until there were none for a while. */
static int drain(struct test *test)
{
	uint64_t now = padma_now_ns(), end = now + DRAIN_MAX_NS, quiet = now, received = 0;
	int status = 0;

	test->running = false;
	workers_command(test, TEST_DRAIN);
	while (status == 0 && now < end && now - quiet < QUIET_NS) {
		struct test_queue_counts counts;

		status = look_after(test);
		snapshot_port(test, NULL, &counts);
		now = padma_now_ns();
		if (counts.rx_packets != received)
			quiet = now;
		received = counts.rx_packets;
	}
	return status;
}

int control_run(struct test *test)
{
	int status;

	workers_command(test, TEST_WARM);
	ports_wait_links(test);
	table_begin(test);
	status = run(test);
	return status ? status : drain(test);
}
