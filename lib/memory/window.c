// SPDX-License-Identifier: BSD-3-Clause
/* The window: one reservation of addresses, and a bitmap of the granules that hold pages. */
#define PADMA_PART "memory"
#include "base/base.h"
#include "base/shortage.h"
#include "memory/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <padma/dma.h>

#define WINDOW_ALIGN GIB(1)
#define WORD_BITS    64

/* Reserve @bytes aligned to 1 GiB: reserve 1 GiB more, then release both ends. */
static char *reserve_aligned(size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *all = mmap(NULL, bytes + WINDOW_ALIGN, PROT_NONE, flags, -1, 0);
	size_t before, after;

	if (all == MAP_FAILED)
		return NULL;
	before = align_up((uintptr_t)all, WINDOW_ALIGN) - (uintptr_t)all;
	after = WINDOW_ALIGN - before;
	if (before)
		munmap(all, before);
	if (after)
		munmap(all + before + bytes, after);
	return all + before;
}

static int no_addresses(size_t bytes)
{
	struct sentence why = {""};

	/* For its alignment 1 GiB more is reserved at first. */
	shortage_of_addresses("", bytes + WINDOW_ALIGN, &why);
	return fail(-ENOMEM, "cannot reserve %zu GiB of addresses: %s", bytes / GIB(1),
		    *why.text ? why.text : "the process has none left; ask for a smaller window");
}

int window_open(struct window *window, size_t bytes, bool exact)
{
	*window = (struct window){0};
	if (bytes == 0 || bytes % WINDOW_ALIGN || bytes > SIZE_MAX / 2)
		return fail(-EINVAL, "a window of %zu bytes; give a multiple of 1 GiB", bytes);
	window->start = reserve_aligned(bytes);
	while (!window->start && !exact && bytes > WINDOW_ALIGN) {
		bytes = align_down(bytes / 2, WINDOW_ALIGN);
		window->start = reserve_aligned(bytes);
	}
	if (!window->start)
		return no_addresses(bytes);
	window->bytes = bytes;
	window->used = calloc(bytes / PADMA_GRANULE_BYTES / WORD_BITS, sizeof(*window->used));
	if (!window->used || pages_reserve_at(window->start, bytes)) {
		window_close(window);
		return fail(-ENOMEM, "no memory for a window of %zu GiB", bytes / GIB(1));
	}
	return 0;
}

void window_close(struct window *window)
{
	if (window->start)
		munmap(window->start, window->bytes);
	free(window->used);
	*window = (struct window){0};
}

static bool granule_used(const struct window *window, size_t granule)
{
	return window->used[granule / WORD_BITS] >> (granule % WORD_BITS) & 1;
}

static void mark(struct window *window, const void *va, size_t bytes, bool used)
{
	size_t first = (size_t)((const char *)va - window->start) / PADMA_GRANULE_BYTES;
	size_t end = first + bytes / PADMA_GRANULE_BYTES;

	for (size_t g = first; g < end; g++) {
		uint64_t bit = 1ull << (g % WORD_BITS);

		if (used)
			window->used[g / WORD_BITS] |= bit;
		else
			window->used[g / WORD_BITS] &= ~bit;
	}
}

/* The first of @count free granules at a multiple of @align granules; SIZE_MAX if there are none. */
static size_t find_free(const struct window *window, size_t count, size_t align)
{
	size_t granules = window->bytes / PADMA_GRANULE_BYTES;
	size_t first = 0, end;

	while (first + count <= granules) {
		/* A full window is skipped by the word. */
		if (first % WORD_BITS == 0 && window->used[first / WORD_BITS] == UINT64_MAX) {
			first = align_up(first + WORD_BITS, align);
			continue;
		}
		for (end = first; end < first + count && !granule_used(window, end);)
			end++;
		if (end == first + count)
			return first;
		first = align_up(end + 1, align);
	}
	return SIZE_MAX;
}

int window_map(struct window *window, size_t bytes, const struct page_source *source, int node,
	       bool populate, void **va)
{
	size_t align =
		source->page_bytes > PADMA_GRANULE_BYTES ? source->page_bytes : PADMA_GRANULE_BYTES;
	size_t first;
	int rc;

	if (bytes == 0 || !is_power_of_two(source->page_bytes) || bytes % align)
		return fail(-EINVAL, "mapping %zu bytes; give a multiple of %zu MiB", bytes,
			    align / MIB(1));
	first = find_free(window, bytes / PADMA_GRANULE_BYTES, align / PADMA_GRANULE_BYTES);
	if (first == SIZE_MAX)
		return fail(-ENOSPC,
			    "the window of %zu GiB has no room for %zu MiB more; open the space "
			    "with a larger one",
			    window->bytes / GIB(1), bytes / MIB(1));
	*va = window->start + first * PADMA_GRANULE_BYTES;
	rc = pages_map(*va, bytes, source, node, populate);
	if (rc == 0)
		mark(window, *va, bytes, true);
	return rc;
}

int window_unmap(struct window *window, void *va, size_t bytes)
{
	size_t offset = (size_t)((uintptr_t)va - (uintptr_t)window->start);
	int rc;

	if (offset % PADMA_GRANULE_BYTES || bytes % PADMA_GRANULE_BYTES || offset > window->bytes ||
	    bytes > window->bytes - offset)
		return fail(-EINVAL, "%zu bytes at %p are not a mapped part of the window", bytes,
			    va);
	fail_hold();
	rc = pages_reserve_at(va, bytes);
	if (rc)
		rc = pages_drop(va, bytes);
	if (rc == 0)
		mark(window, va, bytes, false);
	return fail_release(rc);
}
