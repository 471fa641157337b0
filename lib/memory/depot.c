// SPDX-License-Identifier: BSD-3-Clause
/* The depot's lists of magazines. See depot.h. */
#include "base/base.h"
#include "memory/depot.h"

#include <stdlib.h>
#include <string.h>

static void push(struct padma_pool_magazine **list, struct padma_pool_magazine *magazine)
{
	magazine->next = *list;
	*list = magazine;
}

static struct padma_pool_magazine *pop(struct padma_pool_magazine **list)
{
	struct padma_pool_magazine *magazine = *list;

	if (magazine)
		*list = magazine->next;
	return magazine;
}

static void note_objects(struct depot *depot)
{
	bool any = depot->full || depot->remnant;

	__atomic_store_n(&depot->has_objects, any, __ATOMIC_RELAXED);
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

static void shelve(struct depot *depot, struct padma_pool_magazine *magazine)
{
	if (magazine->count == magazine->capacity)
		push(&depot->full, magazine);
	else if (magazine->count == 0)
		push(&depot->empty, magazine);
	else
		depot->remnant = magazine;
}

void depot_give(struct depot *depot, struct padma_pool_magazine *magazine)
{
	struct padma_pool_magazine *remnant = depot->remnant;

	/* Of two that are neither full nor empty one becomes so. */
	if (remnant && magazine->count != 0 && magazine->count != magazine->capacity) {
		depot->remnant = NULL;
		pour(magazine, remnant);
		shelve(depot, remnant);
	}
	shelve(depot, magazine);
	note_objects(depot);
}

struct padma_pool_magazine *depot_swap_empty(struct depot *depot,
					     struct padma_pool_magazine *magazine)
{
	struct padma_pool_magazine *objects = pop(&depot->full);

	if (!objects) {
		objects = depot->remnant;
		depot->remnant = NULL;
	}
	if (objects)
		push(&depot->empty, magazine);
	note_objects(depot);
	return objects;
}

struct padma_pool_magazine *depot_swap_full(struct depot *depot,
					    struct padma_pool_magazine *magazine)
{
	struct padma_pool_magazine *empty = pop(&depot->empty);

	if (empty)
		push(&depot->full, magazine);
	note_objects(depot);
	return empty;
}

static int add_magazine(struct depot *depot)
{
	size_t bytes = sizeof(struct padma_pool_magazine) +
		       depot->capacity * sizeof(struct padma_pool_object *);
	struct padma_pool_magazine *magazine =
		aligned_alloc(CACHE_LINE, align_up(bytes, CACHE_LINE));

	if (!magazine)
		return -ENOMEM;
	*magazine = (struct padma_pool_magazine){.capacity = depot->capacity, .older = depot->all};
	depot->all = magazine;
	push(&depot->empty, magazine);
	return 0;
}

struct padma_pool_magazine *depot_take_empty(struct depot *depot)
{
	if (!depot->empty && add_magazine(depot))
		return NULL;
	return pop(&depot->empty);
}

int depot_init(struct depot *depot, size_t objects, uint32_t capacity)
{
	size_t magazines = (objects - 1) / capacity + 1;

	*depot = (struct depot){.capacity = capacity};
	while (magazines--)
		if (add_magazine(depot))
			return -ENOMEM;
	return 0;
}

int depot_grow(struct depot *depot)
{
	/* Where the second fails the first is one more in the depot, and does no harm. */
	return add_magazine(depot) ? -ENOMEM : add_magazine(depot);
}

void depot_clear(struct depot *depot)
{
	while (depot->all) {
		struct padma_pool_magazine *magazine = depot->all;

		depot->all = magazine->older;
		free(magazine);
	}
}

size_t depot_objects(const struct depot *depot)
{
	size_t objects = 0;

	for (const struct padma_pool_magazine *m = depot->all; m; m = m->older)
		objects += __atomic_load_n(&m->count, __ATOMIC_RELAXED);
	return objects;
}
