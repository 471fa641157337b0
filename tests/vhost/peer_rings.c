// SPDX-License-Identifier: BSD-3-Clause
/* See peer_rings.h. Virtio 1.2, 2.7 (split), 2.8 (packed), 5.1.6 (network frames). */
#include "vhost/peer_rings.h"

#include "test.h"

#include <string.h>
#include <sys/eventfd.h>

#include <padma/barrier.h>

#define F_MRG_RXBUF    15
#define F_PACKED       34
#define HEADER_BYTES   12u
#define NUM_BUFFERS_AT 10u
#define FRAME_MAX      65600u
#define PARTS	       64u
#define BURST	       32u
#define DESC_NEXT      1u
#define DESC_WRITE     2u
#define DESC_INDIRECT  4u
#define DESC_AVAIL     0x80u
#define DESC_USED      0x8000u
#define NO_INTERRUPT   1u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t a; /* split: flags; packed: id */
	uint16_t b; /* split: next; packed: flags */
};

struct part {
	char *at;
	uint32_t bytes;
};

struct chain {
	uint16_t id;
	uint16_t descriptors; /* of a packed ring */
	unsigned int count;
	uint32_t bytes;
	struct part parts[PARTS];
};

static bool has(const struct peer *peer, unsigned int feature)
{
	return peer->features >> feature & 1;
}

static void count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* What is written instead of @value. */
static uint64_t mutate(struct peer_echo *echo, uint64_t value, unsigned int bits)
{
	uint64_t random;

	if (!echo->seed || test_random(&echo->seed) % echo->rate)
		return value;
	count(&echo->mutations);
	random = test_random(&echo->seed);
	switch (random % 4) {
	case 0:
		return random >> 8 & ((1ull << bits) - 1);
	case 1:
		return value ^ 1ull << (random >> 8) % bits;
	case 2:
		return value + 1;
	default:
		return value - 1;
	}
}

static bool add_part(struct peer_echo *echo, struct chain *chain, uint64_t addr, uint32_t bytes)
{
	char *at = peer_at_guest(echo->peer, addr, bytes);

	if (!at || chain->count == PARTS) {
		count(&echo->faults);
		return false;
	}
	chain->parts[chain->count++] = (struct part){at, bytes};
	chain->bytes += bytes;
	return true;
}

static bool add_table(struct peer_echo *echo, struct chain *chain, const struct desc *desc)
{
	const char *table = peer_at_guest(echo->peer, desc->addr, desc->len);
	struct desc entry;
	bool packed = has(echo->peer, F_PACKED);

	if (!table || desc->len % sizeof(entry)) {
		count(&echo->faults);
		return false;
	}
	/* Drivers of the tests have them in order. */
	for (uint32_t at = 0; at < desc->len; at += sizeof(entry)) {
		memcpy(&entry, table + at, sizeof(entry));
		if (!add_part(echo, chain, entry.addr, entry.len))
			return false;
		if (!packed && !(entry.a & DESC_NEXT))
			break;
	}
	return true;
}

static bool add(struct peer_echo *echo, struct chain *chain, const struct desc *desc,
		uint16_t flags)
{
	return flags & DESC_INDIRECT ? add_table(echo, chain, desc)
				     : add_part(echo, chain, desc->addr, desc->len);
}

static bool split_take(struct peer_echo *echo, struct peer_ring *ring, struct chain *chain)
{
	char *avail = peer_at_user(echo->peer, ring->addr.available, 6 + 2ull * ring->num);
	char *table = peer_at_user(echo->peer, ring->addr.descriptor, 16ull * ring->num);
	uint16_t at;

	if (!avail || !table ||
	    __atomic_load_n((uint16_t *)(void *)(avail + 2), __ATOMIC_ACQUIRE) == ring->next)
		return false;
	*chain = (struct chain){0};
	memcpy(&chain->id, avail + 4 + 2 * (ring->next % ring->num), sizeof(chain->id));
	at = chain->id;
	for (unsigned int i = 0; i < ring->num; i++) {
		struct desc desc;

		memcpy(&desc, table + 16u * (at % ring->num), sizeof(desc));
		if (!add(echo, chain, &desc, desc.a))
			return false;
		if (!(desc.a & DESC_NEXT))
			break;
		at = desc.b;
	}
	ring->next++;
	return true;
}

