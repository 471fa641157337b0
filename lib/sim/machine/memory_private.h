/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory_private.h - the simulated machine's memory, as its kernel sees it.
 *
 * Taking and giving frames belongs to MAP and UNMAP, which hold the lock for writing while they
 * change what the bus can reach.
 */
#ifndef SIM_MACHINE_MEMORY_PRIVATE_H
#define SIM_MACHINE_MEMORY_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <padma/space.h>

#include "sim/machine/frames.h"

#define SIM_SMALL_BYTES 4096u

/* Chains of frames by the memory behind them. */
#define SIM_CHAINS	(1u << 20)

/* A frame of physical memory in use, and who maps it. */
struct sim_frame {
	char *va; /* NULL: free */
	uint32_t users;
	uint32_t next; /* of its chain: the number of a frame, as in sim_memory.chains */
};

struct sim_memory {
	pthread_rwlock_t lock;
	struct sim_frames large_frames;
	struct sim_frames small_frames;
	struct sim_frame *large;
	struct sim_frame *small;
	uint64_t large_count;
	uint64_t small_count;
	/* From memory to its frame, since a page of memory has one: 0, or 1 + the number of a small
	 * frame, or 1 + small_count + that of a large one. */
	uint32_t *chains;
};

/* @large_bytes: physical memory in frames of @frame_bytes. 0, -ENOMEM with the reason noted. */
int sim_memory_open(struct sim_memory **memory, const struct padma_sim_params *params,
		    uint64_t frame_bytes, uint64_t large_bytes);
void sim_memory_close(struct sim_memory *memory);

/* The frame at @pa, or NULL if the machine has no memory. */
struct sim_frame *sim_memory_frame(struct sim_memory *memory, uint64_t pa, uint64_t *frame_bytes);

/* The physical address of the memory at @va, one user more of its frame; or 0 if it has none. */
uint64_t sim_memory_share(struct sim_memory *memory, uint64_t va);

/* Whether some of [va, va + bytes), whole pages, has a frame. */
bool sim_memory_has_frame(const struct sim_memory *memory, uint64_t va, uint64_t bytes);

/* A frame for the memory at @va, which has none, with one user: its address, or 0 when the machine is
 * full. */
uint64_t sim_memory_take(struct sim_memory *memory, char *va, bool large);
void sim_memory_give(struct sim_memory *memory, uint64_t pa);

#endif
