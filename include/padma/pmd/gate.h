/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/gate.h - the reset and removal protocol between a device's queues and its resetter
 *
 *     any thread          owner of a queue (in each call)       resetter
 *     padma_gate_raise(SHUT)
 *                         padma_gate_passes() is false:
 *                         padma_gate_acknowledge(), hands off
 *                                                               padma_gate_acknowledged() by all
 *                                                               resets the device and the rings
 *                                                               padma_gate_reopen(): next generation
 *                         padma_gate_passes() is false:
 *                         ends its old requests,
 *                         padma_gate_resume()
 *
 * All that an owner must know of the device is in one word, so that the fast path is one load and
 * one comparison with what the owner saw last: a generation, which counts the resets, and flags.
 *
 * Memory order: what an owner did before its acknowledgement (release) is seen by the resetter
 * (acquire); what the resetter did before it reopens (release) is seen by the owner's next load of
 * the word (acquire).
 *
 * Threading: padma_gate_raise() and reading the word: any thread. A member's acknowledge, resume and
 * passes: its owner. The rest: the thread that resets, one at a time.
 */
#ifndef PADMA_PMD_GATE_H
#define PADMA_PMD_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* A reset was requested: owners leave the device alone. */
#define PADMA_GATE_SHUT		    1u
/* The device cannot be used before it is reset. */
#define PADMA_GATE_FAILED	    2u
/* The device was removed, for good. */
#define PADMA_GATE_GONE		    4u
/* All of them. */
#define PADMA_GATE_FLAGS	    7u
/* Bits of a gate's word that the flags take. */
#define PADMA_GATE_GENERATION_SHIFT 3

/**
 * struct padma_gate - one per device; all zero is open, in generation 0
 * @word: generation << PADMA_GATE_GENERATION_SHIFT | flags; read it by padma_gate_word()
 */
struct padma_gate {
	uint64_t word;
};

/**
 * struct padma_gate_member - one per queue, see padma_gate_join()
 * @seen: the owner's: the word at which it may use the device
 * @acknowledged: private: generation + 1 of the latest shut gate that the owner stays out of
 */
struct padma_gate_member {
	uint64_t seen;
	uint64_t acknowledged;
};

/**
 * padma_gate_word() - the state of the device
 * @gate: the gate
 *
 * Return: the word, with acquire order.
 */
PADMA_INLINE uint64_t padma_gate_word(const struct padma_gate *gate)
{
	return __atomic_load_n(&gate->word, __ATOMIC_ACQUIRE);
}

/**
 * padma_gate_generation() - how many resets there have been
 * @word: from padma_gate_word()
 *
 * Return: the count.
 */
PADMA_INLINE uint64_t padma_gate_generation(uint64_t word)
{
	return word >> PADMA_GATE_GENERATION_SHIFT;
}

/**
 * padma_gate_passes() - the fast path: whether nothing has happened since the owner resumed
 * @gate: the gate
 * @member: the owner's
 *
 * Return: true if the owner may use the device and its rings.
 */
PADMA_INLINE bool padma_gate_passes(const struct padma_gate *gate,
				    const struct padma_gate_member *member)
{
	return padma_gate_word(gate) == member->seen;
}

/**
 * padma_gate_raise() - raise flags, which the owners see in their next call
 * @gate: the gate
 * @flags: PADMA_GATE_*
 *
 * Return: the word before.
 */
PADMA_API uint64_t padma_gate_raise(struct padma_gate *gate, uint64_t flags);

/**
 * padma_gate_lower() - take back a flag that was raised too early
 * @gate: the gate
 * @flags: PADMA_GATE_FAILED; a removal is for good, and SHUT ends by padma_gate_reopen()
 *
 * Return: the word before.
 */
PADMA_API uint64_t padma_gate_lower(struct padma_gate *gate, uint64_t flags);

/**
 * padma_gate_join() - a queue begins its life in the present generation
 * @gate: the gate
 * @member: set
 */
PADMA_API void padma_gate_join(const struct padma_gate *gate, struct padma_gate_member *member);

/**
 * padma_gate_acknowledge() - the owner will not touch the device or its rings until it has resumed
 * @member: the owner's
 * @word: as the owner read it, with PADMA_GATE_SHUT
 */
PADMA_API void padma_gate_acknowledge(struct padma_gate_member *member, uint64_t word);

/**
 * padma_gate_acknowledged() - whether an owner has acknowledged the gate that is shut now
 * @gate: the gate
 * @member: of that owner
 *
 * Return: true if the resetter may use that queue's rings.
 */
PADMA_API bool padma_gate_acknowledged(const struct padma_gate *gate,
				       const struct padma_gate_member *member);

/**
 * padma_gate_reopen() - end of a reset: the next generation
 * @gate: the gate
 * @flags: raised in the new generation, for example PADMA_GATE_FAILED if the reset failed; of the
 *	old ones only PADMA_GATE_GONE stays
 */
PADMA_API void padma_gate_reopen(struct padma_gate *gate, uint64_t flags);

/**
 * padma_gate_was_reset() - whether a reset has ended since the owner resumed last
 * @member: the owner's
 * @word: from padma_gate_word()
 *
 * Return: true if the owner's requests are of an earlier generation: they must be ended.
 */
PADMA_INLINE bool padma_gate_was_reset(const struct padma_gate_member *member, uint64_t word)
{
	return padma_gate_generation(word) != padma_gate_generation(member->seen);
}

/**
 * padma_gate_resume() - the owner has ended its old requests
 * @member: the owner's
 * @word: as the owner read it; its generation counts, not its flags
 */
PADMA_INLINE void padma_gate_resume(struct padma_gate_member *member, uint64_t word)
{
	member->seen = word & ~(uint64_t)PADMA_GATE_FLAGS;
}

PADMA_END_DECLS

#endif
