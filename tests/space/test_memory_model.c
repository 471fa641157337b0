// SPDX-License-Identifier: BSD-3-Clause
/*
 * Two threads over the memory of a space, and an oracle.
 *
 * This thread allocates, frees, registers, unregisters, pools and trims at random, and knows after
 * each operation what every address must answer: by the simulated kernel's own page table, and by
 * its notes of what is registered. The other thread looks addresses up all the while, also those
 * that are just being changed. An answer that it got must be one that held at some moment between
 * the beginning and the end of the lookup: that before the operation or that after it, nothing else.
 *
 * All values that a place had are kept with the time at which each began. Time is a counter: odd while
 * an operation is under way.
 */
#include "space_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include <padma/pool.h>

/* ThreadSanitizer makes each of them some ten times slower. */
#if defined(__SANITIZE_THREAD__)
#define OPERATIONS 3000u
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OPERATIONS 3000u
#endif
#endif
#ifndef OPERATIONS
#define OPERATIONS 8000u
#endif

#define RECORDS	    4096u /* that wait for this thread to check them */
#define BLOCKS	    24u
#define BLOCK_BYTES (3u << 20)
#define GRANULES    128u
#define GRANULE	    PADMA_GRANULE_BYTES
/* Registrations: one at most in each slot. Slots are not of whole pages, so that neighbours share one. */
#define SLOTS	    96u
#define SLOT_BYTES  22528u
#define SLOT_PAGES  7u
#define OUTSIDE	    (((uint64_t)SLOTS * SLOT_BYTES + PAGE - 1) / PAGE * PAGE)

/* What a granule of the window, or a slot, answers from @since on. */
struct version {
	struct version *older;
	uint64_t since;
	uint64_t
		first; /* the bytes that answer, from the place's start; the granule's: all or none */
	uint64_t end;
	padma_dma_t pages[SLOT_PAGES]; /* of each page of the slot; the granule's: only the first */
};

struct lookup {
	uint64_t began;
	uint64_t ended;
	uint64_t place; /* below GRANULES * GRANULE: of the window; else OUTSIDE's, behind */
	padma_dma_t dma;
};

struct block {
	char *va;
	size_t bytes;
	uint64_t seed;
};

struct model {
	struct padma_space *space;
	char *window;
	char *outside;
	struct version *granules[GRANULES];
	struct version *slots[SLOTS];
	struct block blocks[BLOCKS];
	unsigned int block_count;
	uint64_t seed;
	/* Shared with the reader. */
	uint64_t clock;	  /* atomic */
	bool stop;	  /* atomic */
	uint64_t made;	  /* atomic; lookups so far, */
	uint64_t checked; /* atomic; and those of them that were found right */
	uint64_t holes;	  /* of these */
	struct lookup records[RECORDS];
};

/* Before everything read earlier is too old, and after everything read earlier. */
static uint64_t now(struct model *model)
{
	return __atomic_fetch_add(&model->clock, 0, __ATOMIC_ACQ_REL);
}

static void tick(struct model *model)
{
	(void)__atomic_fetch_add(&model->clock, 1, __ATOMIC_ACQ_REL);
}

/* The reader. */

static const char *place_address(const struct model *model, uint64_t place)
{
	return place < GRANULES * GRANULE ? model->window + place
					  : model->outside + (place - GRANULES * GRANULE);
}

static uint64_t random_place(uint64_t *seed)
{
	uint64_t random = test_random(seed);

	/* Edges, where ranges begin and end, twice as often as anything else. */
	if (random & 1)
		return GRANULES * GRANULE + (random >> 8) % OUTSIDE;
	return random & 2 ? (random >> 8) % (GRANULES * GRANULE) / PAGE * PAGE
			  : (random >> 8) % (GRANULES * GRANULE);
}

static void note(struct model *model, const struct lookup *lookup)
{
	while (model->made - __atomic_load_n(&model->checked, __ATOMIC_ACQUIRE) == RECORDS) {
		if (__atomic_load_n(&model->stop, __ATOMIC_ACQUIRE))
			return;
		sched_yield();
	}
	model->records[model->made % RECORDS] = *lookup;
	__atomic_store_n(&model->made, model->made + 1, __ATOMIC_RELEASE);
}

