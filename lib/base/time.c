// SPDX-License-Identifier: BSD-3-Clause
/* The choice of the tick counter, and its rate. */
#include "base/base.h"

#include <pthread.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <padma/time.h>

#define NS_PER_SECOND  1000000000ull
/*
 * The least time between the two stamps that give the counter's rate. Each is off by less than half
 * of the tightest of its readings (some 30 ns), so the rate by less than 20 ppm; CLOCK_MONOTONIC
 * itself may be slewed by 500 ppm (adjtimex(2)). Usually far more time has passed: the first stamp is
 * of the process's first call, the second of the first call that needs the rate.
 */
#define CALIBRATION_NS 2000000ull
/* Readings per stamp, of which the tightest counts: one is soon disturbed by an interrupt. */
#define STAMP_READINGS 16

/* Ticks of the counter and nanoseconds of CLOCK_MONOTONIC at one moment. */
struct stamp {
	uint64_t ticks;
	uint64_t ns;
};

struct padma_clock padma_clock_state;
static pthread_once_t choice_once = PTHREAD_ONCE_INIT;
static pthread_once_t rate_once = PTHREAD_ONCE_INIT;
static uint64_t ticks_per_second = NS_PER_SECOND;

uint64_t padma_ticks_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)
static struct stamp first_stamp;

/* CPUID 8000_0007h EDX bit 8: the TSC runs at one rate in all P-, C- and T-states. */
static bool tsc_is_invariant(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & (1u << 8));
}

static struct stamp take_stamp(void)
{
	uint64_t tightest = UINT64_MAX;
	struct stamp stamp = {0};

	for (int i = 0; i < STAMP_READINGS; i++) {
		uint64_t before = __rdtsc(), ns = padma_ticks_monotonic(), after = __rdtsc();

		if (after - before < tightest) {
			tightest = after - before;
			stamp = (struct stamp){.ticks = before + tightest / 2, .ns = ns};
		}
	}
	return stamp;
}

static void measure_rate(void)
{
	struct stamp now;
	uint64_t rate;

	if (!padma_clock_state.use_tsc)
		return;
	do {
		now = take_stamp();
	} while (now.ns - first_stamp.ns < CALIBRATION_NS);
	rate = (uint64_t)((unsigned __int128)(now.ticks - first_stamp.ticks) * NS_PER_SECOND /
			  (now.ns - first_stamp.ns));
	/* A counter that stood still between the two must not become a division by zero. */
	if (rate)
		ticks_per_second = rate;
}

static void choose_counter(void)
{
	if (!tsc_is_invariant())
		return;
	first_stamp = take_stamp();
	padma_clock_state.use_tsc = 1;
}
#else
static void measure_rate(void)
{
}

static void choose_counter(void)
{
}
#endif

void padma_clock_init(void)
{
	pthread_once(&choice_once, choose_counter);
}

bool padma_clock_is_tsc(void)
{
	padma_clock_init();
	return padma_clock_state.use_tsc != 0;
}

uint64_t padma_ticks_per_second(void)
{
	padma_clock_init();
	pthread_once(&rate_once, measure_rate);
	return ticks_per_second;
}

uint64_t padma_ticks_to_ns(uint64_t ticks)
{
	uint64_t rate = padma_ticks_per_second();

	return (uint64_t)((unsigned __int128)ticks * NS_PER_SECOND / rate);
}

uint64_t padma_ns_to_ticks(uint64_t ns)
{
	uint64_t rate = padma_ticks_per_second();

	return (uint64_t)((unsigned __int128)ns * rate / NS_PER_SECOND);
}
