// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for the controller: spin for what takes microseconds, sleep for what takes longer. */
#include "clock.h"

#include <time.h>

#include <padma/barrier.h>

#define SPIN_TURNS 256
#define NAP_NS	   50000

#ifndef NVME_CLOCK_EXTERNAL
void clock_nap(uint64_t ns)
{
	const struct timespec nap = {.tv_sec = (time_t)(ns / 1000000000),
				     .tv_nsec = (long)(ns % 1000000000)};

	nanosleep(&nap, NULL);
}
#endif

bool wait_over(struct wait *wait)
{
	if (++wait->turns < SPIN_TURNS)
		padma_cpu_relax();
	else
		clock_nap(NAP_NS);
	return span_left(&wait->span, clock_now()) == 0;
}
