// SPDX-License-Identifier: BSD-3-Clause
/* The depot: its table of magazines, its two stacks, and the remnant. */
#include "base/base.h"
#include "memory/depot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct padma_pool_magazine) == 16,
	      "a magazine's head and its first objects share "
	      "a cache line");
static_assert(offsetof(struct depot, empty) % CACHE_LINE == 0 &&
		      offsetof(struct depot, remnant) % CACHE_LINE == 0 &&
		      offsetof(struct depot, capacity) % CACHE_LINE == 0,
	      "a thread that gets does not slow down one that puts");

/*
 * Magazine @index, whose bytes lie in a segment that stays. It was read from a head, whose push
 * (release) came after the segment was stored, so a relaxed load sees it.
 */
static struct padma_pool_magazine *magazine_at(const struct depot *depot, uint32_t index)
{
	uint32_t segment = 0, caches;
	char *start;

	if (index >= depot->first) {
		index -= depot->first;
		caches = index / DEPOT_PER_CACHE + 1;
		segment = 32 - (uint32_t)__builtin_clz(caches);
		index -= ((1u << (segment - 1)) - 1) * DEPOT_PER_CACHE;
	}
	start = __atomic_load_n(&depot->segments[segment], __ATOMIC_RELAXED);
	return (struct padma_pool_magazine *)(void *)(start + index * depot->stride);
}

static struct padma_pool_magazine *pop(const struct depot *depot, depot_head *stack)
{
	/* Acquire: the magazine's objects and its link, as the pusher left them. */
	depot_head head = __atomic_load_n(stack, __ATOMIC_ACQUIRE), next;
	struct padma_pool_magazine *top;

	do {
		if ((uint32_t)head == 0)
			return NULL;
		top = magazine_at(depot, (uint32_t)head - 1);
		/* Another may have popped it and set its link anew: the tag then tells. */
		next = ((head >> 32) + 1) << 32 | __atomic_load_n(&top->next, __ATOMIC_RELAXED);
	} while (!__atomic_compare_exchange_n(stack, &head, next, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
	return top;
}

static void push(depot_head *stack, struct padma_pool_magazine *magazine)
{
	depot_head head = __atomic_load_n(stack, __ATOMIC_RELAXED), next;

	do {
		__atomic_store_n(&magazine->next, (uint32_t)head, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (magazine->index + 1);
		/* Release: for whoever pops it. */
	} while (!__atomic_compare_exchange_n(stack, &head, next, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

struct padma_pool_magazine *depot_take_full(struct depot *depot)
{
	return pop(depot, &depot->full);
}

struct padma_pool_magazine *depot_take_empty(struct depot *depot)
{
	return pop(depot, &depot->empty);
}

struct padma_pool_magazine *depot_take_remnant(struct depot *depot)
{
	/* Threads that find the depot empty again and again do not fight over the line. */
	if (!__atomic_load_n(&depot->remnant, __ATOMIC_RELAXED))
		return NULL;
	return __atomic_exchange_n(&depot->remnant, NULL, __ATOMIC_ACQUIRE);
}

void depot_give_full(struct depot *depot, struct padma_pool_magazine *magazine)
{
	push(&depot->full, magazine);
}

void depot_give_empty(struct depot *depot, struct padma_pool_magazine *magazine)
{
	push(&depot->empty, magazine);
}

/* Move objects until one is empty or the other full. */
static void pour(struct padma_pool_magazine *to, struct padma_pool_magazine *from)
{
	uint32_t room = to->capacity - to->count;
	uint32_t n = from->count < room ? from->count : room;

	memcpy(&to->objects[to->count], &from->objects[from->count - n],
	       n * sizeof(to->objects[0]));
	magazine_set_count(from, from->count - n);
	magazine_set_count(to, to->count + n);
}

/* One that is neither full nor empty becomes the remnant, or is poured together with it. */
static void give_partial(struct depot *depot, struct padma_pool_magazine *magazine)
{
	struct padma_pool_magazine *none = NULL, *other;

	while (!__atomic_compare_exchange_n(&depot->remnant, &none, magazine, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
		none = NULL;
		other = depot_take_remnant(depot);
		if (!other)
			continue;
		pour(magazine, other);
		if (magazine->count == magazine->capacity) {
			depot_give_full(depot, magazine);
			magazine = other;
		} else {
			depot_give_empty(depot, other);
		}
		if (magazine->count == 0) {
			depot_give_empty(depot, magazine);
			return;
		}
	}
}

void depot_give(struct depot *depot, struct padma_pool_magazine *magazine)
{
	if (magazine->count == magazine->capacity)
		depot_give_full(depot, magazine);
	else if (magazine->count == 0)
		depot_give_empty(depot, magazine);
	else
		give_partial(depot, magazine);
}

/* A segment of @count magazines. */
static int add_segment(struct depot *depot, uint32_t segment, size_t count)
{
	char *start;

	if (segment >= DEPOT_SEGMENTS || count > SIZE_MAX / depot->stride)
		return -ENOMEM;
	start = aligned_alloc(CACHE_LINE, count * depot->stride);
	if (!start)
		return -ENOMEM;
	__atomic_store_n(&depot->segments[segment], start, __ATOMIC_RELAXED);
	return 0;
}

static void add_magazines(struct depot *depot, uint32_t count)
{
	for (; count; count--) {
		struct padma_pool_magazine *magazine = magazine_at(depot, depot->magazines);

		*magazine = (struct padma_pool_magazine){
			.capacity = depot->capacity,
			.index = depot->magazines++,
		};
		depot_give_empty(depot, magazine);
	}
}

int depot_init(struct depot *depot, size_t objects, uint32_t capacity)
{
	size_t first = (objects - 1) / capacity + 2; /* F + 1 */

	*depot = (struct depot){.capacity = capacity};
	depot->stride = align_up(sizeof(struct padma_pool_magazine) +
					 capacity * sizeof(struct padma_pool_object *),
				 CACHE_LINE);
	/* Indices are 32 bits wide, those of the caches' magazines included. */
	if (first > UINT32_MAX / 2 || add_segment(depot, 0, first))
		return -ENOMEM;
	depot->first = (uint32_t)first;
	add_magazines(depot, depot->first);
	return 0;
}

void depot_clear(struct depot *depot)
{
	for (size_t s = 0; s < DEPOT_SEGMENTS; s++)
		free(depot->segments[s]);
}

int depot_grow(struct depot *depot)
{
	uint32_t caches = (depot->magazines - depot->first) / DEPOT_PER_CACHE;

	/* 0, 1, 3, 7, ... caches: the last segment is used up. */
	if ((caches & (caches + 1)) == 0) {
		uint32_t segment = 32 - (uint32_t)__builtin_clz(caches + 1);
		int rc = add_segment(depot, segment, (size_t)(caches + 1) * DEPOT_PER_CACHE);

		if (rc)
			return rc;
	}
	add_magazines(depot, DEPOT_PER_CACHE);
	return 0;
}

size_t depot_objects(const struct depot *depot)
{
	size_t objects = 0;

	for (uint32_t i = 0; i < depot->magazines; i++)
		objects += __atomic_load_n(&magazine_at(depot, i)->count, __ATOMIC_RELAXED);
	return objects;
}
