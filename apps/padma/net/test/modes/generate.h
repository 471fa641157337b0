/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate.h - UDP packets over IPv4 with right checksums, numbered and stamped (stamp.h), for the modes that
 * generate.
 */
#ifndef NET_TEST_MODES_GENERATE_H
#define NET_TEST_MODES_GENERATE_H

#include "net/test/replay.h"
#include "net/test/sizes.h"
#include "net/test/test.h"

/* The headers of generated packets: Ethernet, IPv4, UDP. */
#define GENERATE_HEADERS 42

/* A generator: the state of a stream whose mode generates. */
struct generator {
	uint8_t header[GENERATE_HEADERS];
	struct stamp stamp; /* of the next packet */
	uint64_t end;	    /* numbers to send; UINT64_MAX: no limit */
	struct rate rate;
	const struct sizes *sizes;
	unsigned int place;		  /* among the sizes */
	const struct test_replay *replay; /* frames to transmit instead, or NULL */
	uint64_t
		replay_first; /* of these, the stream's first, and how many further on its next is */
	uint64_t replay_step;
	uint16_t vlan;		  /* plus one */
	const uint16_t *segments; /* --txpkts: the lengths of a packet's segments */
	unsigned int segment_count;
	uint32_t flows;
	uint32_t flow; /* of the next packet */
	/* --window: packets that were sent and have not come back */
	uint64_t window;
	uint64_t forgiven;	/* presumed lost */
	uint64_t progress;	/* what had come back when last looked */
	uint64_t waiting_since; /* ticks */
};

/* Packets with the addresses, sizes and segments of the command line, without pace, count, window or replay. */
void generate_init(struct generator *generator, const struct test_stream *stream, uint32_t flows);

/* Set up for a stream: its own share of --count and --rate. 0, or the exit code after complaining. */
int generate_open(struct test_stream *stream, uint32_t flows);
void generate_close(struct test_stream *stream);

/* The MAC addresses may change when a port is opened again. */
void generate_address(struct test_stream *stream);

/*
 * Fill @packets, of which the first @have are there already, up to the stream's burst, as far as pace, count and window
 * allow. Return: how many there are.
 */
unsigned int generate(struct test_stream *stream, struct padma_packet **packets, unsigned int have);

/* Write one packet of @bytes bytes, number and flow as the generator says, into an empty one. For tests, too. */
bool generate_packet(struct generator *generator, struct padma_pool_cache *cache,
		     struct padma_packet *packet, uint32_t bytes);

/* How many packets the stream has generated and handed to its queue. The worker has ended. */
uint64_t generate_sent(const struct test_stream *stream);

/* --verify: how many of them are not back, at most; any thread may ask. 0 for a replay, whose packets have no numbers. */
uint64_t generate_in_flight(const struct test_stream *stream);

/* Whether it has generated all that it is to. */
bool generate_done(const struct test_stream *stream);

#endif
