/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h - the physical memory of the simulated machine, as its bus sees it.
 *
 * MAP in a space of the sim backend gives frames of it to user memory, UNMAP takes them back. A
 * simulated device reaches memory only through these calls, by physical address, under a lock that
 * UNMAP takes too: memory that is unmapped meanwhile is a fault, never a stray access of the
 * process.
 */
#ifndef SIM_MACHINE_MEMORY_H
#define SIM_MACHINE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct padma_space;
struct sim_memory;

/* The machine behind a space, or NULL if its backend is not sim. It lives as long as the space.
 */
struct sim_memory *space_sim_memory(struct padma_space *space);

/*
 * Copy to or from memory at @pa; runs may be crossed. Return: 0, or -EFAULT with *fault_pa the
 * first byte that is not mapped; nothing was copied then (a device that masters a bus transfer
 * which faults moves nothing of it).
 */
int sim_memory_read(struct sim_memory *memory, uint64_t pa, void *to, size_t bytes,
		    uint64_t *fault_pa);
int sim_memory_write(struct sim_memory *memory, uint64_t pa, const void *from, size_t bytes,
		     uint64_t *fault_pa);

/*
 * An aligned little-endian word of @width bytes, 1, 2, 4 or 8. The store is seen after everything that was
 * written before (release): the word that a driver polls. The load is seen before everything that is
 * accessed after it (acquire): a word that a driver changes. Return: 0, or -EFAULT.
 */
int sim_memory_store(struct sim_memory *memory, uint64_t pa, uint64_t value, unsigned int width,
		     uint64_t *fault_pa);
int sim_memory_load(struct sim_memory *memory, uint64_t pa, uint64_t *value, unsigned int width,
		    uint64_t *fault_pa);

/*
 * Push [pa, pa + bytes) out of the processor's caches, as DMA does on a machine that does not place
 * it there. Only for measuring; does nothing if the processor has no such instruction.
 */
void sim_memory_flush(struct sim_memory *memory, uint64_t pa, size_t bytes);

#endif
