/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * foreign.h - accesses of the bus to memory that is not the simulated machine's: as those of machine/memory.h.
 *
 * A transfer is within one piece of memory, or it fails.
 */
#ifndef SIM_FOREIGN_H
#define SIM_FOREIGN_H

#include "sim/bus.h"

int sim_foreign_read(const struct sim_foreign_memory *memory, uint64_t pa, void *to, size_t bytes);
int sim_foreign_write(const struct sim_foreign_memory *memory, uint64_t pa, const void *from,
		      size_t bytes);
int sim_foreign_store(const struct sim_foreign_memory *memory, uint64_t pa, uint64_t value,
		      unsigned int width);
int sim_foreign_load(const struct sim_foreign_memory *memory, uint64_t pa, uint64_t *value,
		     unsigned int width);

#endif
