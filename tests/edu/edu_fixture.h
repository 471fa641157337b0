/* SPDX-License-Identifier: BSD-3-Clause */
/* edu_fixture.h - a space and an edu in it: simulated, or the one that $PADMA_EDU names. */
#ifndef TESTS_EDU_FIXTURE_H
#define TESTS_EDU_FIXTURE_H

#include "must.h"

#include <stdbool.h>

#include <padma/alloc.h>
#include <padma/edu.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#define LOW_BYTES (2u << 20)

struct bed {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_edu edu;
	unsigned char *memory; /* a page that edu can reach */
};

static inline const char *edu_name(void)
{
	const char *name = getenv("PADMA_EDU");

	return name ? name : "sim:edu";
}

static inline bool is_simulated(void)
{
	return strncmp(edu_name(), "sim:", 4) == 0;
}

/*
 * QEMU 7.2 ends itself for a transfer that reaches the last byte of the buffer (padma/edu.h).
 */
static inline size_t buffer_end(void)
{
	return is_simulated() ? PADMA_EDU_BUFFER_BYTES : PADMA_EDU_BUFFER_BYTES - 1;
}

static inline enum padma_guard_mode guard_mode(void)
{
	const char *mode = getenv("PADMA_TEST_GUARD");

	return mode && strcmp(mode, "exact") == 0 ? PADMA_GUARD_EXACT : PADMA_GUARD_PAGES;
}

static inline void *alloc_low(struct padma_space *space, size_t bytes)
{
	const struct padma_alloc_params low = {
		.dma_mask = PADMA_EDU_DMA_MASK,
		.flags = PADMA_ALLOC_CONTIGUOUS | PADMA_ALLOC_ZERO,
	};
	void *memory = NULL;

	must(padma_space_alloc(space, bytes, &low, &memory));
	return memory;
}

/* The device, attached, not opened as an edu yet. */
static inline void open_bed_of(struct bed *bed, const char *name)
{
	/* Ordinary pages where it is simulated: no such test depends on the system's hugepages. */
	const struct padma_space_params params = {
		.page_bytes = strncmp(name, "sim:", 4) == 0 ? 4096 : 0,
		.chunk_bytes = 2 << 20,
		.low_bytes = LOW_BYTES,
		.low_dma_mask = PADMA_EDU_DMA_MASK,
		.guard = guard_mode(),
	};

	const char *backend = getenv("PADMA_EDU_BACKEND");
	struct padma_space_info info;

	*bed = (struct bed){0};
	must(padma_space_open_for(name, &params, &bed->space));
	padma_space_info(bed->space, &info);
	assert_string_equal(info.backend, backend ? backend : "sim");
	must(padma_device_open(bed->space, name, &bed->device));
	bed->memory = alloc_low(bed->space, PADMA_EDU_BUFFER_BYTES);
}

static inline void open_edu_of(struct bed *bed, const char *name)
{
	open_bed_of(bed, name);
	must(padma_edu_open(&bed->edu, bed->device));
}

static inline void open_edu(struct bed *bed)
{
	open_edu_of(bed, edu_name());
}

static inline void close_bed(struct bed *bed)
{
	struct padma_sim_dma_faults faults = {0};

	if (is_simulated()) {
		must(padma_sim_dma_faults(bed->device, &faults));
		assert_int_equal(faults.count, 0);
	}
	must(padma_edu_close(&bed->edu));
	must(padma_space_free(bed->space, bed->memory));
	must(padma_device_close(bed->device));
	must(padma_space_close(bed->space));
}

#endif
