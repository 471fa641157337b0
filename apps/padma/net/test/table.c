// SPDX-License-Identifier: BSD-3-Clause
/* See table.h. */
#include "net/test/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/test/snapshot.h"

#define NS_PER_SECOND 1000000000u
/* What an Ethernet frame takes on the wire beside its bytes: preamble, checksum, gap. */
#define WIRE_BYTES    24

struct test_table {
	bool terminal;
	uint64_t period_ns;
	uint64_t next_ns; /* of the run */
	uint64_t last_ns;
	unsigned int lines;		  /* shown now */
	struct test_queue_counts *before; /* by port and queue */
};

void table_begin(struct test *test)
{
	struct test_table *table = calloc(1, sizeof(*table));

	if (!table)
		return;
	table->terminal = isatty(STDERR_FILENO);
	table->period_ns = test->options->stats_period_ns;
	if (table->period_ns == 0 && table->terminal)
		table->period_ns = NS_PER_SECOND;
	table->next_ns = table->period_ns;
	table->before = calloc((size_t)test->port_count * test->queues, sizeof(*table->before));
	test->table = table;
}

/* Rows that fit the terminal; the rest is left out and said so. */
static unsigned int rows_that_fit(const struct test_table *table)
{
	struct winsize size;

	if (!table->terminal || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_row < 5)
		return UINT32_MAX;
	return size.ws_row - 4u;
}

static double mbit(uint64_t packets, uint64_t bytes, double seconds)
{
	return (double)(bytes + packets * WIRE_BYTES) * 8 / 1e6 / seconds;
}

static void new_line(struct test_table *table)
{
	fputs(table->terminal ? "\033[K\n" : "\n", stderr);
	table->lines++;
}

static void show_queue(const struct test *test, struct test_table *table,
		       const struct test_port *port, unsigned int queue, double seconds)
{
	struct test_queue_counts *before = &table->before[port->index * test->queues + queue];
	struct snapshot_stream streams;
	struct test_queue_counts now;
	uint64_t rx, tx, rx_bursts, polls;

	snapshot_queue(test, port, queue, &now);
	snapshot_streams(test, port, queue, &streams);
	rx = now.rx_packets - before->rx_packets;
	tx = now.tx_packets - before->tx_packets;
	rx_bursts = now.rx_bursts - before->rx_bursts;
	polls = rx_bursts + now.rx_empty - before->rx_empty;
	fprintf(stderr,
		"%4u %3u %11.0f %9.1f %11.0f %9.1f %6.1f %5.1f%% %9" PRIu64 " %9" PRIu64
		" %9" PRIu64 " %9" PRIu64,
		port->index, queue, (double)rx / seconds,
		mbit(rx, now.rx_bytes - before->rx_bytes, seconds), (double)tx / seconds,
		mbit(tx, now.tx_bytes - before->tx_bytes, seconds),
		rx_bursts ? (double)rx / (double)rx_bursts : 0,
		polls ? 100.0 * (double)(polls - rx_bursts) / (double)polls : 0, now.rx_no_buffer,
		now.rx_errors, streams.tx_dropped + now.tx_errors + now.tx_refused,
		streams.down + streams.refused);
	new_line(table);
	*before = now;
}

static void show_heading(const struct test *test, struct test_table *table, uint64_t elapsed_ns)
{
	fprintf(stderr, "%s, %.1f s:", test->mode->name, (double)elapsed_ns / NS_PER_SECOND);
	for (unsigned int i = 0; i < test->port_count; i++) {
		const struct test_port *port = &test->ports[i];

		fprintf(stderr, " %u %s", i,
			!port->port	  ? "closed"
			: port->resetting ? "resetting"
			: port->link.up	  ? "up"
					  : "down");
	}
	new_line(table);
	fputs("port   q   rx pkt/s    Mbit/s    tx pkt/s    Mbit/s  burst empty no buffer    errors"
	      "   tx drop     other",
	      stderr);
	new_line(table);
}

void table_show(struct test *test, uint64_t elapsed_ns)
{
	struct test_table *table = test->table;
	unsigned int left;
	double seconds;

	if (!table || !table->before || table->period_ns == 0 || elapsed_ns < table->next_ns)
		return;
	seconds = (double)(elapsed_ns - table->last_ns) / NS_PER_SECOND;
	table->last_ns = elapsed_ns;
	table->next_ns = elapsed_ns + table->period_ns;
	if (table->terminal && table->lines)
		fprintf(stderr, "\033[%uA\r", table->lines);
	table->lines = 0;
	left = rows_that_fit(table);
	show_heading(test, table, elapsed_ns);
	for (unsigned int i = 0; i < test->port_count * test->queues; i++) {
		if (i == left) {
			fprintf(stderr, "(%u more queues)", test->port_count * test->queues - left);
			new_line(table);
			break;
		}
		show_queue(test, table, &test->ports[i / test->queues], i % test->queues, seconds);
	}
}

void table_end(struct test *test)
{
	struct test_table *table = test->table;

	if (!table)
		return;
	if (table->terminal && table->lines)
		fprintf(stderr, "\033[%uA\r\033[J", table->lines);
	free(table->before);
	free(table);
	test->table = NULL;
}
