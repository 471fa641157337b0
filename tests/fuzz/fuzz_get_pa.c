// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers to GET_PA, coalesced into runs by the resolver.
 *
 * For any answers: runs tile the requested memory, each byte has the address of the answer that
 * covers it, and invalid addresses are rejected.
 */
#include "fuzz.h"

#include <errno.h>

#include <padma/error.h>

#include "space/resolve.h"

#define PAGE	     4096ull
#define HUGE	     (2ull << 20)
#define VA	     (1ull << 40)
#define LIMIT	     (1ull << 52) /* AMD64 APM volume 2, 5.1 */
#define MOST_PAGES   64u
#define MOST_ANSWERS (MOST_PAGES + 1)

struct source {
	struct backend backend;
	struct fuzz_input *input;
	struct uapi_ioas_get_pa answers[MOST_ANSWERS];
	unsigned int count;
	uint64_t page_bytes;
	uint64_t seen; /* bytes that runs have covered */
};

static uint64_t choose_phys(struct source *source, uint64_t before)
{
	switch (fuzz_below(source->input, 8)) {
	case 0:
		return fuzz_u64(source->input);
	case 1:
		return 0;
	case 2:
		return LIMIT - (uint64_t)fuzz_u8(source->input) * source->page_bytes;
	case 3:
		return fuzz_u16(source->input) * PAGE;
	case 4:
	case 5:
		return (1 + fuzz_u16(source->input)) * source->page_bytes;
	default:
		return before; /* the neighbour */
	}
}

static uint64_t choose_length(struct source *source, uint64_t requested)
{
	switch (fuzz_below(source->input, 6)) {
	case 0:
		return fuzz_u64(source->input);
	case 1:
		return fuzz_u16(source->input);
	case 2:
		return UINT64_MAX;
	case 3:
		return (uint64_t)fuzz_u8(source->input) * PAGE;
	default:
		return requested;
	}
}

static int get_pa(struct backend *backend, struct uapi_ioas_get_pa *query)
{
	struct source *source = (struct source *)(void *)backend;
	uint64_t before = PAGE;

	if (source->count) {
		const struct uapi_ioas_get_pa *last = &source->answers[source->count - 1];

		before = last->out_phys + (query->iova - last->iova);
	}
	FUZZ_CHECK(query->length > 0 && source->count < MOST_ANSWERS);
	if (fuzz_u8(source->input) == 0xff)
		return -fuzz_errno(source->input);
	query->out_phys = choose_phys(source, before);
	query->length = choose_length(source, query->length);
	source->answers[source->count++] = *query;
	return 0;
}

/* The address, from the last answer that begins at or below it. */
static uint64_t expected(const struct source *source, uint64_t va)
{
	for (unsigned int i = source->count; i--;) {
		if (source->answers[i].iova <= va)
			return source->answers[i].out_phys + (va - source->answers[i].iova);
	}
	return 0;
}

static int take(void *ctx, const struct padma_run *run)
{
	struct source *source = ctx;

	FUZZ_CHECK((uintptr_t)run->va == VA + source->seen);
	FUZZ_CHECK(run->len > 0 && run->len % source->page_bytes == 0);
	FUZZ_CHECK(run->dma > 0 && run->dma < LIMIT && run->len <= LIMIT - run->dma);
	for (uint64_t at = 0; at < run->len; at += source->page_bytes)
		FUZZ_CHECK(run->dma + at == expected(source, (uintptr_t)run->va + at));
	source->seen += run->len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct backend_ops ops = {.name = "fuzz", .get_pa = get_pa};
	struct fuzz_input input = {data, size};
	bool huge = fuzz_u8(&input) & 1;
	uint64_t bytes = (1 + fuzz_below(&input, MOST_PAGES)) * (huge ? HUGE : PAGE);
	struct source source = {
		.backend = {.ops = &ops, .resolves = true},
		.input = &input,
		.page_bytes = huge ? HUGE : PAGE,
	};
	int rc = resolve(&source.backend, VA, bytes, source.page_bytes, take, &source);

	FUZZ_CHECK(rc <= 0);
	if (rc == 0)
		FUZZ_CHECK(source.seen == bytes);
	else
		FUZZ_CHECK(*padma_last_error());
	return 0;
}
