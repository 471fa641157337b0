// SPDX-License-Identifier: BSD-3-Clause
/* See recycler.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <assert.h>
#include <sys/mman.h>

#include "space/register/recycler.h"

/* Memory is mapped in blocks, which the kernel populates page by page as objects are used. */
#define BLOCK_BYTES KIB(256)

/* Where a link keeps the generation: between the address and bit 63, and below the address. */
#define HIGH_BITS   15
#define LOW_BITS    6

static_assert(RECYCLED_ALIGN == 1u << LOW_BITS, "an address leaves these bits of a link free");

struct recycler_block {
	struct recycler_block *next;
};

void recycler_open(struct recycler *recycler, size_t object_bytes)
{
	*recycler = (struct recycler){.object_bytes = align_up(object_bytes, RECYCLED_ALIGN)};
}

void recycler_close(struct recycler *recycler)
{
	struct recycler_block *block = recycler->blocks, *next;

	for (; block; block = next) {
		next = block->next;
		munmap(block, BLOCK_BYTES);
	}
	recycler_open(recycler, recycler->object_bytes);
}

static int add_block(struct recycler *recycler)
{
	struct recycler_block *block =
		mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return fail(-ENOMEM, "no memory to record registered memory");
	/* Only a program that asks for addresses above 2^47 is given any (mmap(2)). */
	if (((uintptr_t)block + BLOCK_BYTES) >> 48) {
		munmap(block, BLOCK_BYTES);
		return fail(-ENOMEM, "the kernel mapped memory at %p, which is too high for a link",
			    (void *)block);
	}
	block->next = recycler->blocks;
	recycler->blocks = block;
	recycler->fresh = (char *)block + RECYCLED_ALIGN;
	recycler->fresh_bytes = BLOCK_BYTES - RECYCLED_ALIGN;
	return 0;
}

void *recycler_get(struct recycler *recycler)
{
	struct recycled *object = recycler->free;

	if (object) {
		recycler->free = object->next_free;
		return object;
	}
	if (recycler->fresh_bytes < recycler->object_bytes && add_block(recycler))
		return NULL;
	object = (struct recycled *)(void *)recycler->fresh;
	recycler->fresh += recycler->object_bytes;
	recycler->fresh_bytes -= recycler->object_bytes;
	return object;
}

void recycler_put(struct recycler *recycler, void *object)
{
	struct recycled *head = object;

	head->next_free = recycler->free;
	recycler->free = head;
}

uint64_t recycler_link(void *object)
{
	struct recycled *head = object;
	uint64_t generation = ++head->generation;
	uint64_t high = generation >> LOW_BITS & ((1u << HIGH_BITS) - 1);

	return RECYCLED_LINK | high << 48 | (uintptr_t)object | (generation & (RECYCLED_ALIGN - 1));
}
