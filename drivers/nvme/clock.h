/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.h - time as the driver sees it.
 *
 * The driver reads the time and sleeps here and nowhere else. A build with a virtual clock, for a
 * test or a fuzzer in which hours pass in a moment, compiles the files of this directory with
 * -DNVME_CLOCK_EXTERNAL and defines clock_now(), clock_from_ns() and clock_nap() itself; its ticks
 * may be of any length. The library padma_external_clock of tests/nvme/CMakeLists.txt is such a
 * build, tests/nvme/virtual_clock.h such a clock.
 *
 * Threading: any thread.
 */
#ifndef NVME_CLOCK_H
#define NVME_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>
#include <padma/time.h>

#ifdef NVME_CLOCK_EXTERNAL
uint64_t clock_now(void);
uint64_t clock_from_ns(uint64_t ns);
#else
/* In ticks. Polls call it: no system call if the processor has a counter. */
PADMA_INLINE uint64_t clock_now(void)
{
	return padma_ticks();
}

PADMA_INLINE uint64_t clock_from_ns(uint64_t ns)
{
	return padma_ns_to_ticks(ns);
}
#endif

/* Give the processor away for about @ns. */
void clock_nap(uint64_t ns);

/* A span of time that has begun. */
struct span {
	uint64_t start; /* ticks */
	uint64_t ticks; /* how long it is */
};

PADMA_INLINE struct span span_begin(uint64_t ns)
{
	return (struct span){clock_now(), clock_from_ns(ns)};
}

/* Ticks until it is over, 0 from then on. */
PADMA_INLINE uint64_t span_left(const struct span *span, uint64_t now)
{
	uint64_t passed = now - span->start;

	return passed < span->ticks ? span->ticks - passed : 0;
}

/* A loop that polls the device until a condition holds or the time is up. */
struct wait {
	struct span span;
	unsigned int turns;
};

/* Called once per turn: whether the time is over; otherwise pauses, briefly at first. Look once
 * more after it has said so: the thread may have slept long. */
bool wait_over(struct wait *wait);

#endif
