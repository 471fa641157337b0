// SPDX-License-Identifier: BSD-3-Clause
/* See iova_space.h. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "space/iova_space.h"

#define PAGE	   ((uint64_t)UAPI_PAGE_BYTES)
/* Bus addresses have 52 bits at most, as the guard and the resolver have it. */
#define LAST_IOVA  ((1ull << 52) - 1)
#define FIRST_HIGH (1ull << 32)

void iova_space_init(struct iova_space *space, uint64_t window, uint64_t bytes, uint64_t align)
{
	*space =
		(struct iova_space){.window = window, .window_bytes = bytes, .window_align = align};
}

void iova_space_free(struct iova_space *space)
{
	free(space->mappings);
	free(space->used);
	free(space->allowed);
	iova_space_init(space, 0, 0, PAGE);
}

/* The index of the first mapping that ends above @va. */
static size_t mapping_index(const struct iova_space *space, uint64_t va)
{
	size_t low = 0, high = space->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct iova_mapping *m = &space->mappings[middle];

		if (m->va + m->bytes <= va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The index of the first IOVAs in use that end at or above @iova. */
static size_t used_index(const struct iova_space *space, uint64_t iova)
{
	size_t low = 0, high = space->used_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (space->used[middle].last < iova)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more mapping, and for its IOVA. */
static int reserve(struct iova_space *space)
{
	size_t capacity = space->capacity ? space->capacity * 2 : 64;
	struct iova_mapping *mappings;
	struct uapi_iova_range *used;

	if (space->count < space->capacity)
		return 0;
	mappings = realloc(space->mappings, capacity * sizeof(*mappings));
	if (!mappings)
		return -ENOMEM;
	space->mappings = mappings;
	used = realloc(space->used, capacity * sizeof(*used));
	if (!used)
		return -ENOMEM;
	space->used = used;
	space->capacity = capacity;
	return 0;
}

int iova_space_add(struct iova_space *space, uint64_t va, uint64_t bytes)
{
	size_t i;
	uint64_t end;
	int rc;

	if (va % PAGE || bytes % PAGE || bytes == 0 || __builtin_add_overflow(va, bytes, &end))
		return -EINVAL;
	i = mapping_index(space, va);
	if (i < space->count && space->mappings[i].va < end)
		return -EEXIST;
	rc = reserve(space);
	if (rc)
		return rc;
	memmove(&space->mappings[i + 1], &space->mappings[i],
		(space->count - i) * sizeof(*space->mappings));
	space->mappings[i] = (struct iova_mapping){.va = va, .bytes = bytes};
	space->count++;
	return 0;
}

struct iova_mapping *iova_space_find(const struct iova_space *space, uint64_t va)
{
	size_t i = mapping_index(space, va);

	return i < space->count && space->mappings[i].va <= va ? &space->mappings[i] : NULL;
}

void iova_space_remove(struct iova_space *space, uint64_t va)
{
	struct iova_mapping *mapping = iova_space_find(space, va);
	size_t i;

	if (!mapping || mapping->va != va)
		return;
	iova_space_unplace(space, mapping);
	i = (size_t)(mapping - space->mappings);
	space->count--;
	memmove(mapping, mapping + 1, (space->count - i) * sizeof(*mapping));
}

void iova_space_unplace(struct iova_space *space, struct iova_mapping *mapping)
{
	size_t i = used_index(space, mapping->iova);

	if (mapping->iova == 0)
		return;
	space->used_count--;
	memmove(&space->used[i], &space->used[i + 1],
		(space->used_count - i) * sizeof(*space->used));
	mapping->iova = 0;
}

/* The allowed range number @i; before any is known, all IOVAs are one. */
static bool allowed_range(const struct iova_space *space, size_t i, struct uapi_iova_range *range)
{
	if (!space->allowed) {
		*range = (struct uapi_iova_range){PAGE, LAST_IOVA};
		return i == 0;
	}
	*range = i < space->allowed_count ? space->allowed[i] : (struct uapi_iova_range){0, 0};
	return i < space->allowed_count;
}

static bool is_allowed(const struct iova_space *space, uint64_t iova, uint64_t last)
{
	struct uapi_iova_range range;

	for (size_t i = 0; allowed_range(space, i, &range); i++) {
		if (iova >= range.start && last <= range.last)
			return true;
	}
	return false;
}

/* The lowest address from @from on that is equal to @va modulo @align. */
static uint64_t congruent(uint64_t from, uint64_t va, uint64_t align)
{
	return from + (va - from) % align;
}

/* The lowest place in [from, last] that nothing uses; 0: none. */
static uint64_t place_between(const struct iova_space *space, const struct iova_mapping *mapping,
			      uint64_t align, uint64_t from, uint64_t last)
{
	uint64_t at = congruent(from, mapping->va, align);

	for (size_t i = used_index(space, at); at <= last && mapping->bytes - 1 <= last - at; i++) {
		if (i == space->used_count || space->used[i].start > at + mapping->bytes - 1)
			return at;
		at = congruent(space->used[i].last + 1, mapping->va, align);
	}
	return 0;
}

/* The lowest place from @from on, not above @limit; 0: none. */
static uint64_t place_above(const struct iova_space *space, const struct iova_mapping *mapping,
			    uint64_t least, uint64_t from, uint64_t limit)
{
	static const uint64_t aligns[] = {GIB(1), MIB(2), PAGE};
	struct uapi_iova_range range;
	uint64_t at = 0;

	for (size_t a = 0; a < 3 && aligns[a] >= least; a++) {
		for (size_t i = 0; at == 0 && allowed_range(space, i, &range); i++)
			at = place_between(space, mapping, aligns[a],
					   range.start < from ? from : range.start,
					   range.last < limit ? range.last : limit);
	}
	return at;
}

/* @iova, where that is as good as any; else 0. */
static uint64_t place_at(const struct iova_space *space, const struct iova_mapping *mapping,
			 uint64_t least, uint64_t iova, uint64_t limit)
{
	uint64_t last = iova + mapping->bytes - 1;
	size_t i = used_index(space, iova);

	if (iova == 0 || last < iova || last > limit || (mapping->va - iova) % least ||
	    !is_allowed(space, iova, last))
		return 0;
	return i == space->used_count || space->used[i].start > last ? iova : 0;
}

/* Where the run of the memory before it goes on, or that of the memory behind it begins. */
static uint64_t place_beside(const struct iova_space *space, const struct iova_mapping *mapping,
			     uint64_t least, uint64_t limit)
{
	const struct iova_mapping *before = iova_space_find(space, mapping->va - 1);
	const struct iova_mapping *after = iova_space_find(space, mapping->va + mapping->bytes);
	uint64_t iova = 0;

	if (before && before->iova)
		iova = place_at(space, mapping, least, before->iova + before->bytes, limit);
	if (iova == 0 && after && after->iova > mapping->bytes)
		iova = place_at(space, mapping, least, after->iova - mapping->bytes, limit);
	return iova;
}

static uint64_t choose(const struct iova_space *space, const struct iova_mapping *mapping,
		       uint64_t limit)
{
	bool in_window = mapping->va - space->window < space->window_bytes;
	uint64_t least = in_window ? space->window_align : PAGE, iova = 0;

	if (in_window)
		iova = place_at(space, mapping, least, FIRST_HIGH + (mapping->va - space->window),
				limit);
	if (iova == 0)
		iova = place_beside(space, mapping, least, limit);
	/* Other memory stays out of the window's part while there is room elsewhere. */
	if (iova == 0 && !in_window)
		iova = place_above(space, mapping, least, FIRST_HIGH + space->window_bytes, limit);
	if (iova == 0)
		iova = place_above(space, mapping, least, FIRST_HIGH, limit);
	if (iova == 0)
		iova = place_above(space, mapping, least, PAGE, limit);
	return iova;
}

int iova_space_place(struct iova_space *space, struct iova_mapping *mapping, uint64_t limit)
{
	uint64_t iova = choose(space, mapping, limit);
	size_t i = used_index(space, iova);

	if (iova == 0)
		return -ENOSPC;
	memmove(&space->used[i + 1], &space->used[i],
		(space->used_count - i) * sizeof(*space->used));
	space->used[i] = (struct uapi_iova_range){iova, iova + mapping->bytes - 1};
	space->used_count++;
	mapping->iova = iova;
	return 0;
}

/* What two ranges share, in whole pages; false: nothing. */
static bool intersect(struct uapi_iova_range *range, const struct uapi_iova_range *other)
{
	if (other->start > LAST_IOVA)
		return false;
	if (other->start > range->start)
		range->start = align_up(other->start, PAGE);
	if (other->last < range->last)
		range->last = align_down(other->last + 1, PAGE) - 1;
	return other->last >= PAGE - 1 && range->start < range->last;
}

static bool are_sorted(const struct uapi_iova_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].start > ranges[i].last ||
		    (i && ranges[i].start <= ranges[i - 1].last))
			return false;
	}
	return true;
}

int iova_space_restrict(struct iova_space *space, const struct uapi_iova_range *ranges,
			size_t count)
{
	struct uapi_iova_range range, *both;
	size_t before = space->allowed ? space->allowed_count : 1, n = 0;

	if (!are_sorted(ranges, count))
		return -EPROTO;
	/* Two sorted lists of disjoint ranges meet in less than the sum of their lengths. */
	both = malloc((before + count + 1) * sizeof(*both));
	if (!both)
		return -ENOMEM;
	for (size_t i = 0; i < before; i++) {
		for (size_t j = 0; j < count; j++) {
			allowed_range(space, i, &range);
			if (intersect(&range, &ranges[j]))
				both[n++] = range;
		}
	}
	free(space->allowed);
	space->allowed = both;
	space->allowed_count = n;
	return 0;
}

void iova_space_forget(struct iova_space *space)
{
	free(space->allowed);
	space->allowed = NULL;
	space->allowed_count = 0;
	space->used_count = 0;
	for (size_t i = 0; i < space->count; i++)
		space->mappings[i].iova = 0;
}
