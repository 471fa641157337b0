// SPDX-License-Identifier: BSD-3-Clause
/* See run_table.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "space/run_table.h"

struct run_table_retired {
	struct run_table_retired *next;
	struct range *ranges;
};

/*
 * The pairs: a reader's acquire loads of a range and the writer's release stores to it. A reader
 * that sees a word which the writer stored into the old copy also sees the number that the writer
 * raised before, and retries.
 */
static uint64_t get(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void put(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static bool holds(const struct range *ranges, size_t i, uint64_t key)
{
	return key - get(&ranges[i].start) < get(&ranges[i].len);
}

/* The last range that starts at or before @key, or @count. */
static size_t search(const struct range *ranges, size_t count, uint64_t key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (get(&ranges[middle].start) <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : count;
}

static bool find_in(const struct run_table_copy *copy, uint64_t key, size_t *hint,
		    struct range *found)
{
	size_t count = __atomic_load_n(&copy->count, __ATOMIC_ACQUIRE);
	const struct range *ranges = __atomic_load_n(&copy->ranges, __ATOMIC_ACQUIRE);
	size_t i = hint ? *hint : count;

	if (i < count && holds(ranges, i, key))
		goto here;
	if (i + 1 < count && holds(ranges, i + 1, key)) {
		i++;
		goto here;
	}
	i = search(ranges, count, key);
	if (i >= count || !holds(ranges, i, key))
		return false;
here:
	found->start = get(&ranges[i].start);
	found->len = get(&ranges[i].len);
	found->value = get(&ranges[i].value);
	if (hint)
		*hint = i;
	return true;
}

bool run_table_find(const struct run_table *table, uint64_t key, size_t *hint, struct range *found)
{
	uint64_t sequence;
	bool there;

	do {
		sequence = __atomic_load_n(&table->sequence, __ATOMIC_ACQUIRE);
		there = find_in(&table->copies[sequence & 1], key, hint, found);
	} while (PADMA_UNLIKELY(__atomic_load_n(&table->sequence, __ATOMIC_RELAXED) != sequence));
	return there;
}

const struct range *run_table_ranges(const struct run_table *table, size_t *count)
{
	const struct run_table_copy *active = &table->copies[table->sequence & 1];

	*count = active->count;
	return active->ranges;
}

/* Room for @count ranges in a copy. What it holds stays, also for readers that look at it now. */
static int reserve_copy(struct run_table *table, struct run_table_copy *copy, size_t count)
{
	struct run_table_retired *retired;
	size_t capacity = copy->capacity ? copy->capacity : 16;
	struct range *ranges;

	if (count <= copy->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	ranges = malloc(capacity * sizeof(*ranges));
	retired = malloc(sizeof(*retired));
	if (!ranges || !retired) {
		free(ranges);
		free(retired);
		return fail(-ENOMEM, "no memory for a table of %zu runs", count);
	}
	if (copy->count)
		memcpy(ranges, copy->ranges, copy->count * sizeof(*ranges));
	retired->ranges = copy->ranges;
	retired->next = table->retired;
	table->retired = retired;
	/*
	 * A reader may pair the new array with an older, smaller count, which the array holds, but
	 * never an old array with a larger count: the count follows the array.
	 */
	__atomic_store_n(&copy->ranges, ranges, __ATOMIC_RELEASE);
	copy->capacity = capacity;
	return 0;
}

/* Room in both copies, so that what was inserted can be taken out again whatever happens. */
static int reserve(struct run_table *table, size_t count)
{
	int rc = reserve_copy(table, &table->copies[0], count);

	return rc ? rc : reserve_copy(table, &table->copies[1], count);
}

static void append(struct run_table_copy *copy, size_t *n, const struct range *range)
{
	struct range *to = &copy->ranges[(*n)++];

	put(&to->start, range->start);
	put(&to->len, range->len);
	put(&to->value, range->value);
}

/* The other copy is complete: from now on readers use it. */
static void flip(struct run_table *table, struct run_table_copy *copy, size_t count)
{
	__atomic_store_n(&copy->count, count, __ATOMIC_RELEASE);
	__atomic_store_n(&table->sequence, table->sequence + 1, __ATOMIC_RELEASE);
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->start < b->start + b->len && b->start < a->start + a->len;
}

static bool overlaps_table(const struct range *old, size_t count, const struct range *ranges,
			   size_t n)
{
	size_t i = 0;

	for (size_t k = 0; k < n; k++) {
		while (i < count && old[i].start + old[i].len <= ranges[k].start)
			i++;
		if (i < count && overlap(&old[i], &ranges[k]))
			return true;
	}
	return false;
}

int run_table_insert(struct run_table *table, const struct range *ranges, size_t n)
{
	struct run_table_copy *copy = &table->copies[(table->sequence + 1) & 1];
	size_t count, i = 0, k = 0, total = 0;
	const struct range *old = run_table_ranges(table, &count);

	if (overlaps_table(old, count, ranges, n))
		return -EEXIST;
	if (reserve(table, count + n))
		return -ENOMEM;
	old = run_table_ranges(table, &count);
	while (i < count || k < n) {
		if (k == n || (i < count && old[i].start < ranges[k].start))
			append(copy, &total, &old[i++]);
		else
			append(copy, &total, &ranges[k++]);
	}
	flip(table, copy, total);
	return 0;
}

void run_table_remove(struct run_table *table, uint64_t start, uint64_t len)
{
	struct run_table_copy *copy = &table->copies[(table->sequence + 1) & 1];
	size_t count, total = 0;
	const struct range *old = run_table_ranges(table, &count);

	for (size_t i = 0; i < count; i++) {
		if (old[i].start - start >= len)
			append(copy, &total, &old[i]);
	}
	flip(table, copy, total);
}

void run_table_remove_ranges(struct run_table *table, const struct range *ranges, size_t n)
{
	struct run_table_copy *copy = &table->copies[(table->sequence + 1) & 1];
	size_t count, total = 0, k = 0;
	const struct range *old = run_table_ranges(table, &count);

	for (size_t i = 0; i < count; i++) {
		while (k < n && ranges[k].start < old[i].start)
			k++;
		if (k == n || ranges[k].start != old[i].start)
			append(copy, &total, &old[i]);
	}
	flip(table, copy, total);
}

int run_table_replace(struct run_table *table, const struct range *ranges, size_t n)
{
	struct run_table_copy *copy = &table->copies[(table->sequence + 1) & 1];
	size_t total = 0;

	if (reserve(table, n))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		append(copy, &total, &ranges[i]);
	flip(table, copy, total);
	return 0;
}

void run_table_free(struct run_table *table)
{
	for (struct run_table_retired *r = table->retired, *next; r; r = next) {
		next = r->next;
		free(r->ranges);
		free(r);
	}
	free(table->copies[0].ranges);
	free(table->copies[1].ranges);
	*table = (struct run_table){0};
}