static void split_put(struct peer_echo *echo, struct peer_ring *ring, const struct chain *chain,
		      uint32_t bytes)
{
	char *used = peer_at_user(echo->peer, ring->addr.used, 6 + 8ull * ring->num);
	uint32_t entry[2];

	if (!used)
		return;
	entry[0] = (uint32_t)mutate(echo, chain->id, 32);
	entry[1] = (uint32_t)mutate(echo, bytes, 32);
	memcpy(used + 4 + 8 * (ring->used % ring->num), entry, sizeof(entry));
	ring->used++;
	__atomic_store_n((uint16_t *)(void *)(used + 2), (uint16_t)mutate(echo, ring->used, 16),
			 __ATOMIC_RELEASE);
}

static void step(const struct peer_ring *ring, uint16_t *at, bool *wrap, uint16_t by)
{
	*at = (uint16_t)(*at + by);
	if (*at >= ring->num) {
		*at = (uint16_t)(*at - ring->num);
		*wrap = !*wrap;
	}
}

static bool packed_take(struct peer_echo *echo, struct peer_ring *ring, struct chain *chain)
{
	char *table = peer_at_user(echo->peer, ring->addr.descriptor, 16ull * ring->num);
	uint16_t at = ring->next, flags;
	bool wrap = ring->next_wrap;

	if (!table)
		return false;
	flags = __atomic_load_n((uint16_t *)(void *)(table + 16u * at + 14), __ATOMIC_ACQUIRE);
	if (!!(flags & DESC_AVAIL) != wrap || !!(flags & DESC_USED) == wrap)
		return false;
	*chain = (struct chain){0};
	for (unsigned int i = 0; i < ring->num; i++) {
		struct desc desc;

		memcpy(&desc, table + 16u * at, sizeof(desc));
		chain->id = desc.a;
		chain->descriptors++;
		step(ring, &at, &wrap, 1);
		if (!add(echo, chain, &desc, desc.b))
			return false;
		if (!(desc.b & DESC_NEXT))
			break;
	}
	ring->next = at;
	ring->next_wrap = wrap;
	return true;
}

static void packed_put(struct peer_echo *echo, struct peer_ring *ring, const struct chain *chain,
		       uint32_t bytes)
{
	char *table = peer_at_user(echo->peer, ring->addr.descriptor, 16ull * ring->num);
	char *desc = table ? table + 16u * ring->used : NULL;
	uint16_t flags = (uint16_t)((ring->used_wrap ? DESC_AVAIL | DESC_USED : 0) |
				    (bytes ? DESC_WRITE : 0));
	uint32_t length;
	uint16_t id;

	if (!desc)
		return;
	id = (uint16_t)mutate(echo, chain->id, 16);
	length = (uint32_t)mutate(echo, bytes, 32);
	memcpy(desc + 8, &length, sizeof(length));
	memcpy(desc + 12, &id, sizeof(id));
	__atomic_store_n((uint16_t *)(void *)(desc + 14), (uint16_t)mutate(echo, flags, 16),
			 __ATOMIC_RELEASE);
	step(ring, &ring->used, &ring->used_wrap, chain->descriptors);
}

static bool take(struct peer_echo *echo, struct peer_ring *ring, struct chain *chain)
{
	if (has(echo->peer, F_PACKED))
		return packed_take(echo, ring, chain);
	return split_take(echo, ring, chain);
}

static void put(struct peer_echo *echo, struct peer_ring *ring, const struct chain *chain,
		uint32_t bytes)
{
	if (has(echo->peer, F_PACKED))
		packed_put(echo, ring, chain, bytes);
	else
		split_put(echo, ring, chain, bytes);
}

