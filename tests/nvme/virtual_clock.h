/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtual_clock.h - the driver's time (drivers/nvme/clock.h), for programs that link
 * padma_external_clock: it stands still but for the driver's naps and virtual_clock_advance().
 */
#ifndef TESTS_NVME_VIRTUAL_CLOCK_H
#define TESTS_NVME_VIRTUAL_CLOCK_H

#include "../../drivers/nvme/clock.h"

#define SECOND_NS 1000000000ull

static struct {
	uint64_t now;	      /* a tick is a nanosecond */
	uint64_t nap_ns;      /* how long each nap really takes; 0: as long as requested */
	void (*on_nap)(void); /* what happens meanwhile, or NULL */
	unsigned long naps;
} virtual_clock;

uint64_t clock_now(void)
{
	return virtual_clock.now;
}

uint64_t clock_from_ns(uint64_t ns)
{
	return ns;
}

void clock_nap(uint64_t ns)
{
	virtual_clock.now += virtual_clock.nap_ns ? virtual_clock.nap_ns : ns;
	virtual_clock.naps++;
	if (virtual_clock.on_nap)
		virtual_clock.on_nap();
}

static inline void virtual_clock_advance(uint64_t ns)
{
	virtual_clock.now += ns;
}

#endif
