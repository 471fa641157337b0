/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pin.h - the page table of the simulated kernel: which frames an area's pages are.
 */
#ifndef SIM_MACHINE_PIN_H
#define SIM_MACHINE_PIN_H

#include "sim/machine/kernel.h"

/* Populate an area's memory and give its pages their frames. 0, -EFAULT (no such memory, or
 * read-only), -ENOMEM. */
int sim_pin(struct sim_kernel *kernel, struct sim_area *area);
void sim_unpin(struct sim_kernel *kernel, struct sim_area *area);

/* The physical address behind an IOVA of a pinned area. */
uint64_t sim_area_phys(const struct sim_area *area, uint64_t iova);

/* The contiguous bytes from there on, at most @max, which ends in the area. */
uint64_t sim_area_run(const struct sim_area *area, uint64_t iova, uint64_t max);

#endif
