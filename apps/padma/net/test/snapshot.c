// SPDX-License-Identifier: BSD-3-Clause
/* See snapshot.h. */
#include "net/test/snapshot.h"

static void add_rx(const struct padma_rx_queue *rx, struct test_queue_counts *counts)
{
	counts->rx_packets += padma_counter_read(&rx->stats.packets);
	counts->rx_bytes += padma_counter_read(&rx->stats.bytes);
	counts->rx_errors += padma_counter_read(&rx->stats.errors);
	counts->rx_no_buffer += padma_counter_read(&rx->stats.no_buffer);
	counts->rx_protocol_errors += padma_counter_read(&rx->stats.protocol_errors);
	counts->rx_empty += padma_counter_read(&rx->stats.empty);
	counts->rx_bursts += padma_counter_read(&rx->stats.bursts);
}

static void add_tx(const struct padma_tx_queue *tx, struct test_queue_counts *counts)
{
	counts->tx_packets += padma_counter_read(&tx->stats.packets);
	counts->tx_bytes += padma_counter_read(&tx->stats.bytes);
	counts->tx_errors += padma_counter_read(&tx->stats.errors);
	counts->tx_full += padma_counter_read(&tx->stats.full);
	counts->tx_refused += padma_counter_read(&tx->stats.refused);
	counts->tx_software += padma_counter_read(&tx->stats.software);
	counts->tx_sent += padma_counter_read(&tx->stats.sent);
	counts->tx_bursts += padma_counter_read(&tx->stats.bursts);
}

void snapshot_queue(const struct test *test, const struct test_port *port, unsigned int queue,
		    struct test_queue_counts *counts)
{
	*counts = port->past[queue];
	for (unsigned int i = 0; i < test->stream_count && test->streams; i++) {
		const struct test_stream *stream = &test->streams[i];

		if (stream->rx && stream->rx_port == port->index && stream->rx_queue == queue)
			add_rx(stream->rx, counts);
		if (stream->tx && stream->tx_port == port->index && stream->tx_queue == queue)
			add_tx(stream->tx, counts);
	}
}

/* The structure is an array of counters. */
static void add(struct test_queue_counts *sum, const struct test_queue_counts *one)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	for (unsigned int i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

void snapshot_port(const struct test *test, const struct test_port *port,
		   struct test_queue_counts *counts)
{
	*counts = (struct test_queue_counts){0};
	for (unsigned int i = 0; i < test->port_count; i++) {
		for (unsigned int q = 0; q < test->queues; q++) {
			struct test_queue_counts one;

			if (port && port != &test->ports[i])
				continue;
			snapshot_queue(test, &test->ports[i], q, &one);
			add(counts, &one);
		}
	}
}

/* The port's statistics are sums of the queues' and the device's. */
void snapshot_device(const struct test_port *port, struct test_device_counts *counts)
{
	struct padma_port_stats stats;

	*counts = port->past_device;
	if (!port->port || padma_port_stats(port->port, &stats))
		return;
	counts->rx_dropped += stats.rx_dropped;
	counts->rx_errors += stats.rx_errors;
	counts->tx_errors += stats.tx_errors;
}

void snapshot_streams(const struct test *test, const struct test_port *port, unsigned int queue,
		      struct snapshot_stream *counts)
{
	*counts = (struct snapshot_stream){0};
	for (unsigned int i = 0; i < test->stream_count && test->streams; i++) {
		const struct test_stream *stream = &test->streams[i];
		const struct test_stream_stats *stats = &stream->stats;

		if (stream->tx_port == port->index && stream->tx_queue == queue) {
			counts->tx_dropped += padma_counter_read(&stats->tx_dropped);
			counts->down += padma_counter_read(&stats->down);
			counts->retries += padma_counter_read(&stats->retries);
			counts->no_packet += padma_counter_read(&stats->no_packet);
		}
		if (stream->rx_port == port->index && stream->rx_queue == queue) {
			counts->refused += padma_counter_read(&stats->refused);
			counts->bad_ip += padma_counter_read(&stats->bad_ip);
			counts->bad_l4 += padma_counter_read(&stats->bad_l4);
		}
	}
}

void snapshot_keep(struct test *test, struct test_port *port)
{
	struct test_device_counts device;

	if (!port->started)
		return;
	snapshot_device(port, &device);
	port->past_device = device;
	for (unsigned int q = 0; q < test->queues; q++) {
		struct test_queue_counts counts;

		snapshot_queue(test, port, q, &counts);
		port->past[q] = counts;
	}
}
