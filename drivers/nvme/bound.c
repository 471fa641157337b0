// SPDX-License-Identifier: BSD-3-Clause
/*
 * The time limit of an opening or a reset as a whole: either is made of many waits, whose time-outs the
 * device influences, and of a number of commands that depends on the device.
 */
#include "bound.h"
#include "controller.h"
#include "message.h"

/* After a failure: disabling the controller. One that does not respond loses its bus mastering. */
#define CLEAN_UP_NS 5000000000ull

void bound_begin(struct padma_nvme *nvme)
{
	nvme->bound = span_begin(nvme->open_timeout_ns);
	nvme->bounded = true;
}

void bound_clean_up(struct padma_nvme *nvme)
{
	nvme->bound = span_begin(CLEAN_UP_NS);
	nvme->bounded = true;
}

void bound_end(struct padma_nvme *nvme)
{
	nvme->bounded = false;
}

bool bound_is_over(const struct padma_nvme *nvme)
{
	return nvme->bounded && span_left(&nvme->bound, clock_now()) == 0;
}

int bound_fail(const struct padma_nvme *nvme)
{
	return fail(-ETIMEDOUT,
		    "%s takes longer than %llu ms to be opened or reset; if that is normal for it, "
		    "give a longer open_timeout_ns",
		    nvme_name(nvme), (unsigned long long)(nvme->open_timeout_ns / 1000000));
}

struct wait bound_wait(const struct padma_nvme *nvme, uint64_t timeout_ns)
{
	struct wait wait = {.span = span_begin(timeout_ns)};
	uint64_t left = nvme->bounded ? span_left(&nvme->bound, wait.span.start) : UINT64_MAX;

	if (left < wait.span.ticks)
		wait.span.ticks = left;
	return wait;
}
