// SPDX-License-Identifier: BSD-3-Clause
/* See map.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <assert.h>
#include <stdalign.h>
#include <sys/mman.h>

#include "space/register/map.h"

#define PAGE	   ((uint64_t)UAPI_PAGE_BYTES)
#define GRANULE	   ((uint64_t)PADMA_GRANULE_BYTES)
#define ENTRIES	   512u
#define ROOT_BYTES (sizeof(void *) << (PADMA_REGISTERED_BITS - PADMA_REGISTERED_SHIFT))

static_assert(PAGE * ENTRIES == GRANULE, "a table of pages makes a granule");
static_assert(GRANULE * ENTRIES == 1ull << PADMA_REGISTERED_SHIFT, "one of granules, a slot");

/* A flag in run_bytes, which is a multiple of the page size: the next piece may continue the run. */
#define MORE 1u

struct table {
	struct recycled head;
	uint32_t used; /* entries that are not 0; the writer's */
	alignas(RECYCLED_ALIGN) struct padma_space_entry entries[ENTRIES];
};

/* What one step of a lookup finds. */
struct piece {
	uint64_t dma;  /* 0: nothing */
	uint64_t left; /* bytes from there on */
	bool more;     /* the next piece may continue the run */
};

static bool is_dma(uint64_t word)
{
	return (int64_t)word > 0;
}

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

int registered_map_open(struct registered_map *map)
{
	recycler_open(&map->tables, sizeof(struct table));
	recycler_open(&map->pages, sizeof(struct partial_page));
	map->root = mmap(NULL, ROOT_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map->root != MAP_FAILED)
		return 0;
	map->root = NULL;
	return fail(-ENOMEM, "no %zu bytes of addresses for the map of registered memory",
		    ROOT_BYTES);
}

void registered_map_close(struct registered_map *map)
{
	recycler_close(&map->tables);
	recycler_close(&map->pages);
	if (map->root)
		munmap(map->root, ROOT_BYTES);
	map->root = NULL;
}

bool registered_map_reaches(uint64_t end)
{
	return end <= 1ull << PADMA_REGISTERED_BITS;
}

static struct padma_space_entry *granule_of(const struct registered_map *map, uint64_t va)
{
	struct padma_space_entry *granules;

	if (va >> PADMA_REGISTERED_BITS)
		return NULL;
	granules = (struct padma_space_entry *)(uintptr_t)__atomic_load_n(
		&map->root[va >> PADMA_REGISTERED_SHIFT], __ATOMIC_ACQUIRE);
	return granules ? &granules[va / GRANULE % ENTRIES] : NULL;
}

static struct padma_space_entry *page_in(uint64_t link, uint64_t va)
{
	struct table *table = recycled_at(link);

	return &table->entries[va / PAGE % ENTRIES];
}

/* Readers. */

static struct piece piece_of_entry(const struct padma_space_entry *entry, uint64_t dma,
				   uint64_t within)
{
	uint64_t run = load(&entry->run_bytes);

	return (struct piece){
		.dma = dma + within, .left = (run & ~(uint64_t)MORE) - within, .more = run & MORE};
}

static struct piece piece_of_page(const struct partial_page *page, uint64_t within)
{
	uint64_t dma = load(&page->dma);
	unsigned int left = page_bits_run(&page->bits, (unsigned int)within);

	if (!dma || !left)
		return (struct piece){0};
	return (struct piece){.dma = dma + within, .left = left, .more = within + left == PAGE};
}

/* The piece at @va, which is @within bytes into an entry's memory. */
static struct piece piece_in(const struct padma_space_entry *entry, uint64_t va, bool is_page)
{
	uint64_t word = load(&entry->dma);
	struct piece piece = {0};

	if (is_dma(word))
		piece = piece_of_entry(entry, word, va & ((is_page ? PAGE : GRANULE) - 1));
	else if (word && is_page)
		piece = piece_of_page(recycled_at(word), va % PAGE);
	else if (word)
		piece = piece_in(page_in(word, va), va, true);
	/* All loads above are acquire loads, so this one comes after them (recycler.h). */
	if (PADMA_UNLIKELY(__atomic_load_n(&entry->dma, __ATOMIC_RELAXED) != word))
		piece.dma = 0;
	return piece;
}

static struct piece piece_at(const struct registered_map *map, uint64_t va)
{
	const struct padma_space_entry *granule = granule_of(map, va);

	return granule ? piece_in(granule, va, false) : (struct piece){0};
}

padma_dma_t registered_map_dma(const struct registered_map *map, uint64_t va)
{
	const struct padma_space_entry *granule = granule_of(map, va);
	uint64_t word = granule ? load(&granule->dma) : 0, dma;
	struct piece piece;

	if (is_dma(word))
		return word + va % GRANULE;
	if (!word)
		return PADMA_DMA_NONE;
	dma = load(&page_in(word, va)->dma);
	if (PADMA_LIKELY(is_dma(dma) && __atomic_load_n(&granule->dma, __ATOMIC_RELAXED) == word))
		return dma + va % PAGE;
	piece = piece_in(granule, va, false);
	return piece.dma ? piece.dma : PADMA_DMA_NONE;
}

