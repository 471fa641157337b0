/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h - a vhost-user back end for tests: a thread with its own mappings of the front end's memory.
 *
 * It answers the protocol's requests, and can break the protocol at any of them. What it serves the rings with is in
 * peer_rings.h.
 */
#ifndef TESTS_VHOST_PEER_H
#define TESTS_VHOST_PEER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vhost/spec.h"

#define PEER_REGIONS 64u
#define PEER_RINGS   16u

/* What is wrong with its answer to one request. */
enum peer_trick {
	PEER_HONEST,
	PEER_CUTS,	  /* the connection ends in the middle of the answer */
	PEER_CUTS_HEADER, /* or of its header */
	PEER_SHORT,
	PEER_LONG,
	PEER_OTHER_REQUEST,
	PEER_NOT_A_REPLY,
	PEER_OTHER_VERSION,
	PEER_ADDS_FD,
	PEER_REFUSES, /* by VHOST_P_REPLY_ACK */
	PEER_SILENT,
	PEER_CLOSES,
	PEER_OTHER_RING, /* of GET_VRING_BASE */
};

struct peer_params {
	uint64_t features, protocol;
	uint64_t queue_pairs, slots;
	bool client; /* it connects */
	enum peer_trick trick;
	uint32_t trick_at;	  /* the request */
	unsigned int trick_after; /* that many such requests are answered well before */
	/* Called over and over while rings are there, by the peer's thread; what it did. */
	unsigned int (*serve)(void *ctx);
	void *ctx;
};

struct peer_region {
	struct vhost_region region;
	char *at; /* the peer's own mapping */
};

struct peer_ring {
	bool addressed, enabled;
	uint32_t num, base;
	struct vhost_vring_addr addr;
	int kick, call, err;
	/* peer_rings.c: the next available and the next used entry; packed rings have a wrap counter each. */
	uint16_t next, used;
	bool next_wrap, used_wrap;
	bool kicked; /* signalled since the ring was last seen empty */
};

struct peer {
	struct peer_params params;
	char path[96];
	int listener, fd, wake;
	pthread_t thread;
	bool stop;		  /* atomic */
	unsigned int connections; /* atomic: how many were made */
	unsigned int seen[64];	  /* atomic: requests by their number */
	pthread_mutex_t lock;	  /* of what follows */
	uint64_t features;	  /* negotiated */
	uint64_t protocol;
	uint8_t status;
	uint16_t mtu;
	struct peer_region regions[PEER_REGIONS];
	unsigned int region_count;
	struct peer_ring rings[PEER_RINGS];
};

/* The features of an ordinary network back end. */
#define PEER_FEATURES                                                                              \
	(VHOST_F_PROTOCOL_FEATURES | 1ull << 32 /* VERSION_1 */ | 1ull << 15 /* MRG_RXBUF */ |     \
	 1ull << 34 /* RING_PACKED */ | 1ull << 3 /* MTU */ | 1ull << 22 /* MQ */ |                \
	 1ull << 28 /* INDIRECT_DESC */)
#define PEER_PROTOCOL                                                                              \
	(VHOST_P_MQ | VHOST_P_REPLY_ACK | VHOST_P_MTU | VHOST_P_MEM_SLOTS | VHOST_P_STATUS)

/* Start one at a fresh path. */
struct peer *peer_start(const struct peer_params *params);
/* End its thread and its connection; then free it. */
void peer_stop(struct peer *peer);
/* Close the connection, as a process that ends. Another one may be made. */
void peer_hang_up(struct peer *peer);

unsigned int peer_seen(struct peer *peer, enum vhost_request request);

/* With the lock: where the peer has what the front end has at a guest's or a user's address; NULL: it was not given that. */
char *peer_at_guest(struct peer *peer, uint64_t guest, uint64_t bytes);
char *peer_at_user(struct peer *peer, uint64_t user, uint64_t bytes);

#endif
