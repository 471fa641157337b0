// SPDX-License-Identifier: BSD-3-Clause
/* txonly: one flow of UDP packets, 198.18.0.1 to 198.18.0.2, port 9, as testpmd's. Nothing is received. */
#include "net/test/modes/generate.h"

static int open(struct test_stream *stream)
{
	return generate_open(stream, 1);
}

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	return stream->generating ? generate(stream, packets, n) : n;
}

const struct test_mode test_mode_txonly = {
	.name = "txonly",
	.help = "transmit generated UDP packets; receive nothing",
	.transmits = true,
	.generates = true,
	.always = true,
	.open = open,
	.close = generate_close,
	.burst = burst,
};
