// SPDX-License-Identifier: BSD-3-Clause
/* rxonly: receive, check with --verify, and drop. */
#include "net/test/test.h"

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	if (stream->verify) {
		for (unsigned int i = 0; i < n; i++)
			verify_packet(stream->verify, packets[i]);
	}
	test_put_all(stream->cache, packets, n);
	return 0;
}

const struct test_mode test_mode_rxonly = {
	.name = "rxonly",
	.help = "receive and drop; with --verify, check what a generator sent",
	.receives = true,
	.burst = burst,
};
