/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostile.h - mutating what a device writes to memory and what its registers read.
 *
 * Whether and how an access is mutated depends on the seed and on its number among the accesses of its sort
 * (writes of memory, reads of registers), and on nothing else: polls of a register, whose number may depend
 * on the clock, do not change what happens to memory. Under the device's lock.
 */
#ifndef SIM_HOSTILE_H
#define SIM_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim.h>

#define SIM_MUTATION_KINDS  ((unsigned int)PADMA_SIM_MUTATION_TORN + 1)
#define SIM_MUTATION_BIT(k) (1u << (k))
/* At most so much of a write is replaced. */
#define SIM_HOSTILE_BYTES   64u
#define SIM_HOSTILE_HISTORY 256u

/* Which accesses of a sort are mutated, and how. */
struct sim_hostile_sort {
	uint32_t kinds; /* SIM_MUTATION_BITs; 0: none is mutated */
	uint64_t count;
	uint8_t last[SIM_HOSTILE_BYTES]; /* what the access before was */
};

struct sim_hostile {
	uint64_t seed, rate, after;
	struct sim_hostile_sort writes, reads;
	uint64_t mutations;
	struct padma_sim_mutation history[SIM_HOSTILE_HISTORY]; /* ring, by their number */
};

/* What is written instead: the first @keep_bytes of it, then @count bytes at @offset. */
struct sim_hostile_write {
	size_t keep_bytes;
	size_t offset, count;
	uint8_t bytes[SIM_HOSTILE_BYTES];
};

/*
 * @kinds: names joined by '+': of mutations, and "memory" or "registers" for one sort of access alone; NULL:
 * everything. @name is for messages. 0, -EINVAL, -ENOMEM; the caller frees it.
 */
int sim_hostile_new(const char *name, uint64_t seed, uint64_t rate, uint64_t after,
		    const char *kinds, struct sim_hostile **hostile);

/* True if a write is mutated: then @write is filled. */
bool sim_hostile_write(struct sim_hostile *hostile, uint64_t pa, const void *from, size_t bytes,
		       struct sim_hostile_write *write);
/* The same of a word, whose value may change; false if it is not to be stored. */
bool sim_hostile_store(struct sim_hostile *hostile, uint64_t pa, uint64_t *value,
		       unsigned int width);
/* What a register reads as. */
uint64_t sim_hostile_read(struct sim_hostile *hostile, unsigned int bar, uint64_t offset,
			  uint64_t value, unsigned int width);

/* How many of the latest mutations are kept, and one of them, 1 for the last. */
unsigned int sim_hostile_kept(const struct sim_hostile *hostile);
const struct padma_sim_mutation *sim_hostile_latest(const struct sim_hostile *hostile,
						    unsigned int back);

#endif
