/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frames.h - which physical frame the simulated machine hands out next.
 *
 * One allocator per frame size over a part of the physical address space: made-up addresses,
 * deliberately laid out as the tests want them. Not locked.
 */
#ifndef SIM_MACHINE_FRAMES_H
#define SIM_MACHINE_FRAMES_H

#include <stdint.h>

#include <padma/sim.h>

struct sim_frames {
	uint64_t first_pa;
	uint64_t frame_bytes; /* a power of two */
	uint64_t count;
	uint64_t in_use;
	uint64_t *used; /* a bit per frame */
	enum padma_sim_layout layout;
	uint64_t random;
	uint64_t cursor;  /* the next frame to try */
	uint64_t cluster; /* frames left in the current run of a scattered layout */
};

/* 0, -ENOMEM. */
int sim_frames_open(struct sim_frames *frames, uint64_t first_pa, uint64_t frame_bytes,
		    uint64_t count, enum padma_sim_layout layout, uint64_t seed);
void sim_frames_close(struct sim_frames *frames);

/* The next frame's physical address, or 0 when all are taken. */
uint64_t sim_frames_take(struct sim_frames *frames);
void sim_frames_give(struct sim_frames *frames, uint64_t pa);

#endif
