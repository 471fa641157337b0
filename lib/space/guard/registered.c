// SPDX-License-Identifier: BSD-3-Clause
/* See registered.h. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "space/guard/registered.h"
#include "space/register/page_bits.h"

#define PAGE	   ((uint64_t)UAPI_PAGE_BYTES)
#define GRANULE	   ((uint64_t)PADMA_GRANULE_BYTES)
#define WORDS	   512u
#define DMA_BITS   52
#define SLOT_SHIFT 30
#define ROOT_BYTES (sizeof(void *) << (DMA_BITS - SLOT_SHIFT))

static_assert(PAGE * WORDS == GRANULE, "a table of pages makes a granule");
static_assert(GRANULE * WORDS == 1ull << SLOT_SHIFT, "one of granules, a slot");

/* Of granules: links to tables of pages. Of pages: counts, or links to parted pages. */
struct table {
	struct recycled head;
	uint32_t used; /* words that are not 0; the writer's */
	alignas(RECYCLED_ALIGN) uint64_t words[WORDS];
};

/* A page that some registration fills in part. It stays until no registration has a byte in it. */
struct parted_page {
	struct recycled head;
	uint32_t parts; /* registrations that have a part of it; the writer's */
	/* How many registrations each byte is part of, the writer's; NULL while none is in more
	 * than one. */
	uint32_t *counts;
	uint64_t fills;	       /* registrations that fill it */
	struct page_bits bits; /* of the parts */
};

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static bool is_link(uint64_t word)
{
	return word & RECYCLED_LINK;
}