/* The first and the last byte of a run are two answers of one moment. */
static void look_up_run(struct model *model, uint64_t place, size_t most)
{
	struct lookup lookup = {.began = now(model), .place = place};
	struct padma_run run = padma_run(model->space, place_address(model, place), most);

	lookup.ended = now(model);
	lookup.dma = run.dma;
	note(model, &lookup);
	if (run.len == 0)
		return;
	lookup.place = place + run.len - 1;
	lookup.dma = run.dma + run.len - 1;
	note(model, &lookup);
}

static void look_up(struct model *model, uint64_t place)
{
	struct lookup lookup = {.began = now(model), .place = place};

	lookup.dma = padma_dma(model->space, place_address(model, place));
	lookup.ended = now(model);
	note(model, &lookup);
}

static void *read_on(void *ctx)
{
	struct model *model = ctx;
	uint64_t seed = 4711;

	while (!__atomic_load_n(&model->stop, __ATOMIC_ACQUIRE)) {
		uint64_t place = random_place(&seed), left;

		look_up(model, place);
		left = place < GRANULES * GRANULE ? GRANULES * GRANULE - place
						  : GRANULES * GRANULE + OUTSIDE - place;
		look_up_run(model, place,
			    1 + test_random(&seed) % (left < BLOCK_BYTES ? left : BLOCK_BYTES));
	}
	return NULL;
}

/* The oracle. */

static padma_dma_t version_dma(const struct version *version, uint64_t at, uint64_t page_base)
{
	if (at < version->first || at >= version->end)
		return PADMA_DMA_NONE;
	return version->pages[((page_base + at) / PAGE) - page_base / PAGE] +
	       (page_base + at) % PAGE;
}

/* What the version answers at @place. */
static padma_dma_t answer_of(const struct version *version, uint64_t place)
{
	uint64_t at = place - GRANULES * GRANULE;

	if (place < GRANULES * GRANULE)
		return version->end ? version->pages[0] + place % GRANULE : PADMA_DMA_NONE;
	return version_dma(version, at % SLOT_BYTES, at / SLOT_BYTES * SLOT_BYTES);
}

static struct version **history_of(struct model *model, uint64_t place)
{
	if (place < GRANULES * GRANULE)
		return &model->granules[place / GRANULE];
	return &model->slots[(place - GRANULES * GRANULE) / SLOT_BYTES];
}

static bool is_possible(struct model *model, const struct lookup *lookup)
{
	uint64_t until = UINT64_MAX; /* the beginning of the operation that ended this version */

	for (const struct version *v = *history_of(model, lookup->place); v; v = v->older) {
		if (v->since <= lookup->ended && lookup->began <= until &&
		    answer_of(v, lookup->place) == lookup->dma)
			return true;
		until = v->since;
	}
	return false;
}

static bool is_same(const struct version *a, const struct version *b)
{
	return a->first == b->first && a->end == b->end &&
	       memcmp(a->pages, b->pages, sizeof(a->pages)) == 0;
}

/* During the operation: its version is the newest unless nothing has changed. */
static void put_version(struct model *model, struct version **history,
			const struct version *version)
{
	struct version *kept;

	if (*history && is_same(*history, version))
		return;
	kept = malloc(sizeof(*kept));
	assert_non_null(kept);
	*kept = *version;
	kept->since = now(model);
	kept->older = *history;
	*history = kept;
}

static void note_window(struct model *model)
{
	for (unsigned int i = 0; i < GRANULES; i++) {
		padma_dma_t dma = oracle_dma(model->space, model->window + i * GRANULE);
		struct version version = {0};

		if (dma != PADMA_DMA_NONE)
			version = (struct version){.end = GRANULE, .pages = {dma}};
		put_version(model, &model->granules[i], &version);
	}
}

static void note_slot(struct model *model, unsigned int slot, uint64_t first, uint64_t end)
{
	uint64_t base = (uint64_t)slot * SLOT_BYTES;
	struct version version = {.first = first, .end = end};

	for (uint64_t page = 0; page < SLOT_PAGES && end; page++) {
		const char *at = model->outside + (base / PAGE + page) * PAGE;

		if (page * PAGE < base % PAGE + end && (page + 1) * PAGE > base % PAGE + first)
			version.pages[page] = oracle_dma(model->space, at);
	}
	put_version(model, &model->slots[slot], &version);
}