struct padma_run registered_map_run(const struct registered_map *map, uint64_t va, size_t len)
{
	struct padma_run run = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};
	struct piece piece = piece_at(map, va);

	if (!piece.dma)
		return run;
	run.dma = piece.dma;
	run.len = piece.left;
	while (run.len < len && piece.more) {
		piece = piece_at(map, va + run.len);
		if (piece.dma != run.dma + run.len)
			break;
		run.len += piece.left;
	}
	if (run.len > len)
		run.len = len;
	return run;
}

/* Writers. */

/* The granule of @va; its table is made if there is none. */
static struct padma_space_entry *granule_for(struct registered_map *map, uint64_t va)
{
	struct padma_space_entry *granule = granule_of(map, va);
	struct table *table;

	if (granule)
		return granule;
	table = recycler_get(&map->tables);
	if (!table)
		return NULL;
	__atomic_store_n(&map->root[va >> PADMA_REGISTERED_SHIFT], table->entries,
			 __ATOMIC_RELEASE);
	return granule_of(map, va);
}

/* The entry of a page; its table is made if there is none. */
static struct padma_space_entry *page_for(struct registered_map *map, uint64_t va)
{
	struct padma_space_entry *granule = granule_for(map, va);
	struct table *table;

	if (!granule)
		return NULL;
	if (granule->dma)
		return page_in(granule->dma, va);
	table = recycler_get(&map->tables);
	if (!table)
		return NULL;
	store(&granule->dma, recycler_link(table));
	return page_in(granule->dma, va);
}

static void set_entry(struct padma_space_entry *entry, uint64_t dma, uint64_t run_bytes)
{
	store(&entry->run_bytes, run_bytes);
	store(&entry->dma, dma); /* last: a reader that sees it sees the length */
}

/* A page's entry that was 0. */
static void set_page(const struct registered_map *map, uint64_t va, uint64_t word,
		     uint64_t run_bytes)
{
	struct table *table = recycled_at(granule_of(map, va)->dma);

	set_entry(page_in(granule_of(map, va)->dma, va), word, run_bytes);
	table->used++;
}

/* Set a page's entry to 0, and remove its table with the last. */
static void clear_page(struct registered_map *map, struct padma_space_entry *granule, uint64_t va)
{
	struct table *table = recycled_at(granule->dma);

	store(&page_in(granule->dma, va)->dma, 0);
	if (--table->used)
		return;
	store(&granule->dma, 0);
	recycler_put(&map->tables, table);
}

int registered_map_set(struct registered_map *map, uint64_t va, uint64_t dma, uint64_t bytes,
		       bool more)
{
	uint64_t left = bytes, step;

	for (; left; va += step, dma += step, left -= step) {
		uint64_t run_bytes = left | (more ? MORE : 0);
		struct padma_space_entry *entry;
		bool whole = va % GRANULE == 0 && left >= GRANULE;

		step = whole ? GRANULE : PAGE;
		entry = whole ? granule_for(map, va) : page_for(map, va);
		if (!entry)
			return -ENOMEM;
		if (whole)
			set_entry(entry, dma, run_bytes);
		else
			set_page(map, va, dma, run_bytes);
	}
	return 0;
}

void registered_map_clear(struct registered_map *map, uint64_t va, uint64_t bytes)
{
	uint64_t end = va + bytes;

	while (va < end) {
		struct padma_space_entry *granule = granule_of(map, va);
		uint64_t step = PAGE;

		if (!granule || !granule->dma)
			step = GRANULE - va % GRANULE;
		else if (is_dma(granule->dma)) {
			store(&granule->dma, 0);
			step = GRANULE;
		} else if (page_in(granule->dma, va)->dma) {
			clear_page(map, granule, va);
		}
		va += step;
	}
}

struct partial_page *registered_map_page(const struct registered_map *map, uint64_t va)
{
	const struct padma_space_entry *granule = granule_of(map, va);
	uint64_t word = granule ? granule->dma : 0;

	if (word)
		word = page_in(word, va)->dma;
	return word ? recycled_at(word) : NULL;
}

struct partial_page *registered_map_add_page(struct registered_map *map, uint64_t va)
{
	struct partial_page *page = recycler_get(&map->pages);

	if (!page)
		return NULL;
	if (!page_for(map, va)) {
		recycler_put(&map->pages, page);
		return NULL;
	}
	page->users = 0;
	set_page(map, va, recycler_link(page), 0);
	return page;
}

void registered_map_drop_page(struct registered_map *map, uint64_t va)
{
	struct partial_page *page = registered_map_page(map, va);

	clear_page(map, granule_of(map, va), va);
	store(&page->dma, 0);
	recycler_put(&map->pages, page);
}
