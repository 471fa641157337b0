/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate.h - a generator's pace: so many packets a second, by the clock that the caller reads.
 *
 * Packet number n is due n / rate after the start, computed exactly, so that no rounding adds up. A generator that
 * falls behind by more than RATE_BEHIND catches up no further: a pause is not followed by a flood.
 */
#ifndef NET_TEST_RATE_H
#define NET_TEST_RATE_H

#include <stdint.h>

#include <padma/export.h>

#define RATE_BEHIND_PER_SECOND 100 /* at most a hundredth of a second behind */

struct rate {
	uint64_t per_second; /* packets; 0: without limit */
	uint64_t ticks_per_second;
	uint64_t start; /* ticks */
	uint64_t taken; /* packets since then */
};

static inline void rate_init(struct rate *rate, uint64_t per_second, uint64_t ticks_per_second,
			     uint64_t now)
{
	*rate = (struct rate){per_second, ticks_per_second, now, 0};
}

/* How many of @wanted packets are due at @now; they are taken. */
PADMA_INLINE unsigned int rate_take(struct rate *rate, uint64_t now, unsigned int wanted)
{
	uint64_t due, behind;

	if (PADMA_LIKELY(rate->per_second == 0))
		return wanted;
	due = (uint64_t)((unsigned __int128)(now - rate->start) * rate->per_second /
			 rate->ticks_per_second);
	if (due <= rate->taken)
		return 0;
	behind = rate->per_second / RATE_BEHIND_PER_SECOND + wanted;
	if (due - rate->taken > behind)
		rate->taken = due - behind;
	if (due - rate->taken < wanted)
		wanted = (unsigned int)(due - rate->taken);
	rate->taken += wanted;
	return wanted;
}

#endif
