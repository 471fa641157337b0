// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench register: the cost of registering one more buffer when many are registered, and of a
 * lookup.
 *
 * The buffers are of 4 KiB, every other page of an area, so that no two form one run. All are
 * registered in random order; then random pages between them are registered and unregistered, which
 * is timed one by one; finally all are unregistered, in another random order.
 */
#include "bench/bench.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/command.h"
#include "common/random.h"

#define PAGE	  ((size_t)4096)
#define ROUNDS	  9u
#define PLACES	  500u /* registered and unregistered per round */
#define ADDRESSES 4096u
#define TURNS	  100000ull

struct buffers {
	struct padma_space *space;
	char *memory;
	size_t count;
	size_t *order;
	uint64_t random;
	const char *va[ADDRESSES];
};

static void shuffle(struct buffers *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->order[i] = i;
	for (size_t i = b->count; i > 1; i--) {
		size_t other = next_random(&b->random) % i, slot = b->order[i - 1];

		b->order[i - 1] = b->order[other];
		b->order[other] = slot;
	}
}

static char *page(const struct buffers *b, size_t slot, size_t offset)
{
	return b->memory + (2 * slot + offset) * PAGE;
}

/* Register or unregister the first @count pages of the order. Return: the time in ns. */
static int change(struct buffers *b, bool come, size_t count, size_t offset, double *ns)
{
	uint64_t start = padma_ticks();

	for (size_t i = 0; i < count; i++) {
		char *va = page(b, b->order[i], offset);
		int rc = come ? padma_space_register(b->space, va, PAGE)
			      : padma_space_unregister(b->space, va, PAGE);

		if (rc)
			return complain("%s", padma_last_error());
	}
	*ns = (double)padma_ticks_to_ns(padma_ticks() - start);
	return 0;
}

static int one_more(struct buffers *b, struct figures *figures)
{
	size_t places = b->count < PLACES ? b->count : PLACES;
	double come[ROUNDS] = {0}, go[ROUNDS] = {0};
	int code = 0;

	for (size_t i = 0; i < ROUNDS && code == 0; i++) {
		shuffle(b);
		code = change(b, true, places, 1, &come[i]);
		if (code == 0)
			code = change(b, false, places, 1, &go[i]);
	}
	if (code)
		return code;
	figures_add(figures, "register_us", "to register one more, at a random place", "us",
		    median(come, ROUNDS) / (double)places / 1e3);
	figures_add(figures, "unregister_us", "to unregister it", "us",
		    median(go, ROUNDS) / (double)places / 1e3);
	return 0;
}

static void lookup_loop(void *ctx, uint64_t turns)
{
	const struct buffers *b = ctx;

	for (uint64_t i = 0; i < turns; i++) {
		padma_dma_t dma = padma_dma(b->space, b->va[i % ADDRESSES]);

		keep(dma);
	}
}

static void lookups(struct buffers *b, struct figures *figures)
{
	for (size_t i = 0; i < ADDRESSES; i++)
		b->va[i] = page(b, next_random(&b->random) % b->count, 0) +
			   next_random(&b->random) % PAGE;
	figures_add(figures, "lookup_ns", "to look up a random address of them", "ns",
		    ns_per_turn(lookup_loop, b, TURNS));
}

static int measure(struct buffers *b, struct figures *figures)
{
	double come = 0, go = 0;
	int code;

	shuffle(b);
	code = change(b, true, b->count, 0, &come);
	if (code == 0)
		code = one_more(b, figures);
	if (code)
		return code;
	lookups(b, figures);
	shuffle(b);
	code = change(b, false, b->count, 0, &go);
	if (code == 0)
		figures_add(figures, "total_s", "to register all of them and unregister them again",
			    "s", (come + go) / 1e9);
	return code;
}

static int measure_in(struct buffers *b, struct figures *figures)
{
	size_t bytes = 2 * b->count * PAGE;
	int code;

	b->order = calloc(b->count, sizeof(*b->order));
	b->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!b->order || b->memory == MAP_FAILED) {
		code = complain("no memory for %zu buffers", b->count);
	} else {
		/* Otherwise a fault allocates a hugepage, which takes twice the memory. */
		madvise(b->memory, bytes, MADV_NOHUGEPAGE);
		figures_add_count(figures, "count", "buffers of 4 KiB", "", b->count);
		code = measure(b, figures);
	}
	if (b->memory != MAP_FAILED)
		munmap(b->memory, bytes);
	free(b->order);
	return code;
}

int bench_register(uint64_t count, struct figures *figures)
{
	struct padma_space_params params = bench_params();
	struct buffers *b = calloc(1, sizeof(*b));
	int code = EXIT_FAILURE;

	if (!b)
		return complain("no memory for the benchmark");
	b->count = count;
	b->random = 1;
	b->space = bench_space(&params);
	if (b->space)
		code = bench_check_memory("--count", (count + PLACES) * PAGE);
	if (b->space && code == 0)
		code = measure_in(b, figures);
	if (b->space)
		padma_space_close(b->space);
	free(b);
	return code;
}
