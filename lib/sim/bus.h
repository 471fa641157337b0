/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bus.h - how one simulated PCI function reaches memory.
 *
 * Every access goes by physical address through the simulated machine's memory. What is not mapped,
 * and everything while bus mastering is off, is refused and recorded: a sanitizer for wild DMA. A hostile
 * device's writes are mutated on the way (hostile.h).
 *
 * Threading: accesses and @master under the device's lock; the record of faults has its own, so
 * that any thread can read it.
 */
#ifndef SIM_BUS_H
#define SIM_BUS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim.h>

struct sim_hostile;
struct sim_memory;

/* Memory that is not the simulated machine's. */
struct sim_foreign_memory {
	/* Where the process has the memory at @pa, and in *bytes how far it goes on; NULL: none is mapped. It stays
	 * there while bus mastering is on. */
	void *(*at)(void *ctx, uint64_t pa, uint64_t *bytes);
	void *ctx;
};

struct sim_bus {
	struct sim_memory *memory; /* NULL: what the bus leads to is foreign */
	struct sim_foreign_memory foreign;
	const char *owner;	     /* the device's name, for messages */
	bool master;		     /* Bus Master Enable (PCI Local Bus 3.0, 6.2.2) */
	struct sim_hostile *hostile; /* NULL: nothing is mutated */
	pthread_mutex_t lock;
	struct padma_sim_dma_faults faults;
};

void sim_bus_init(struct sim_bus *bus, struct sim_memory *memory, const char *owner);
void sim_bus_destroy(struct sim_bus *bus);

/* All or nothing. 0, or -EFAULT, recorded. */
int sim_bus_read(struct sim_bus *bus, uint64_t pa, void *to, size_t bytes);
int sim_bus_write(struct sim_bus *bus, uint64_t pa, const void *from, size_t bytes);

/* An aligned word of 1, 2, 4 or 8 bytes: stored, it is visible after everything that was written before;
 * loaded, before everything that is accessed afterwards. 0, or -EFAULT, recorded. */
int sim_bus_store(struct sim_bus *bus, uint64_t pa, uint64_t value, unsigned int width);
int sim_bus_load(struct sim_bus *bus, uint64_t pa, uint64_t *value, unsigned int width);

/* Leave no trace of it in the processor's caches. */
void sim_bus_make_cold(struct sim_bus *bus, uint64_t pa, size_t bytes);

void sim_bus_faults(struct sim_bus *bus, struct padma_sim_dma_faults *faults);

#endif
