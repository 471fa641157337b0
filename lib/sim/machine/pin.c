// SPDX-License-Identifier: BSD-3-Clause
/* See pin.h. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "memory/populate.h"
#include "sim/machine/pin.h"

#define PAGE ((uint64_t)UAPI_PAGE_BYTES)

/* As pin_user_pages(), with FOLL_WRITE if the device may write: fault every page in. */
static int populate(uint64_t va, uint64_t bytes, bool writable)
{
	return writable ? populate_write(va, bytes) : populate_read(va, bytes);
}

static const struct sim_pin *pin_at(const struct sim_area *area, uint64_t offset)
{
	size_t low = 0, high = area->pins_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (area->pins[middle].at <= offset)
			low = middle;
		else
			high = middle;
	}
	return &area->pins[low];
}

/* An IOVA's distance from the page of the area's first byte. */
static uint64_t offset_of(const struct sim_area *area, uint64_t iova)
{
	return iova - area->range.start + area->va % PAGE;
}

uint64_t sim_area_phys(const struct sim_area *area, uint64_t iova)
{
	uint64_t offset = offset_of(area, iova);
	const struct sim_pin *pin = pin_at(area, offset);

	return pin->pa + (offset - pin->at);
}

uint64_t sim_area_run(const struct sim_area *area, uint64_t iova, uint64_t max)
{
	uint64_t offset = offset_of(area, iova);
	const struct sim_pin *pin = pin_at(area, offset);
	const struct sim_pin *end = area->pins + area->pins_count;
	uint64_t run = pin->at + pin->bytes - offset;

	while (run < max && pin + 1 < end && pin[1].pa == pin->pa + pin->bytes) {
		pin++;
		run += pin->bytes;
	}
	return run < max ? run : max;
}

/* A page of a hugepage, and those behind it: the large frame of all of it is taken with the first. */
static struct sim_pin pin_huge(struct sim_kernel *kernel, uint64_t va, uint64_t left)
{
	struct sim_memory *memory = kernel->memory;
	uint64_t large = memory->large_frames.frame_bytes, start = align_down(va, large);
	struct sim_pin pin = {.bytes = start + large - va < left ? start + large - va : left};

	pin.pa = sim_memory_share(memory, va);
	if (pin.pa)
		return pin;
	pin.pa = sim_memory_take(memory, (char *)start, true);
	if (pin.pa)
		pin.pa += va - start;
	return pin;
}

/*
 * The next piece of an area: a large frame where one fits, else a page. What is pinned already has the
 * address that it has.
 */
static struct sim_pin next_pin(struct sim_kernel *kernel, uint64_t va, uint64_t left)
{
	struct sim_memory *memory = kernel->memory;
	uint64_t large = memory->large_frames.frame_bytes;
	struct sim_pin pin = {.bytes = PAGE};

	if (va >= kernel->huge_from && va < kernel->huge_to)
		return pin_huge(kernel, va, left);
	pin.pa = sim_memory_share(memory, va);
	if (pin.pa)
		return pin;
	if (va >= kernel->large_from && va < kernel->large_to && va % large == 0 && left >= large &&
	    !(kernel->window_has_pages && sim_memory_has_frame(memory, va, large)))
		pin.bytes = large;
	else if (va >= kernel->large_from && va < kernel->large_to)
		kernel->window_has_pages = true;
	pin.pa = sim_memory_take(memory, (char *)va, pin.bytes == large);
	return pin;
}

static void drop(struct sim_memory *memory, const struct sim_pin *pin)
{
	uint64_t frame_bytes;
	struct sim_frame *frame = sim_memory_frame(memory, pin->pa, &frame_bytes);

	if (--frame->users == 0)
		sim_memory_give(memory, align_down(pin->pa, frame_bytes));
}

static int append(struct sim_area *area, size_t *capacity, const struct sim_pin *pin)
{
	if (area->pins_count == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 8;
		struct sim_pin *pins = realloc(area->pins, more * sizeof(*pins));

		if (!pins)
			return -ENOMEM;
		area->pins = pins;
		*capacity = more;
	}
	area->pins[area->pins_count++] = *pin;
	return 0;
}

static void unpin_locked(struct sim_kernel *kernel, struct sim_area *area)
{
	for (size_t i = 0; i < area->pins_count; i++)
		drop(kernel->memory, &area->pins[i]);
	free(area->pins);
	area->pins = NULL;
	area->pins_count = 0;
}

static int pin_locked(struct sim_kernel *kernel, struct sim_area *area, uint64_t va, uint64_t bytes)
{
	size_t capacity = 0;
	int rc = 0;

	for (uint64_t at = 0; at < bytes && rc == 0;) {
		struct sim_pin pin = next_pin(kernel, va + at, bytes - at);

		if (pin.pa == 0) {
			rc = -ENOMEM;
			break;
		}
		pin.at = at;
		at += pin.bytes;
		rc = append(area, &capacity, &pin);
		if (rc)
			drop(kernel->memory, &pin);
	}
	if (rc)
		unpin_locked(kernel, area);
	return rc;
}

int sim_pin(struct sim_kernel *kernel, struct sim_area *area)
{
	uint64_t va = align_down(area->va, PAGE);
	uint64_t bytes = align_up(area->va + area->range.len, PAGE) - va;
	int rc = kernel->lazy ? 0 : populate(va, bytes, area->writable);

	if (rc)
		return rc;
	pthread_rwlock_wrlock(&kernel->memory->lock);
	rc = pin_locked(kernel, area, va, bytes);
	pthread_rwlock_unlock(&kernel->memory->lock);
	return rc;
}

void sim_unpin(struct sim_kernel *kernel, struct sim_area *area)
{
	pthread_rwlock_wrlock(&kernel->memory->lock);
	unpin_locked(kernel, area);
	pthread_rwlock_unlock(&kernel->memory->lock);
}
