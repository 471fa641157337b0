/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle.h - the idle policy of a polling thread.
 *
 * It spins, as poll-mode code does, but yields the processor after a number of empty polls: a
 * simulated device is a thread that may be waiting for that processor. On a dedicated processor the
 * yield costs next to nothing.
 */
#ifndef COMMON_IDLE_H
#define COMMON_IDLE_H

#include <sched.h>

#include <padma/barrier.h>

#define IDLE_SPINS 64

/* @turns: empty polls in a row; the caller resets it to 0 after a poll that found something. */
static inline void idle_turn(unsigned int *turns)
{
	if (++*turns < IDLE_SPINS)
		padma_cpu_relax();
	else
		sched_yield();
}

#endif
