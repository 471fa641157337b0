/* SPDX-License-Identifier: BSD-3-Clause */
/* turn.h - one turn of a stream: the loop that is to be fast. */
#ifndef NET_TEST_TURN_H
#define NET_TEST_TURN_H

#include "net/test/record.h"
#include "net/test/test.h"

/*
 * What was not taken: a generator holds it, a forwarder tries again as often as it may, and drops the rest. Return: how
 * many were taken after all.
 */
unsigned int turn_rest(struct test_stream *stream, struct padma_packet **packets, unsigned int n);

PADMA_INLINE unsigned int turn(struct test_stream *stream)
{
	struct padma_packet **packets = stream->packets;
	unsigned int held = stream->held, got = 0, n, sent;

	if (PADMA_LIKELY(stream->rx != NULL))
		got = padma_rx_burst(stream->rx, packets + held, stream->burst);
	n = held + got;
	if (PADMA_UNLIKELY(stream->record != NULL))
		record_packets(stream->record, stream->worker->index, packets + held, got);
	if (stream->mode_burst && (got || stream->always)) {
		n = stream->mode_burst(stream, packets, n);
		if (PADMA_UNLIKELY(stream->record != NULL) && stream->generates)
			record_packets(stream->record, stream->worker->index, packets + held,
				       n - held);
	}
	if (n == 0)
		return got;
	sent = PADMA_LIKELY(stream->tx != NULL) ? padma_tx_burst(stream->tx, packets, n) : 0;
	if (PADMA_UNLIKELY(sent < n))
		sent += turn_rest(stream, packets + sent, n - sent);
	else
		stream->held = 0;
	return got + sent;
}

#endif
