// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench alloc: the heap with many live blocks.
 *
 * Blocks of 4 KiB are freed in random order: the cost depends on how far the bookkeeping of a block
 * and its neighbours is from that of the previous one. The memory is mapped but not populated, since
 * the heap does not touch it.
 */
#include "bench/bench.h"

#include <stdlib.h>

#include <padma/sim.h>
#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/time.h>

#include "common/command.h"
#include "common/random.h"

#define BLOCK_BYTES 4096u
#define ROUNDS	    9
#define PAIRS	    20000ull

struct blocks {
	struct padma_space *space;
	uint64_t live;
	uint64_t random;
	void **va;
};

/* Per block, in ns. */
static double per_block(uint64_t ticks, uint64_t count)
{
	return (double)padma_ticks_to_ns(ticks) / (double)count;
}

static int alloc_all(struct blocks *b, double *ns)
{
	uint64_t start = padma_ticks();

	for (uint64_t i = 0; i < b->live; i++) {
		if (padma_space_alloc(b->space, BLOCK_BYTES, NULL, &b->va[i]))
			return complain("%s", padma_last_error());
	}
	*ns = per_block(padma_ticks() - start, b->live);
	return 0;
}

/* Fisher-Yates shuffle. */
static void shuffle(struct blocks *b)
{
	for (uint64_t i = b->live; i > 1; i--) {
		uint64_t other = next_random(&b->random) % i;
		void *va = b->va[i - 1];

		b->va[i - 1] = b->va[other];
		b->va[other] = va;
	}
}

static double free_all(struct blocks *b)
{
	uint64_t start = padma_ticks();

	for (uint64_t i = 0; i < b->live; i++)
		padma_space_free(b->space, b->va[i]);
	return per_block(padma_ticks() - start, b->live);
}

/* Replace random blocks, so that the number of live blocks stays the same. */
static int replace_all(struct blocks *b, double *ns)
{
	uint64_t start = padma_ticks();

	for (uint64_t i = 0; i < b->live; i++) {
		padma_space_free(b->space, b->va[i]);
		if (padma_space_alloc(b->space, BLOCK_BYTES, NULL, &b->va[i]))
			return complain("%s", padma_last_error());
	}
	*ns = per_block(padma_ticks() - start, b->live);
	return 0;
}

static void pair_loop(void *ctx, uint64_t turns)
{
	struct blocks *b = ctx;
	void *va;

	for (uint64_t i = 0; i < turns; i++) {
		if (padma_space_alloc(b->space, BLOCK_BYTES, NULL, &va) == 0)
			padma_space_free(b->space, va);
		keep(va);
	}
}

static int measure(struct blocks *b, struct figures *figures)
{
	double alloc_ns[ROUNDS + 1], free_ns[ROUNDS + 1], replace_ns[ROUNDS + 1];

	/* The first round allocates memory and bookkeeping, and does not count. */
	for (int i = 0; i <= ROUNDS; i++) {
		if (alloc_all(b, &alloc_ns[i]))
			return EXIT_FAILURE;
		shuffle(b);
		if (replace_all(b, &replace_ns[i]))
			return EXIT_FAILURE;
		shuffle(b);
		free_ns[i] = free_all(b);
	}
	if (alloc_all(b, &alloc_ns[0]))
		return EXIT_FAILURE;
	figures_add_count(figures, "live", "blocks of 4 KiB", "", b->live);
	figures_add(figures, "alloc_ns", "one more of them", "ns", median(alloc_ns + 1, ROUNDS));
	figures_add(figures, "free_ns", "freed in random order", "ns", median(free_ns + 1, ROUNDS));
	figures_add(figures, "replace_ns", "one freed at random, one allocated", "ns",
		    median(replace_ns + 1, ROUNDS));
	figures_add(figures, "pair_ns", "one allocated and freed, with all the others live", "ns",
		    ns_per_turn(pair_loop, b, PAIRS));
	return 0;
}

int bench_alloc(uint64_t live, struct figures *figures)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = bench_params();
	struct blocks b = {.live = live, .random = 1};
	int code = EXIT_FAILURE;

	params.sim = &sim;
	sim.lazy = true;
	params.page_bytes = 4096;
	b.va = calloc(live, sizeof(*b.va));
	if (!b.va)
		return complain("no memory for the addresses of %llu blocks",
				(unsigned long long)live);
	b.space = bench_space(&params);
	if (b.space)
		code = measure(&b, figures);
	padma_space_close(b.space);
	free(b.va);
	return code;
}
