// SPDX-License-Identifier: BSD-3-Clause
/* See iova_space.h. */
#include "base/base.h"

#include <stdlib.h>

#include "backend/iova_space.h"

#define PAGE	   ((uint64_t)UAPI_PAGE_BYTES)
/* Bus addresses have 52 bits at most, as the guard and the resolver have it. */
#define LAST_IOVA  ((1ull << 52) - 1)
#define FIRST_HIGH (1ull << 32)

void iova_space_init(struct iova_space *space, uint64_t window, uint64_t bytes, uint64_t align)
{
	*space =
		(struct iova_space){.window = window, .window_bytes = bytes, .window_align = align};
}

static struct iova_mapping *mapping_of(struct range_node *memory)
{
	return memory ? container_of(memory, struct iova_mapping, memory) : NULL;
}

void iova_space_free(struct iova_space *space)
{
	struct range_node *node, *next;

	range_tree_for_each(node, next, &space->mappings)
	{
		range_tree_remove(&space->mappings, node);
		free(mapping_of(node));
	}
	free(space->allowed);
	iova_space_init(space, 0, 0, PAGE);
}

int iova_space_add(struct iova_space *space, uint64_t va, uint64_t bytes)
{
	struct iova_mapping *mapping;
	uint64_t end;

	if (va % PAGE || bytes % PAGE || bytes == 0 || __builtin_add_overflow(va, bytes, &end))
		return -EINVAL;
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	mapping->memory.start = va;
	mapping->memory.len = bytes;
	mapping->iovas.len = bytes;
	if (range_tree_insert(&space->mappings, &mapping->memory)) {
		space->count++;
		return 0;
	}
	free(mapping);
	return -EEXIST;
}

struct iova_mapping *iova_space_find(const struct iova_space *space, uint64_t va)
{
	return mapping_of(range_tree_find(&space->mappings, va));
}

struct iova_mapping *iova_space_next(const struct iova_space *space,
				     const struct iova_mapping *mapping)
{
	if (!mapping)
		return mapping_of(range_tree_from(&space->mappings, 0));
	return mapping_of(range_tree_next(&space->mappings, &mapping->memory));
}

void iova_space_remove(struct iova_space *space, uint64_t va)
{
	struct iova_mapping *mapping = iova_space_find(space, va);

	if (!mapping || mapping->memory.start != va)
		return;
	iova_space_unplace(space, mapping);
	range_tree_remove(&space->mappings, &mapping->memory);
	space->count--;
	free(mapping);
}

void iova_space_unplace(struct iova_space *space, struct iova_mapping *mapping)
{
	if (mapping->iovas.start == 0)
		return;
	range_tree_remove(&space->used, &mapping->iovas);
	mapping->iovas.start = 0;
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

/*
 * The lowest place in [from, last] that nothing uses; 0: none. Each step is a search of its own, and
 * leads past the next address in use that is equal to @va modulo @align: not past all that lie
 * between.
 */
static uint64_t place_between(const struct iova_space *space, const struct iova_mapping *mapping,
			      uint64_t align, uint64_t from, uint64_t last)
{
	uint64_t va = mapping->memory.start, more = mapping->memory.len - 1;
	uint64_t at = congruent(from, va, align);

	while (at <= last && more <= last - at) {
		const struct range_node *used = range_tree_from(&space->used, at);

		if (!used || used->start > at + more)
			return at;
		at = congruent(range_last(used) + 1, va, align);
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

/* @iova, if that is as good as any; else 0. */
static uint64_t place_at(const struct iova_space *space, const struct iova_mapping *mapping,
			 uint64_t least, uint64_t iova, uint64_t limit)
{
	uint64_t last = iova + mapping->memory.len - 1;

	if (iova == 0 || last < iova || last > limit || (mapping->memory.start - iova) % least ||
	    !is_allowed(space, iova, last))
		return 0;
	return range_tree_overlaps(&space->used, iova, mapping->memory.len) ? 0 : iova;
}

/* Where the run of the memory before it goes on, or that of the memory behind it begins. */
static uint64_t place_beside(const struct iova_space *space, const struct iova_mapping *mapping,
			     uint64_t least, uint64_t limit)
{
	uint64_t va = mapping->memory.start, bytes = mapping->memory.len, iova = 0;
	const struct iova_mapping *before = iova_space_find(space, va - 1);
	const struct iova_mapping *after = iova_space_find(space, va + bytes);

	if (before && before->iovas.start)
		iova = place_at(space, mapping, least, before->iovas.start + before->iovas.len,
				limit);
	if (iova == 0 && after && after->iovas.start > bytes)
		iova = place_at(space, mapping, least, after->iovas.start - bytes, limit);
	return iova;
}

static uint64_t choose(const struct iova_space *space, const struct iova_mapping *mapping,
		       uint64_t limit)
{
	uint64_t va = mapping->memory.start;
	bool in_window = va - space->window < space->window_bytes;
	uint64_t least = in_window ? space->window_align : PAGE, iova = 0;

	if (in_window)
		iova = place_at(space, mapping, least, FIRST_HIGH + (va - space->window), limit);
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

	if (iova == 0)
		return -ENOSPC;
	mapping->iovas.start = iova;
	range_tree_insert(&space->used, &mapping->iovas);
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
	struct iova_mapping *mapping = NULL;

	free(space->allowed);
	space->allowed = NULL;
	space->allowed_count = 0;
	while ((mapping = iova_space_next(space, mapping)))
		iova_space_unplace(space, mapping);
}