/* Without event indices, which the tests' back end does not offer. */
static void call(struct peer_echo *echo, const struct peer_ring *ring)
{
	const char *area = peer_at_user(echo->peer, ring->addr.available, 4);
	uint16_t flags;

	if (!area || ring->call < 0)
		return;
	padma_dma_mb();
	memcpy(&flags, area + (has(echo->peer, F_PACKED) ? 2 : 0), sizeof(flags));
	if (!(flags & NO_INTERRUPT))
		(void)eventfd_write(ring->call, 1);
}

static uint32_t gather(const struct chain *chain, char *frame)
{
	uint32_t bytes = 0;

	for (unsigned int i = 0; i < chain->count; i++) {
		uint32_t part = chain->parts[i].bytes;

		part = part < FRAME_MAX - bytes ? part : FRAME_MAX - bytes;
		memcpy(frame + bytes, chain->parts[i].at, part);
		bytes += part;
	}
	return bytes;
}

static uint32_t scatter(const struct chain *chain, const char *from, uint32_t bytes)
{
	uint32_t done = 0;

	for (unsigned int i = 0; i < chain->count && done < bytes; i++) {
		uint32_t part = chain->parts[i].bytes;

		part = part < bytes - done ? part : bytes - done;
		memcpy(chain->parts[i].at, from + done, part);
		done += part;
	}
	return done;
}

/* Into as many buffers as it needs. They are taken first, so that the first one's header can have their number. */
static bool deliver(struct peer_echo *echo, struct peer_ring *ring, const char *frame,
		    uint32_t bytes)
{
	static _Thread_local struct chain chains[PARTS];
	uint32_t written[PARTS], done = 0;
	uint16_t buffers = 0, count_field;
	unsigned int most = has(echo->peer, F_MRG_RXBUF) ? PARTS : 1;

	while (done < bytes && buffers < most && take(echo, ring, &chains[buffers])) {
		written[buffers] = scatter(&chains[buffers], frame + done, bytes - done);
		done += written[buffers++];
	}
	count_field = (uint16_t)mutate(echo, buffers, 16);
	if (buffers && chains[0].parts[0].bytes >= HEADER_BYTES)
		memcpy(chains[0].parts[0].at + NUM_BUFFERS_AT, &count_field, sizeof(count_field));
	for (unsigned int i = 0; i < buffers; i++)
		put(echo, ring, &chains[i], written[i]);
	return buffers && done == bytes;
}

static bool may_serve(const struct peer_echo *echo, struct peer_ring *ring)
{
	eventfd_t value;

	if (!ring->addressed || !ring->enabled || ring->kick < 0 || ring->num == 0)
		return false;
	if (eventfd_read(ring->kick, &value) == 0)
		ring->kicked = true;
	return ring->kicked || !echo->waits;
}

static unsigned int serve_pair(struct peer_echo *echo, struct peer_ring *rx, struct peer_ring *tx)
{
	static _Thread_local char frame[FRAME_MAX];
	struct chain chain;
	unsigned int done = 0;

	if (!may_serve(echo, tx) || !rx->addressed || !rx->enabled)
		return 0;
	while (done < BURST && take(echo, tx, &chain)) {
		uint32_t bytes = gather(&chain, frame);

		put(echo, tx, &chain, 0);
		count(deliver(echo, rx, frame, bytes) ? &echo->frames : &echo->dropped);
		done++;
	}
	if (done < BURST)
		tx->kicked = false;
	if (done) {
		call(echo, tx);
		call(echo, rx);
	}
	return done;
}

unsigned int peer_echo_serve(void *ctx)
{
	struct peer_echo *echo = ctx;
	/* Set by the thread that started the peer. */
	struct peer *peer = __atomic_load_n(&echo->peer, __ATOMIC_ACQUIRE);
	unsigned int done = 0;

	pthread_mutex_lock(&peer->lock);
	for (unsigned int i = 0; i + 1 < PEER_RINGS; i += 2)
		done += serve_pair(echo, &peer->rings[i], &peer->rings[i + 1]);
	pthread_mutex_unlock(&peer->lock);
	return done;
}
