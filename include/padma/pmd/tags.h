/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/tags.h - identifiers of the requests that a device has in flight
 *
 * A tag is an index into a queue's per-request arrays. The identifier that goes to the device has
 * 16 bits: the tag in the lower ones, as many as the driver says, and above them a generation that
 * changes with each use of the tag. The identifier that the device returns is validated: one that is
 * out of range, not in flight, or of an earlier use of its tag is refused. Tags are taken in last-in
 * first-out order, so that the per-request memory that is used next is still in the cache.
 *
 * The number of tag bits is an argument of the inlined functions: give the same constant to all of
 * them, and it folds into the instructions. With 16 bits there is no generation and the identifier
 * is the tag (virtio, whose identifiers index the descriptor table). A device that reserves an
 * identifier is served by a lower count of tags: with 12 bits and 4095 tags 0xffff never appears.
 *
 * Threading: a queue's tags belong to its owner.
 */
#ifndef PADMA_PMD_TAGS_H
#define PADMA_PMD_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* Bits of an identifier. */
#define PADMA_TAG_ID_BITS   16u
/* private: the flag in a tag's word */
#define PADMA_TAG_IN_FLIGHT (1u << PADMA_TAG_ID_BITS)

/**
 * struct padma_tags - the tags of a queue; all zero before they are opened
 * @words: private: per tag: its identifier with PADMA_TAG_IN_FLIGHT, or its next one without
 * @free: private: a stack of free tags
 * @free_count: how many tags are free
 * @count: how many there are
 */
struct padma_tags {
	uint32_t *words;
	uint16_t *free;
	uint32_t free_count;
	uint32_t count;
};

/**
 * padma_tags_open() - make tags, all of them free
 * @tags: set to them; the caller owns their memory until padma_tags_close()
 * @tag_bits: bits of the tag in an identifier, 1 to 16; the others are its generation
 * @count: how many tags, 1 to 1 << @tag_bits
 *
 * Return: 0, -EINVAL or -ENOMEM; @tags is not changed by a call that fails.
 */
PADMA_API int padma_tags_open(struct padma_tags *tags, unsigned int tag_bits, uint32_t count);

/**
 * padma_tags_close() - free the memory of tags
 * @tags: the tags, zeroed by the call; all zero is allowed
 */
PADMA_API void padma_tags_close(struct padma_tags *tags);

/**
 * padma_tags_in_flight() - how many tags are in use
 * @tags: the tags
 *
 * Return: 0 to the count.
 */
PADMA_INLINE uint32_t padma_tags_in_flight(const struct padma_tags *tags)
{
	return tags->count - tags->free_count;
}

/**
 * padma_tags_is_in_flight() - whether a tag is in use
 * @tags: the tags
 * @tag: below the count
 *
 * Return: whether it was taken and not given back.
 */
PADMA_INLINE bool padma_tags_is_in_flight(const struct padma_tags *tags, uint32_t tag)
{
	return tags->words[tag] & PADMA_TAG_IN_FLIGHT;
}

/**
 * padma_tags_take() - take a free tag
 * @tags: the tags
 * @tag: set to the tag
 * @id: set to the identifier for the device
 *
 * Return: false if none is free.
 */
PADMA_INLINE bool padma_tags_take(struct padma_tags *tags, uint32_t *tag, uint16_t *id)
{
	uint32_t next, word;

	if (PADMA_UNLIKELY(tags->free_count == 0))
		return false;
	next = tags->free[--tags->free_count];
	word = tags->words[next];
	tags->words[next] = word | PADMA_TAG_IN_FLIGHT;
	*id = (uint16_t)word;
	*tag = next;
	return true;
}

/**
 * padma_tags_give() - give back a tag that is in flight
 * @tags: the tags
 * @tag_bits: as in padma_tags_open(), a constant
 * @tag: from padma_tags_take() or padma_tags_find()
 */
PADMA_INLINE void padma_tags_give(struct padma_tags *tags, unsigned int tag_bits, uint32_t tag)
{
	tags->words[tag] = (uint16_t)(tags->words[tag] + (1u << tag_bits));
	tags->free[tags->free_count++] = (uint16_t)tag;
}

/**
 * padma_tags_find() - validate an identifier that the device returned
 * @tags: the tags
 * @tag_bits: as in padma_tags_open(), a constant
 * @id: what the device returned, all bits of it; more than 16 are out of range
 * @tag: set to its tag; of no use if the call returns false
 *
 * Return: false if that identifier is not in flight: the device violates its protocol.
 */
PADMA_INLINE bool padma_tags_find(const struct padma_tags *tags, unsigned int tag_bits, uint32_t id,
				  uint32_t *tag)
{
	*tag = id & ((1u << tag_bits) - 1);
	return id < PADMA_TAG_IN_FLIGHT && *tag < tags->count &&
	       tags->words[*tag] == (id | PADMA_TAG_IN_FLIGHT);
}

/**
 * padma_tags_give_id() - validate an identifier that the device returned, and give its tag back
 * @tags: the tags
 * @tag_bits: as in padma_tags_open(), a constant
 * @id: as for padma_tags_find()
 * @tag: set to its tag; of no use if the call returns false
 *
 * Return: false if that identifier is not in flight: the device violates its protocol.
 */
PADMA_INLINE bool padma_tags_give_id(struct padma_tags *tags, unsigned int tag_bits, uint32_t id,
				     uint32_t *tag)
{
	if (PADMA_UNLIKELY(!padma_tags_find(tags, tag_bits, id, tag)))
		return false;
	padma_tags_give(tags, tag_bits, *tag);
	return true;
}

PADMA_END_DECLS

#endif
