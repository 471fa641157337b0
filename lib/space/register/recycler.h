/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recycler.h - objects of one size for readers that take no lock.
 *
 * An object that was put back is reused for the same purpose, and its memory for nothing else until the
 * recycler is closed: a reader that still looks at it reads an old object or a new one, never other
 * data. How it detects which:
 *
 * An object is reached by a link, a word that the writer stores where readers look for it. A
 * link holds the object's generation, which each new link increments. So a reader loads the link,
 * reads the object with acquire loads, and loads the link again: if it is the same, the object stayed
 * in place, and was not removed and added again in between. (A link would repeat after 2^21 new links
 * of one object between two loads of a reader.) The writer stores
 * both the link and everything in the object with release.
 *
 * Bit 63 of a link is set, which no dma address has. 0 is no link. Writers hold a lock.
 */
#ifndef SPACE_REGISTER_RECYCLER_H
#define SPACE_REGISTER_RECYCLER_H

#include <stddef.h>
#include <stdint.h>

#define RECYCLED_ALIGN 64u

/* The head of each object; the writer's. */
struct recycled {
	struct recycled *next_free;
	uint32_t generation;
};

struct recycler {
	size_t object_bytes; /* a multiple of RECYCLED_ALIGN */
	struct recycled *free;
	char *fresh; /* the part of the newest block that was never used */
	size_t fresh_bytes;
	struct recycler_block *blocks;
};

/* Objects of @object_bytes, rounded up. */
void recycler_open(struct recycler *recycler, size_t object_bytes);

/* Free all objects, whether they were put back or not. No reader is left. */
void recycler_close(struct recycler *recycler);

/*
 * An object: all zero after its head, or as it was when it was put back. NULL without memory, with the
 * reason noted.
 */
void *recycler_get(struct recycler *recycler);

/* Put back an object to which nothing links any more. */
void recycler_put(struct recycler *recycler, void *object);

/* A new link to an object. */
uint64_t recycler_link(void *object);

#define RECYCLED_LINK	 (1ull << 63)
#define RECYCLED_ADDRESS (((1ull << 48) - 1) & ~(uint64_t)(RECYCLED_ALIGN - 1))

/* The object behind a link. */
static inline void *recycled_at(uint64_t link)
{
	return (void *)(uintptr_t)(link & RECYCLED_ADDRESS);
}

#endif
