// SPDX-License-Identifier: BSD-3-Clause
/*
 * flowgen: many flows of UDP packets, to 10.253.0.0 and the addresses after it, as testpmd's. What is received is
 * checked with --verify, and dropped.
 */
#include "net/test/modes/generate.h"

static int open(struct test_stream *stream)
{
	return generate_open(stream, stream->test->options->flows);
}

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	unsigned int held = stream->held;

	/* Behind what is held back is what was received now. */
	if (stream->verify) {
		for (unsigned int i = held; i < n; i++)
			verify_packet(stream->verify, packets[i]);
	}
	test_put_all(stream->cache, packets + held, n - held);
	return stream->generating ? generate(stream, packets, held) : held;
}

const struct test_mode test_mode_flowgen = {
	.name = "flowgen",
	.help = "transmit generated UDP packets of many flows; check what arrives",
	.receives = true,
	.transmits = true,
	.generates = true,
	.always = true,
	.open = open,
	.close = generate_close,
	.burst = burst,
};
