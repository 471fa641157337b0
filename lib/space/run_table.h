/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_table.h - sorted ranges that readers search while a writer changes them.
 *
 * Two copies and a sequence number (Linux calls it a latch): the even or odd number says which copy
 * is valid. The writer makes the other copy new, then raises the number. A reader who was overtaken
 * by it searches again in the other copy, which is complete: readers never wait. Arrays that were
 * outgrown are kept until the table is freed, since an overtaken reader may still look at them; as
 * they double, they are less than the table itself.
 */
#ifndef SPACE_RUN_TABLE_H
#define SPACE_RUN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [start, start + len) belongs to value, value + 1, ... */
struct range {
	uint64_t start;
	uint64_t len;
	uint64_t value;
};

struct run_table {
	uint64_t sequence;
	struct run_table_copy {
		struct range *ranges; /* sorted by start, disjoint */
		size_t count;
		size_t capacity;
	} copies[2];
	struct run_table_retired *retired;
};

/* An empty table is all zero. */
void run_table_free(struct run_table *table);

/* Any thread: the range that holds @key. False where none does. @hint as in padma_run_hinted(), or
 * NULL. */
bool run_table_find(const struct run_table *table, uint64_t key, size_t *hint, struct range *found);

/*
 * Writers, one at a time. Insert @n ranges, sorted and disjoint, also from what is in the table: 0,
 * -EEXIST (they overlap it; nothing changed), -ENOMEM.
 */
int run_table_insert(struct run_table *table, const struct range *ranges, size_t n);

/*
 * Writers: take everything that starts in [start, start + len) out, or these @n ranges, sorted, all of
 * which were inserted. Cannot fail: an insertion makes room in both copies.
 */
void run_table_remove(struct run_table *table, uint64_t start, uint64_t len);
void run_table_remove_ranges(struct run_table *table, const struct range *ranges, size_t n);

/* Writers: hold exactly these ranges, sorted and disjoint. 0, -ENOMEM (nothing changed). */
int run_table_replace(struct run_table *table, const struct range *ranges, size_t n);

/* Writers: the ranges as they are now. */
const struct range *run_table_ranges(const struct run_table *table, size_t *count);

#endif
