// SPDX-License-Identifier: BSD-3-Clause
/* padma bench pa: lookups in the PA cache, and in the map of registered memory. */
#include "bench/bench.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "common/command.h"
#include "common/random.h"

#define SMALL_BYTES	 ((size_t)8 << 20)
#define RUN_BYTES	 ((size_t)128 << 10)
#define REGISTERED_BYTES ((size_t)64 << 20)
#define ADDRESSES	 4096u
#define TURNS		 100000ull

struct lookups {
	const struct padma_space *space;
	const char *va[ADDRESSES];
	uint64_t zero; /* not a constant to the compiler */
};

static void pick(struct lookups *l, const void *start, size_t bytes, size_t room)
{
	uint64_t seed = 1;

	for (unsigned int i = 0; i < ADDRESSES; i++)
		l->va[i] = (const char *)start + next_random(&seed) % (bytes - room);
}

static void random_loop(void *ctx, uint64_t turns)
{
	struct lookups *l = ctx;

	for (uint64_t i = 0; i < turns; i++) {
		padma_dma_t dma = padma_dma(l->space, l->va[i % ADDRESSES]);

		keep(dma);
	}
}

/* Each address depends on the previous result: latency, not throughput. */
static void dependent_loop(void *ctx, uint64_t turns)
{
	struct lookups *l = ctx;
	uint64_t zero = l->zero, last = 0;

	for (uint64_t i = 0; i < turns; i++) {
		padma_dma_t dma = padma_dma(l->space, l->va[i % ADDRESSES] + (last & zero));

		keep(dma);
		last = dma;
	}
}

static void run_loop(void *ctx, uint64_t turns)
{
	struct lookups *l = ctx;

	for (uint64_t i = 0; i < turns; i++) {
		struct padma_run run = padma_run(l->space, l->va[i % ADDRESSES], RUN_BYTES);

		keep(run.dma);
		keep(run.len);
	}
}

static int small_window(struct lookups *l, struct figures *figures)
{
	struct padma_space_params params = bench_params();
	struct padma_space *space = bench_space(&params);
	void *buffer;

	if (!space)
		return EXIT_FAILURE;
	if (padma_space_alloc(space, SMALL_BYTES, NULL, &buffer)) {
		complain("%s", padma_last_error());
		padma_space_close(space);
		return EXIT_FAILURE;
	}
	l->space = space;
	pick(l, buffer, SMALL_BYTES, RUN_BYTES);
	figures_add(figures, "random_ns", "random addresses in 8 MiB", "ns",
		    ns_per_turn(random_loop, l, TURNS));
	figures_add(figures, "dependent_ns", "the same, each depends on the last", "ns",
		    ns_per_turn(dependent_loop, l, TURNS));
	figures_add(figures, "run128k_ns", "runs of 128 KiB at random addresses in 8 MiB", "ns",
		    ns_per_turn(run_loop, l, TURNS));
	padma_space_close(space);
	return 0;
}

/* All of the window is mapped, none of it populated: lookups read the table, not the memory. */
static int large_window(struct lookups *l, struct figures *figures)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = bench_params();
	struct padma_space *space;
	void *buffer;

	params.sim = &sim;
	sim.lazy = true;
	params.page_bytes = 4096;
	space = bench_space(&params);
	if (!space)
		return EXIT_FAILURE;
	if (padma_space_alloc(space, space->window_bytes, NULL, &buffer)) {
		complain("%s", padma_last_error());
		padma_space_close(space);
		return EXIT_FAILURE;
	}
	l->space = space;
	pick(l, buffer, space->window_bytes, RUN_BYTES);
	figures_add(figures, "random_large_ns", "random addresses in the whole window", "ns",
		    ns_per_turn(random_loop, l, TURNS));
	figures_add_count(figures, "large_bytes", "the window", "bytes", space->window_bytes);
	padma_space_close(space);
	return 0;
}

/*
 * Registered program memory: physically contiguous, like hugepages, or of scattered pages. Not
 * populated, as above.
 */
static int registered(struct lookups *l, enum padma_sim_layout layout, double *ns)
{
	struct padma_sim_params sim = {0};
	struct padma_space_params params = bench_params();
	size_t bytes = REGISTERED_BYTES + PADMA_GRANULE_BYTES;
	struct padma_space *space;
	char *memory, *start;
	int code = 0;

	params.sim = &sim;
	sim.lazy = true;
	sim.layout = layout;
	space = bench_space(&params);
	if (!space)
		return EXIT_FAILURE;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	start = (char *)(((uintptr_t)memory + PADMA_GRANULE_BYTES - 1) &
			 ~(uintptr_t)(PADMA_GRANULE_BYTES - 1));
	if (memory == MAP_FAILED) {
		code = complain("no 64 MiB of address space");
	} else if (padma_space_register(space, start, REGISTERED_BYTES)) {
		code = complain("register 64 MiB: %s", padma_last_error());
	} else {
		l->space = space;
		pick(l, start, REGISTERED_BYTES, RUN_BYTES);
		*ns = ns_per_turn(random_loop, l, TURNS);
	}
	padma_space_close(space);
	if (memory != MAP_FAILED)
		munmap(memory, bytes);
	return code;
}

static int registered_memory(struct lookups *l, struct figures *figures)
{
	double huge_ns = 0, small_ns = 0;
	int code = registered(l, PADMA_SIM_ORDERED, &huge_ns);

	if (code == 0)
		code = registered(l, PADMA_SIM_RANDOM, &small_ns);
	if (code)
		return code;
	figures_add(figures, "registered_huge_ns",
		    "random addresses in 64 MiB of registered memory, in a row as hugepages are",
		    "ns", huge_ns);
	figures_add(figures, "registered_4k_ns",
		    "random addresses in 64 MiB of registered memory, of scattered 4 KiB pages",
		    "ns", small_ns);
	return 0;
}

int bench_pa(struct figures *figures)
{
	struct lookups *l = calloc(1, sizeof(*l));
	int code;

	if (!l)
		return complain("no memory for the benchmark");
	keep(l->zero);
	code = small_window(l, figures);
	if (code == 0)
		code = large_window(l, figures);
	if (code == 0)
		code = registered_memory(l, figures);
	free(l);
	return code;
}
