/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer_rings.h - how the back end of the tests serves network rings: what is transmitted comes back.
 *
 * Split and packed rings, chains, indirect tables, mergeable buffers. It can write wrong things: used indices, lengths, ids,
 * flags, numbers of buffers.
 */
#ifndef TESTS_VHOST_PEER_RINGS_H
#define TESTS_VHOST_PEER_RINGS_H

#include "vhost/peer.h"

struct peer_echo {
	struct peer *peer;
	uint64_t seed;	    /* of its mutations; 0: it is honest */
	unsigned int rate;  /* one write in so many is mutated */
	bool waits;	    /* for kicks, as a back end that does not poll */
	uint64_t frames;    /* atomic: brought back */
	uint64_t dropped;   /* atomic: no buffer was there */
	uint64_t mutations; /* atomic */
	uint64_t faults;    /* atomic: what the driver gave it is not memory that was shared */
};

/* peer_params.serve; @ctx is a struct peer_echo. */
unsigned int peer_echo_serve(void *ctx);

#endif
