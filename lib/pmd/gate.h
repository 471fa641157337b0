/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate.h - the reset and removal protocol between a device's queues and whoever resets it.
 *
 *     anybody            owner of a queue (in each call)        resetter
 *     gate_raise(SHUT)
 *                        gate_passes() is false:
 *                        gate_acknowledge(), hands off
 *                                                               gate_acknowledged() by all members
 *                                                               resets the device, the rings
 *                                                               gate_reopen(): next generation
 *                        gate_passes() is false:
 *                        ends its old requests,
 *                        gate_resume()
 *
 * All that an owner must know of the device is in one word, so that the fast path is one load and
 * one comparison with what the owner saw last: a generation, which counts the resets, and flags.
 *
 * The order: what an owner did before its acknowledgement (release) is seen by the resetter
 * (acquire); what the resetter did before it reopens (release) is seen by the owner's next load of
 * the word (acquire).
 *
 * Threading: gate_raise() and reading the word: any thread. A member's acknowledge, resume and
 * passes: its owner. The rest: whoever resets, one at a time.
 */
#ifndef PMD_GATE_H
#define PMD_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>

#define GATE_SHUT	      1u /* a reset was asked for */
#define GATE_FAILED	      2u /* the device cannot be used before it is reset */
#define GATE_GONE	      4u /* the device was removed, for good */
#define GATE_FLAGS	      7u
#define GATE_GENERATION_SHIFT 3

struct gate {
	uint64_t word; /* generation << 3 | flags */
};

struct gate_member {
	uint64_t seen;	       /* the owner's: the word at which it may use the device */
	uint64_t acknowledged; /* generation + 1 of the latest shut gate that it stands outside */
};

PADMA_INLINE uint64_t gate_word(const struct gate *gate)
{
	return __atomic_load_n(&gate->word, __ATOMIC_ACQUIRE);
}

PADMA_INLINE uint64_t gate_generation(uint64_t word)
{
	return word >> GATE_GENERATION_SHIFT;
}

/* The fast path: whether nothing has happened since the owner's last look. */
PADMA_INLINE bool gate_passes(const struct gate *gate, const struct gate_member *member)
{
	return gate_word(gate) == member->seen;
}

/* Raise flags; the owners see them in their next call. Return: the word before. */
uint64_t gate_raise(struct gate *gate, uint64_t flags);

/* A queue begins its life in the present generation. */
void gate_join(const struct gate *gate, struct gate_member *member);

/* The owner will not touch the device or its rings until it has resumed. @word as it was read. */
void gate_acknowledge(struct gate_member *member, uint64_t word);

/* Whether the member's owner has acknowledged the gate that is shut now. */
bool gate_acknowledged(const struct gate *gate, const struct gate_member *member);

/* End of the reset: the next generation, without flags but GONE, and @flags. */
void gate_reopen(struct gate *gate, uint64_t flags);

/* Whether a reset has ended since the owner resumed last: its old requests must be ended. */
PADMA_INLINE bool gate_was_reset(const struct gate_member *member, uint64_t word)
{
	return gate_generation(word) != gate_generation(member->seen);
}

/* The owner has ended its old requests. */
PADMA_INLINE void gate_resume(struct gate_member *member, uint64_t word)
{
	member->seen = word & ~(uint64_t)GATE_FLAGS;
}

#endif
