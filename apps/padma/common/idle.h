/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle.h - what a polling thread does while nothing comes.
 *
 * It spins, as poll-mode code does, but after some turns in vain it offers its processor to others:
 * a simulated device is a thread that may be waiting for just that one. On a processor of its own
 * that costs next to nothing.
 */
#ifndef COMMON_IDLE_H
#define COMMON_IDLE_H

#include <sched.h>

#include <padma/barrier.h>

#define IDLE_SPINS 64

/* @turns: how many turns were in vain; set to 0 by the caller when one was not. */
static inline void idle_turn(unsigned int *turns)
{
	if (++*turns < IDLE_SPINS)
		padma_cpu_relax();
	else
		sched_yield();
}

#endif