/* Nothing is under way: every answer is the newest. */
static void check_now(struct model *model)
{
	for (int i = 0; i < 8; i++) {
		uint64_t place = random_place(&model->seed);
		padma_dma_t expected = answer_of(*history_of(model, place), place);
		const char *va = place_address(model, place);
		struct padma_run run = padma_run(model->space, va, BLOCK_BYTES);

		assert_int_equal(padma_dma(model->space, va), expected);
		assert_int_equal(run.dma, expected);
		assert_int_equal(run.len == 0, expected == PADMA_DMA_NONE);
		for (size_t at = 0; at < run.len; at += PAGE)
			assert_int_equal(oracle_dma(model->space, va + at), expected + at);
		/* To the byte, where a page is the space's in part. */
		if (place >= GRANULES * GRANULE && oracle_dma(model->space, va) != PADMA_DMA_NONE)
			assert_int_equal(
				padma_guard_check(model->space, oracle_dma(model->space, va), 1),
				expected != PADMA_DMA_NONE);
	}
}

static void check_lookups(struct model *model)
{
	uint64_t made = __atomic_load_n(&model->made, __ATOMIC_ACQUIRE);

	for (uint64_t i = model->checked; i < made; i++) {
		const struct lookup *lookup = &model->records[i % RECORDS];

		model->holes += lookup->dma == PADMA_DMA_NONE;
		if (!is_possible(model, lookup))
			fail_msg("0x%llx at place 0x%llx between times %llu and %llu was never so",
				 (unsigned long long)lookup->dma, (unsigned long long)lookup->place,
				 (unsigned long long)lookup->began,
				 (unsigned long long)lookup->ended);
	}
	__atomic_store_n(&model->checked, made, __ATOMIC_RELEASE);
}

/* The operations. */

static void fill_block(const struct block *block)
{
	uint64_t seed = block->seed;

	for (size_t at = 0; at + 8 <= block->bytes; at += PAGE)
		*(uint64_t *)(void *)(block->va + at) = test_random(&seed);
}

static void check_block(const struct block *block)
{
	uint64_t seed = block->seed;

	for (size_t at = 0; at + 8 <= block->bytes; at += PAGE)
		assert_int_equal(*(uint64_t *)(void *)(block->va + at), test_random(&seed));
}

static void allocate(struct model *model)
{
	uint64_t random = test_random(&model->seed);
	struct padma_alloc_params opts = {
		.align_bytes = random & 0x10 ? (size_t)64 << (random >> 5 & 15) : 0,
		.flags = random & 0x1000 ? PADMA_ALLOC_ZERO : 0,
	};
	struct block *block = &model->blocks[model->block_count];
	void *va = NULL;

	if (model->block_count == BLOCKS)
		return;
	*block = (struct block){.bytes = 8 + (random >> 20) % (random & 1 ? BLOCK_BYTES : 9000),
				.seed = random};
	assert_int_equal(padma_space_alloc(model->space, block->bytes, &opts, &va), 0);
	block->va = va;
	for (unsigned int i = 0; i < model->block_count; i++)
		assert_true(block->va + block->bytes <= model->blocks[i].va ||
			    model->blocks[i].va + model->blocks[i].bytes <= block->va);
	fill_block(block);
	model->block_count++;
}

static void release(struct model *model)
{
	unsigned int i;

	if (model->block_count == 0)
		return;
	i = (unsigned int)(test_random(&model->seed) % model->block_count);
	check_block(&model->blocks[i]);
	assert_int_equal(padma_space_free(model->space, model->blocks[i].va), 0);
	model->blocks[i] = model->blocks[--model->block_count];
}

/* Register a free slot, or unregister one. */
static void turn_slot(struct model *model)
{
	unsigned int slot = (unsigned int)(test_random(&model->seed) % SLOTS);
	const struct version *newest = model->slots[slot];
	char *base = model->outside + (size_t)slot * SLOT_BYTES;
	uint64_t random = test_random(&model->seed), first, bytes;

	if (newest->end) {
		assert_int_equal(padma_space_unregister(model->space, base + newest->first,
							newest->end - newest->first),
				 0);
		note_slot(model, slot, 0, 0);
		return;
	}
	/* Of all of it, from its start, to its end, or something within. */
	first = random & 1 ? 0 : (random >> 8) % SLOT_BYTES;
	bytes = random & 2 ? SLOT_BYTES - first : 1 + (random >> 32) % (SLOT_BYTES - first);
	assert_int_equal(padma_space_register(model->space, base + first, bytes), 0);
	note_slot(model, slot, first, first + bytes);
}

