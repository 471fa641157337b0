/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verify.h - track the sequence numbers of stamped packets: what is lost, duplicated, reordered, corrupted.
 *
 * A receive queue has a record for each sender that it hears of, with a window of the numbers before the highest. The
 * records of all queues are added up at the end: a sender's packets may arrive at several of them, each in order.
 */
#ifndef NET_TEST_VERIFY_H
#define NET_TEST_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/counter.h>
#include <padma/net/packet.h>

#include "net/test/stamp.h"

#define VERIFY_WINDOW  4096 /* numbers; a power of two */
#define VERIFY_SENDERS 256  /* that a queue can follow; a power of two */

struct verify_sender {
	bool used;
	uint16_t run;
	uint16_t stream;
	uint64_t first; /* lowest and highest number seen */
	uint64_t highest;
	struct padma_counter received; /* each number once, as far as the window shows */
	uint64_t doubled;
	uint64_t reordered; /* behind a higher number */
	uint64_t seen[VERIFY_WINDOW / 64];
};

/* Of one receive queue. The counters may be read by others meanwhile. */
struct verify {
	struct padma_counter good;	/* packets */
	struct padma_counter corrupt;	/* of the test, with a wrong byte, checksum or length */
	struct padma_counter other;	/* of other programs */
	struct padma_counter untracked; /* of more senders than there is room for */
	struct verify_sender senders[VERIFY_SENDERS];
};

struct verify_total {
	uint64_t good;
	uint64_t corrupt;
	uint64_t other;
	uint64_t untracked;
	uint64_t lost;
	uint64_t lost_with_port; /* not among @lost */
	uint64_t doubled;
	uint64_t reordered;
	unsigned int senders;
};

/* Check a packet: its IP and UDP checksums, its payload, its number. */
void verify_packet(struct verify *verify, const struct padma_packet *packet);

/* Note a number of a sender: also for tests. */
void verify_number(struct verify *verify, const struct stamp *stamp);

/*
 * How many packets of @stream of @run were received, or 0. Any thread may ask.
 */
uint64_t verify_received(const struct verify *verify, uint16_t run, uint16_t stream);

/* A stream that this process sent. */
struct verify_sent {
	uint16_t stream;
	uint64_t sent;
	uint64_t in_flight; /* so many may have been lost with a port, see struct test_stream */
};

/*
 * Add up the records of @count queues. Packets that this process sent itself, as run @run, are lost if they are not there,
 * those of others if numbers are missing between those that are; with @interrupted, as a port was closed for a while, they
 * were lost with it.
 */
void verify_sum(struct verify *const *verify, unsigned int count, uint16_t run,
		const struct verify_sent *sent, unsigned int sent_count, bool interrupted,
		struct verify_total *total);

#endif
