// SPDX-License-Identifier: BSD-3-Clause
/*
 * Rings between threads. Positions count up and never wrap (64 bits); a position's slot is found by a
 * mask.
 *
 * One producer and one consumer: each owns its position and publishes it; the slots are plain
 * pointers.
 *
 * Several at an end: each slot has a turn, which says which position owns it (D. Vyukov's bounded
 * queue, in bulk). Slot s of a ring of S slots is free for position p when its turn is p, and holds the object
 * of position p when its turn is p + 1; taking it makes it p + S, free for the next time round. A
 * thread looks how many slots in a row are ready, claims them by moving the end's position, and then
 * has them for itself: no other thread changes their turns. An end with a single thread is
 * moved by a store instead.
 */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <stdlib.h>

#include <padma/pmd/handoff.h>

/* Two cache lines: the processor fetches them in pairs. */
#define APART	  __attribute__((aligned(128)))
#define ALL_FLAGS (PADMA_HANDOFF_MANY_PRODUCERS | PADMA_HANDOFF_MANY_CONSUMERS)

struct turn_slot {
	uint64_t turn;
	void *object;
};

struct end {
	uint64_t at;   /* atomic: the next position to put or take */
	uint64_t seen; /* the other end's, as it was when last looked at; one thread's only */
} APART;

struct padma_handoff {
	uint64_t mask;
	uint64_t capacity;
	unsigned int flags;
	void **plain;		 /* one producer, one consumer */
	struct turn_slot *slots; /* or several */
	struct end producer;
	struct end consumer;
};

/* At least 2: of a single slot, free for the next position and full with this one are the same turn. */
static uint64_t slots_for(unsigned int entries)
{
	uint64_t slots = 2;

	while (slots < entries)
		slots *= 2;
	return slots;
}

static int make_slots(struct padma_handoff *handoff)
{
	uint64_t slots = handoff->mask + 1;

	if (!handoff->flags) {
		handoff->plain = calloc(slots, sizeof(*handoff->plain));
		return handoff->plain ? 0 : -ENOMEM;
	}
	handoff->slots = calloc(slots, sizeof(*handoff->slots));
	if (!handoff->slots)
		return -ENOMEM;
	for (uint64_t i = 0; i < slots; i++)
		handoff->slots[i].turn = i;
	return 0;
}

static void free_all(struct padma_handoff *handoff)
{
	free(handoff->plain);
	free(handoff->slots);
	free(handoff);
}

int padma_handoff_open(unsigned int entries, unsigned int flags, struct padma_handoff **opened)
{
	struct padma_handoff *handoff;

	if (entries == 0 || entries > PADMA_HANDOFF_MAX)
		return fail(-EINVAL, "a hand-over ring holds 1 to %u objects, not %u",
			    PADMA_HANDOFF_MAX, entries);
	if (flags & ~ALL_FLAGS)
		return fail(-EINVAL, "flags 0x%x of a hand-over ring are unknown", flags);
	handoff = aligned_alloc(_Alignof(struct padma_handoff), sizeof(*handoff));
	if (!handoff)
		return fail(-ENOMEM, "no memory for a hand-over ring");
	*handoff = (struct padma_handoff){
		.mask = slots_for(entries) - 1, .capacity = entries, .flags = flags};
	if (make_slots(handoff)) {
		free_all(handoff);
		return fail(-ENOMEM, "no memory for a hand-over ring of %u objects", entries);
	}
	*opened = handoff;
	return 0;
}

int padma_handoff_close(struct padma_handoff *handoff)
{
	unsigned int count = handoff ? padma_handoff_count(handoff) : 0;

	if (count)
		return fail(-EBUSY, "a hand-over ring still holds %u objects; take them first",
			    count);
	if (handoff)
		free_all(handoff);
	return 0;
}

/* How many of @n can be had of @there. */
PADMA_INLINE unsigned int share(uint64_t there, unsigned int n, bool exactly)
{
	if (PADMA_LIKELY(there >= n))
		return n;
	return exactly ? 0 : (unsigned int)there;
}

PADMA_INLINE unsigned int put_plain(struct padma_handoff *handoff, void *const *objects,
				    unsigned int n, bool exactly)
{
	uint64_t at = __atomic_load_n(&handoff->producer.at, __ATOMIC_RELAXED);
	uint64_t room = handoff->capacity - (at - handoff->producer.seen);

	if (room < n) {
		/* Acquire: what the slots held has been read. */
		handoff->producer.seen = __atomic_load_n(&handoff->consumer.at, __ATOMIC_ACQUIRE);
		room = handoff->capacity - (at - handoff->producer.seen);
	}
	n = share(room, n, exactly);
	for (unsigned int i = 0; i < n; i++)
		handoff->plain[(at + i) & handoff->mask] = objects[i];
	__atomic_store_n(&handoff->producer.at, at + n, __ATOMIC_RELEASE);
	return n;
}

PADMA_INLINE unsigned int take_plain(struct padma_handoff *handoff, void **objects, unsigned int n,
				     bool exactly)
{
	uint64_t at = __atomic_load_n(&handoff->consumer.at, __ATOMIC_RELAXED);
	uint64_t there = handoff->consumer.seen - at;

	if (there < n) {
		/* Acquire: the objects, and what was written before they were put. */
		handoff->consumer.seen = __atomic_load_n(&handoff->producer.at, __ATOMIC_ACQUIRE);
		there = handoff->consumer.seen - at;
	}
	n = share(there, n, exactly);
	for (unsigned int i = 0; i < n; i++)
		objects[i] = handoff->plain[(at + i) & handoff->mask];
	__atomic_store_n(&handoff->consumer.at, at + n, __ATOMIC_RELEASE);
	return n;
}