int guard_registered_open(struct guard_registered *guard)
{
	recycler_open(&guard->tables, sizeof(struct table));
	recycler_open(&guard->pages, sizeof(struct parted_page));
	guard->root = mmap(NULL, ROOT_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (guard->root == MAP_FAILED) {
		guard->root = NULL;
		return fail(-ENOMEM, "no 32 MiB of addresses for the guard");
	}
	/* Slots are far apart: a hugepage for each would be a waste. */
	madvise(guard->root, ROOT_BYTES, MADV_NOHUGEPAGE);
	return 0;
}

/* All registrations were removed, so no page has counts. */
void guard_registered_close(struct guard_registered *guard)
{
	recycler_close(&guard->tables);
	recycler_close(&guard->pages);
	if (guard->root)
		munmap(guard->root, ROOT_BYTES);
	guard->root = NULL;
}

static uint64_t *granule_of(const struct guard_registered *guard, uint64_t dma)
{
	uint64_t *words = __atomic_load_n(&guard->root[dma >> SLOT_SHIFT], __ATOMIC_ACQUIRE);

	return words ? &words[dma / GRANULE % WORDS] : NULL;
}

static uint64_t *page_in(uint64_t link, uint64_t dma)
{
	struct table *table = recycled_at(link);

	return &table->words[dma / PAGE % WORDS];
}

/* Known bytes of one page from @within on. */
static uint64_t known_in_page(const uint64_t *page, uint64_t within)
{
	uint64_t word = load(page), known;
	const struct parted_page *parted;

	if (!is_link(word))
		return word ? PAGE - within : 0;
	parted = recycled_at(word);
	known = load(&parted->fills) ? PAGE - within
				     : page_bits_run(&parted->bits, (unsigned int)within);
	/* After the acquire loads above: what was read belongs to that page (recycler.h). */
	return __atomic_load_n(page, __ATOMIC_RELAXED) == word ? known : 0;
}

uint64_t guard_registered_from(const struct guard_registered *guard, padma_dma_t dma, uint64_t len)
{
	const uint64_t *granule = granule_of(guard, dma);
	uint64_t link = granule ? load(granule) : 0, end = align_down(dma, GRANULE) + GRANULE;
	uint64_t at = dma;

	if (!link)
		return 0;
	while (at < end && at - dma < len) {
		uint64_t left = PAGE - at % PAGE;
		uint64_t known = known_in_page(page_in(link, at), at % PAGE);

		at += known;
		if (known < left)
			break;
	}
	return __atomic_load_n(granule, __ATOMIC_RELAXED) == link ? at - dma : 0;
}

/* The word of the page at @dma, in tables that are made where there are none. */
static uint64_t *page_for(struct guard_registered *guard, uint64_t dma)
{
	uint64_t *granule = granule_of(guard, dma);
	struct table *table;

	if (!granule) {
		table = recycler_get(&guard->tables);
		if (!table)
			return NULL;
		__atomic_store_n(&guard->root[dma >> SLOT_SHIFT], table->words, __ATOMIC_RELEASE);
		granule = granule_of(guard, dma);
	}
	if (!*granule) {
		table = recycler_get(&guard->tables);
		if (!table)
			return NULL;
		store(granule, recycler_link(table));
	}
	return page_in(*granule, dma);
}

/* A page's word changes; its table goes when all its words are 0. */
static void set_page(struct guard_registered *guard, uint64_t dma, uint64_t value)
{
	uint64_t *granule = granule_of(guard, dma), *page = page_in(*granule, dma);
	struct table *table = recycled_at(*granule);

	table->used += (value != 0) - (uint32_t)(*page != 0);
	store(page, value);
	if (table->used)
		return;
	store(granule, 0);
	recycler_put(&guard->tables, table);
}

/* A table that was made for a page which could not be had. */
static void drop_empty_table(struct guard_registered *guard, uint64_t dma)
{
	uint64_t *granule = granule_of(guard, dma);

	if (granule && *granule && !*page_in(*granule, dma))
		set_page(guard, dma, 0);
}

static struct parted_page *parted_for(struct guard_registered *guard, uint64_t dma)
{
	uint64_t *page = page_for(guard, dma);
	struct parted_page *parted;

	if (page && is_link(*page))
		return recycled_at(*page);
	parted = page ? recycler_get(&guard->pages) : NULL;
	if (!parted) {
		drop_empty_table(guard, dma);
		return NULL;
	}
	store(&parted->fills, *page);
	set_page(guard, dma, recycler_link(parted));
	return parted;
}

static void drop_if_unused(struct guard_registered *guard, uint64_t dma, struct parted_page *parted)
{
	if (parted->fills || parted->parts)
		return;
	set_page(guard, dma, 0);
	free(parted->counts);
	parted->counts = NULL;
	recycler_put(&guard->pages, parted);
}

static int fill_page(struct guard_registered *guard, uint64_t dma)
{
	uint64_t *page = page_for(guard, dma);
	struct parted_page *parted;

	if (!page)
		return -ENOMEM;
	if (!is_link(*page)) {
		set_page(guard, dma, *page + 1);
		return 0;
	}
	parted = recycled_at(*page);
	store(&parted->fills, parted->fills + 1);
	return 0;
}

static void unfill_page(struct guard_registered *guard, uint64_t dma)
{
	const uint64_t *page = page_in(*granule_of(guard, dma), dma);
	struct parted_page *parted;

	if (!is_link(*page)) {
		set_page(guard, dma, *page - 1);
		return;
	}
	parted = recycled_at(*page);
	store(&parted->fills, parted->fills - 1);
	drop_if_unused(guard, dma, parted);
}

/* From now on each byte is counted. */
static int start_counting(struct parted_page *parted)
{
	parted->counts = calloc(PAGE, sizeof(*parted->counts));
	if (!parted->counts)
		return fail(-ENOMEM, "no memory to count the registrations of a page");
	for (unsigned int i = 0; i < PAGE; i++)
		parted->counts[i] = page_bits_any(&parted->bits, i, 1);
	return 0;
}

static int add_part(struct guard_registered *guard, uint64_t dma, unsigned int bytes)
{
	struct parted_page *parted = parted_for(guard, dma);
	unsigned int first = dma % PAGE;

	if (!parted)
		return -ENOMEM;
	if (!parted->counts && page_bits_any(&parted->bits, first, bytes) &&
	    start_counting(parted)) {
		drop_if_unused(guard, dma, parted);
		return -ENOMEM;
	}
	for (unsigned int i = first; parted->counts && i < first + bytes; i++)
		parted->counts[i]++;
	parted->parts++;
	page_bits_set(&parted->bits, first, bytes);
	return 0;
}

static void remove_part(struct guard_registered *guard, uint64_t dma, unsigned int bytes)
{
	struct parted_page *parted = recycled_at(*page_in(*granule_of(guard, dma), dma));
	unsigned int first = dma % PAGE;

	if (!parted->counts)
		page_bits_clear(&parted->bits, first, bytes);
	for (unsigned int i = first; parted->counts && i < first + bytes; i++) {
		if (--parted->counts[i] == 0)
			page_bits_clear(&parted->bits, i, 1);
	}
	parted->parts--;
	drop_if_unused(guard, dma, parted);
}

/* The bytes of [dma, end) in its first page. */
static unsigned int first_step(uint64_t dma, uint64_t end)
{
	uint64_t left = PAGE - dma % PAGE;

	return (unsigned int)(end - dma < left ? end - dma : left);
}

void guard_registered_remove(struct guard_registered *guard, const struct padma_run *run)
{
	uint64_t end = run->dma + run->len;
	unsigned int step;

	for (uint64_t at = run->dma; at < end; at += step) {
		step = first_step(at, end);
		if (step == PAGE)
			unfill_page(guard, at);
		else
			remove_part(guard, at, step);
	}
}

int guard_registered_add(struct guard_registered *guard, const struct padma_run *run)
{
	uint64_t end = run->dma + run->len;
	struct padma_run done = *run;
	unsigned int step;

	for (uint64_t at = run->dma; at < end; at += step) {
		step = first_step(at, end);
		if (step == PAGE ? fill_page(guard, at) : add_part(guard, at, step)) {
			done.len = at - run->dma;
			guard_registered_remove(guard, &done);
			return -ENOMEM;
		}
	}
	return 0;
}
