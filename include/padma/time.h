/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/time.h - time stamps for poll-mode code
 *
 * padma_ticks() is the processor's time stamp counter if that is invariant (it then runs at one rate
 * on all cores and in all power states); its rate is measured once against CLOCK_MONOTONIC. Otherwise
 * it is CLOCK_MONOTONIC in nanoseconds. Compare and subtract ticks; padma_ticks_to_ns() converts a
 * difference.
 *
 * Threading: any thread.
 */
#ifndef PADMA_TIME_H
#define PADMA_TIME_H

#include <stdbool.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* private: filled by padma_clock_init() */
struct padma_clock {
	uint64_t use_tsc;
};
PADMA_API extern struct padma_clock padma_clock_state;

/**
 * padma_clock_init() - choose the counter, once per process
 *
 * All functions of the library that take time stamps call it; call it yourself before padma_ticks() if
 * no other function of padma was called. It takes a few microseconds and starts to measure the
 * counter's rate; the first call of padma_ticks_per_second() or of a conversion completes the
 * measurement, and waits if that is less than 2 ms later. The rate does not change afterwards.
 */
PADMA_API void padma_clock_init(void);

/**
 * padma_clock_is_tsc() - whether padma_ticks() reads the time stamp counter
 *
 * Return: true for the counter, false for CLOCK_MONOTONIC.
 */
PADMA_API bool padma_clock_is_tsc(void);

/* private: padma_ticks() without a time stamp counter */
PADMA_API uint64_t padma_ticks_monotonic(void);

/**
 * padma_ticks() - now, in ticks
 *
 * Return: a count that does not run backwards within a thread. Its rate is
 * padma_ticks_per_second().
 */
PADMA_INLINE uint64_t padma_ticks(void)
{
#if defined(__x86_64__)
	if (PADMA_LIKELY(padma_clock_state.use_tsc))
		return __rdtsc();
#endif
	return padma_ticks_monotonic();
}

/**
 * padma_now_ns() - CLOCK_MONOTONIC
 *
 * Not for hot paths: several times the cost of padma_ticks().
 *
 * Return: nanoseconds.
 */
PADMA_INLINE uint64_t padma_now_ns(void)
{
	return padma_ticks_monotonic();
}

/**
 * padma_ticks_per_second() - the rate of padma_ticks()
 *
 * Return: ticks per second, never 0.
 */
PADMA_API uint64_t padma_ticks_per_second(void);

/**
 * padma_ticks_to_ns() - a span of ticks as nanoseconds
 * @ticks: a difference of two padma_ticks()
 *
 * Return: nanoseconds, exact to the rate's 20 ppm.
 */
PADMA_API uint64_t padma_ticks_to_ns(uint64_t ticks);

/**
 * padma_ns_to_ticks() - a span of nanoseconds as ticks
 * @ns: nanoseconds
 *
 * Return: ticks, rounded down. A century does not overflow.
 */
PADMA_API uint64_t padma_ns_to_ticks(uint64_t ns);

PADMA_END_DECLS

#endif
