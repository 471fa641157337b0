/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool.h - what a pool needs from the space above it.
 */
#ifndef MEMORY_POOL_H
#define MEMORY_POOL_H

#include <stdbool.h>

#include <padma/pool.h>

/* A pool among those of its source. */
struct pool_listing {
	struct pool_listing *next, **link;
	const char *label; /* for messages: "rx", or of 8 objects of 64 bytes */
	size_t object_bytes;
	bool resolved; /* atomic: its objects have their dma addresses */
};

struct pool_source {
	void *ctx;
	/* Around the other calls of one open or close: memory that none of them kept may go. */
	void (*begin)(void *ctx);
	void (*end)(void *ctx);
	int (*alloc)(void *ctx, size_t bytes, const struct padma_alloc_params *opts, void **va);
	int (*free)(void *ctx, void *va);
	struct padma_run (*run)(void *ctx, const void *va, size_t len);
	/* Whether addresses are known: run() answers, and alloc() takes constraints on them. */
	bool (*resolves)(void *ctx);
	/* A pool was opened, or is closed; between begin and end. */
	void (*made)(void *ctx, struct pool_listing *pool);
	void (*gone)(void *ctx, struct pool_listing *pool);
};

/* Each piece of the heap that a pool has, and its objects, in the order of their addresses. */
void pool_each_part(const struct pool_listing *listing,
		    void (*fn)(void *ctx, const void *va, const struct padma_pool_object *objects,
			       size_t count),
		    void *ctx);

/* Which object of its pool it is. */
size_t pool_index(const struct pool_listing *listing, const struct padma_pool_object *object);
/* Whether an object of a pool that checks is lent. Any thread. */
bool pool_is_lent(const struct pool_listing *listing, const struct padma_pool_object *object);

/*
 * The source resolves addresses now, and some pool was opened before: whether every object meets its
 * constraints. 0, or -ERANGE with the reason noted. Afterwards pool_resolve() fills the addresses
 * in. The source's lock is held; begin and end are not called.
 */
int pool_check_addresses(const struct pool_listing *listing);
void pool_resolve(struct pool_listing *listing);

/*
 * For a part that gives its pools' objects a meaning: all objects, in the order of their addresses; the ctx of the source;
 * and a number that says what they are, 0 unless set.
 */
struct padma_pool_object *pool_objects(struct padma_pool *pool, size_t *count);
const void *pool_source_ctx(const struct padma_pool *pool);
void pool_set_tag(struct padma_pool *pool, size_t tag);
size_t pool_tag(const struct padma_pool *pool);

/* padma_pool_open() over any source, which is copied. */
int pool_create(const struct pool_source *source, const struct padma_pool_params *params,
		struct padma_pool **pool);

#endif
