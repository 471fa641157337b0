// SPDX-License-Identifier: BSD-3-Clause
/* The choice of the tick counter and its calibration. */
#include "base/base.h"

#include <pthread.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <padma/time.h>

#define NS_PER_SECOND  1000000000ull
/* Long enough that the two clock readings at its ends (some 30 ns each) weigh below 10 ppm. */
#define CALIBRATION_NS 20000000ull

struct padma_clock padma_clock_state = {.ticks_per_second = NS_PER_SECOND, .use_tsc = 0};
static pthread_once_t clock_once = PTHREAD_ONCE_INIT;

uint64_t padma_ticks_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)
/* CPUID 8000_0007h EDX bit 8: the TSC runs at one rate in all P-, C- and T-states. */
static bool tsc_is_invariant(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & (1u << 8));
}

static uint64_t tsc_rate(void)
{
	uint64_t ns0 = padma_ticks_monotonic(), tsc0 = __rdtsc();
	uint64_t ns1, tsc1;

	do {
		ns1 = padma_ticks_monotonic();
		tsc1 = __rdtsc();
	} while (ns1 - ns0 < CALIBRATION_NS);
	return (uint64_t)((unsigned __int128)(tsc1 - tsc0) * NS_PER_SECOND / (ns1 - ns0));
}
#endif

static void clock_choose(void)
{
#if defined(__x86_64__)
	if (tsc_is_invariant()) {
		uint64_t rate = tsc_rate();

		if (rate) {
			padma_clock_state.ticks_per_second = rate;
			padma_clock_state.use_tsc = 1;
		}
	}
#endif
}

void padma_clock_init(void)
{
	pthread_once(&clock_once, clock_choose);
}

bool padma_clock_is_tsc(void)
{
	padma_clock_init();
	return padma_clock_state.use_tsc != 0;
}

uint64_t padma_ticks_per_second(void)
{
	padma_clock_init();
	return padma_clock_state.ticks_per_second;
}

uint64_t padma_ticks_to_ns(uint64_t ticks)
{
	padma_clock_init();
	return (uint64_t)((unsigned __int128)ticks * NS_PER_SECOND /
			  padma_clock_state.ticks_per_second);
}

uint64_t padma_ns_to_ticks(uint64_t ns)
{
	padma_clock_init();
	return (uint64_t)((unsigned __int128)ns * padma_clock_state.ticks_per_second /
			  NS_PER_SECOND);
}