PADMA_INLINE struct turn_slot *slot_at(struct padma_handoff *handoff, uint64_t position)
{
	return &handoff->slots[position & handoff->mask];
}

/* How many slots from @at on have the turn of their position + @ahead; at most @n. */
PADMA_INLINE unsigned int count_ready(struct padma_handoff *handoff, uint64_t at, uint64_t ahead,
				      unsigned int n)
{
	unsigned int ready = 0;

	while (ready < n && __atomic_load_n(&slot_at(handoff, at + ready)->turn,
					    __ATOMIC_ACQUIRE) == at + ready + ahead)
		ready++;
	return ready;
}

/* A ring of a size that is no power of two has more slots than it may use. */
PADMA_INLINE unsigned int limit_to_capacity(struct padma_handoff *handoff, uint64_t at,
					    unsigned int n)
{
	uint64_t used;

	if (PADMA_LIKELY(handoff->capacity == handoff->mask + 1))
		return n;
	/* Acquire: @at, if it is an old one, is seen to have been passed. */
	used = at - __atomic_load_n(&handoff->consumer.at, __ATOMIC_ACQUIRE);
	if (used > handoff->capacity)
		return 0;
	return handoff->capacity - used < n ? (unsigned int)(handoff->capacity - used) : n;
}

/*
 * Claim up to @n slots that are ready at an end. Return: how many, from *at on: they are the
 * caller's until it changes their turns.
 */
PADMA_INLINE unsigned int claim(struct padma_handoff *handoff, struct end *end, bool many,
				uint64_t ahead, unsigned int n, bool exactly, uint64_t *at)
{
	uint64_t now = __atomic_load_n(&end->at, __ATOMIC_ACQUIRE);
	unsigned int most, ready;

	do {
		*at = now;
		most = ahead ? n : limit_to_capacity(handoff, now, n);
		ready = share(count_ready(handoff, now, ahead, most), n, exactly);
		if (ready && !many) {
			__atomic_store_n(&end->at, now + ready, __ATOMIC_RELEASE);
			return ready;
		}
		if (ready && __atomic_compare_exchange_n(&end->at, &now, now + ready, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return ready;
		if (!ready)
			now = __atomic_load_n(&end->at, __ATOMIC_ACQUIRE);
		/* Others were here meanwhile: the slots looked at were theirs. */
	} while (now != *at);
	return 0;
}

static unsigned int put_turns(struct padma_handoff *handoff, void *const *objects, unsigned int n,
			      bool exactly)
{
	uint64_t at;

	n = claim(handoff, &handoff->producer, handoff->flags & PADMA_HANDOFF_MANY_PRODUCERS, 0, n,
		  exactly, &at);
	for (unsigned int i = 0; i < n; i++) {
		struct turn_slot *slot = slot_at(handoff, at + i);

		slot->object = objects[i];
		__atomic_store_n(&slot->turn, at + i + 1, __ATOMIC_RELEASE);
	}
	return n;
}

static unsigned int take_turns(struct padma_handoff *handoff, void **objects, unsigned int n,
			       bool exactly)
{
	uint64_t at;

	n = claim(handoff, &handoff->consumer, handoff->flags & PADMA_HANDOFF_MANY_CONSUMERS, 1, n,
		  exactly, &at);
	for (unsigned int i = 0; i < n; i++) {
		struct turn_slot *slot = slot_at(handoff, at + i);

		objects[i] = slot->object;
		__atomic_store_n(&slot->turn, at + i + handoff->mask + 1, __ATOMIC_RELEASE);
	}
	return n;
}

unsigned int padma_handoff_put(struct padma_handoff *handoff, void *const *objects, unsigned int n)
{
	return handoff->flags ? put_turns(handoff, objects, n, false)
			      : put_plain(handoff, objects, n, false);
}

unsigned int padma_handoff_put_exactly(struct padma_handoff *handoff, void *const *objects,
				       unsigned int n)
{
	return handoff->flags ? put_turns(handoff, objects, n, true)
			      : put_plain(handoff, objects, n, true);
}

unsigned int padma_handoff_take(struct padma_handoff *handoff, void **objects, unsigned int n)
{
	return handoff->flags ? take_turns(handoff, objects, n, false)
			      : take_plain(handoff, objects, n, false);
}

unsigned int padma_handoff_take_exactly(struct padma_handoff *handoff, void **objects,
					unsigned int n)
{
	return handoff->flags ? take_turns(handoff, objects, n, true)
			      : take_plain(handoff, objects, n, true);
}

unsigned int padma_handoff_count(const struct padma_handoff *handoff)
{
	/* The consumer first: the producer is not behind what it was then. */
	uint64_t taken = __atomic_load_n(&handoff->consumer.at, __ATOMIC_ACQUIRE);
	uint64_t put = __atomic_load_n(&handoff->producer.at, __ATOMIC_ACQUIRE);

	return put - taken < handoff->capacity ? (unsigned int)(put - taken)
					       : (unsigned int)handoff->capacity;
}

unsigned int padma_handoff_capacity(const struct padma_handoff *handoff)
{
	return (unsigned int)handoff->capacity;
}