static void pool(struct model *model)
{
	uint64_t random = test_random(&model->seed);
	const struct padma_pool_params params = {
		.object_bytes = 1 + random % 5000,
		.count = 1 + (random >> 16) % 300,
		.cache_objects = 2 + (random >> 32) % 7 * 2,
	};
	struct padma_pool_cache *cache = NULL;
	struct padma_pool *made = NULL;
	struct padma_pool_object *objects[300];

	assert_int_equal(padma_pool_open(model->space, &params, &made), 0);
	assert_int_equal(padma_pool_cache_open(made, &cache), 0);
	for (size_t i = 0; i < params.count; i++) {
		objects[i] = padma_pool_get(cache);
		assert_non_null(objects[i]);
		assert_int_equal(objects[i]->dma, oracle_dma(model->space, objects[i]->va));
		memset(objects[i]->va, (int)i, params.object_bytes);
	}
	assert_null(padma_pool_get(cache));
	for (size_t i = 0; i < params.count; i++)
		padma_pool_put(cache, objects[i]);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(made), 0);
}

static void trim(struct model *model)
{
	assert_true(padma_space_trim(model->space) >= 0);
}

static void operate(struct model *model)
{
	static void (*const operations[])(struct model *) = {
		allocate,  allocate,  release,	 release,   turn_slot, turn_slot,
		turn_slot, turn_slot, turn_slot, turn_slot, turn_slot, turn_slot,
		turn_slot, turn_slot, pool,	 trim,
	};

	tick(model);
	operations[test_random(&model->seed) % ARRAY_SIZE(operations)](model);
	note_window(model);
	tick(model);
	check_now(model);
	check_lookups(model);
}

static void forget(struct version **history)
{
	while (*history) {
		struct version *older = (*history)->older;

		free(*history);
		*history = older;
	}
}

static void model_open(struct model *model)
{
	struct padma_space_params params = sim_params();
	struct padma_space_info info;

	params.guard = PADMA_GUARD_PAGES;
	params.chunk_bytes = GRANULE;
	*model = (struct model){.space = open_space_with(&params), .seed = test_seed()};
	padma_space_info(model->space, &info);
	model->window = info.window;
	model->outside =
		mmap(NULL, OUTSIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(model->outside, MAP_FAILED);
	note_window(model);
	for (unsigned int i = 0; i < SLOTS; i++)
		note_slot(model, i, 0, 0);
}

static void model_close(struct model *model)
{
	while (model->block_count)
		release(model);
	assert_int_equal(padma_space_close(model->space), 0);
	for (unsigned int i = 0; i < GRANULES; i++)
		forget(&model->granules[i]);
	for (unsigned int i = 0; i < SLOTS; i++)
		forget(&model->slots[i]);
	munmap(model->outside, OUTSIDE);
}

static void test_lookups_beside_changes(void **state)
{
	static struct model model;
	pthread_t reader;

	(void)state;
	model_open(&model);
	assert_int_equal(pthread_create(&reader, NULL, read_on, &model), 0);
	for (unsigned int i = 0; i < OPERATIONS; i++)
		operate(&model);
	__atomic_store_n(&model.stop, true, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	check_lookups(&model);
	print_message("%llu lookups beside %u operations, %llu of them of nothing\n",
		      (unsigned long long)model.checked, OPERATIONS,
		      (unsigned long long)model.holes);
	/* Neither everything nor nothing. */
	assert_true(model.checked > OPERATIONS);
	assert_in_range(model.holes, model.checked / 100, model.checked - model.checked / 100);
	model_close(&model);
}

/*
 * A lookup of a run loads the address, then the length. Memory that is trimmed between the two keeps
 * its length, or the run would be as long as requested.
 */
static void test_trimmed_between_two_loads(void **state)
{
	struct padma_space *space = open_sim_space();
	const struct padma_space_entry *entry;
	void *va = NULL;
	uint64_t before;

	(void)state;
	assert_int_equal(padma_space_alloc(space, GRANULE, NULL, &va), 0);
	entry = &space->entries[((uintptr_t)va - space->window) >> PADMA_GRANULE_SHIFT];
	before = entry->run_bytes;
	assert_true(before >= GRANULE);
	assert_int_equal(padma_space_free(space, va), 0);
	assert_true(padma_space_trim(space) > 0);
	assert_int_equal(padma_run(space, va, 1).len, 0);
	assert_int_equal(entry->run_bytes, before);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trimmed_between_two_loads),
		cmocka_unit_test(test_lookups_beside_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
