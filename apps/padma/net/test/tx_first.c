// SPDX-License-Identifier: BSD-3-Clause
/* See tx_first.h. */
#include "net/test/tx_first.h"

#include "net/test/modes/generate.h"
#include "net/test/turn.h"

/* Return: how many packets were made; fewer than a burst if the pool is short. */
static unsigned int make_burst(struct test_stream *stream, struct generator *generator)
{
	unsigned int n = 0;

	while (n < stream->burst) {
		struct padma_packet *packet = padma_packet_get(stream->cache);

		if (packet && generate_packet(generator, stream->cache, packet,
					      sizes_next(generator->sizes, &generator->place))) {
			stream->packets[n++] = packet;
			continue;
		}
		if (packet)
			padma_packet_put(stream->cache, packet);
		padma_counter_add(&stream->stats.no_packet, 1);
		break;
	}
	return n;
}

void tx_first(struct test_stream *stream)
{
	struct generator generator;

	generate_init(&generator, stream, 1);
	for (unsigned int i = 0; i < stream->test->options->tx_first; i++) {
		unsigned int n = make_burst(stream, &generator);
		unsigned int sent = stream->tx ? padma_tx_burst(stream->tx, stream->packets, n) : 0;

		if (sent < n)
			turn_rest(stream, stream->packets + sent, n - sent);
	}
}
