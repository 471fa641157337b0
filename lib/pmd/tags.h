/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tags.h - the names of requests that a device has in hand.
 *
 * A tag is an index into a queue's per-request arrays; the identifier that goes to the device is
 * the tag with a generation above it. The device hands identifiers back, and it may lie: one that
 * is out of range, not in flight, or of an earlier use of its tag is refused. Tags are taken in
 * last-in first-out order, so the per-request memory that is used next is still in the cache.
 *
 * Threading: a queue's tags belong to its owner.
 */
#ifndef PMD_TAGS_H
#define PMD_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>

/* 16-bit identifiers: 12 bits of tag, 4 of generation. Tag 4095 is left out, so that identifier
 * 0xffff, which NVMe keeps for itself (Base 2.0, figure 87), never appears. */
#define TAG_BITS       12u
#define TAG_MASK       ((1u << TAG_BITS) - 1)
#define TAGS_MAX       TAG_MASK
#define TAG_IN_FLIGHT  (1u << 16)
#define TAG_GENERATION (1u << TAG_BITS)

struct tags {
	uint32_t *words; /* per tag: its identifier with TAG_IN_FLIGHT, or its next one without */
	uint16_t *free;	 /* a stack of free tags */
	uint32_t free_count;
	uint32_t count;
};

/* @count tags, 1 to TAGS_MAX, all free. Return: 0, -EINVAL or -ENOMEM. */
int tags_open(struct tags *tags, uint32_t count);
void tags_close(struct tags *tags);

PADMA_INLINE uint32_t tags_in_flight(const struct tags *tags)
{
	return tags->count - tags->free_count;
}

PADMA_INLINE bool tag_is_in_flight(const struct tags *tags, uint32_t tag)
{
	return tags->words[tag] & TAG_IN_FLIGHT;
}

/* Take a tag. Return: false where none is free. */
PADMA_INLINE bool tags_take(struct tags *tags, uint32_t *tag, uint16_t *id)
{
	uint32_t next, word;

	if (PADMA_UNLIKELY(tags->free_count == 0))
		return false;
	next = tags->free[--tags->free_count];
	word = tags->words[next];
	tags->words[next] = word | TAG_IN_FLIGHT;
	*id = (uint16_t)word;
	*tag = next;
	return true;
}

/* Give a tag that is in flight back. */
PADMA_INLINE void tags_give(struct tags *tags, uint32_t tag)
{
	tags->words[tag] = (uint16_t)(tags->words[tag] + TAG_GENERATION);
	tags->free[tags->free_count++] = (uint16_t)tag;
}

/* Find the tag of an identifier that the device named. Return: false where none is in flight. */
PADMA_INLINE bool tags_find(const struct tags *tags, uint32_t id, uint32_t *tag)
{
	*tag = id & TAG_MASK;
	return *tag < tags->count && tags->words[*tag] == (id | TAG_IN_FLIGHT);
}

/* Give back the tag of an identifier that the device named. Return: false where it lies. */
PADMA_INLINE bool tags_give_id(struct tags *tags, uint16_t id, uint32_t *tag)
{
	if (PADMA_UNLIKELY(!tags_find(tags, id, tag)))
		return false;
	tags_give(tags, *tag);
	return true;
}

#endif
