/* SPDX-License-Identifier: BSD-3-Clause */
/* space_fixture.h - simulated spaces and their expected state, page by page. */
#ifndef TESTS_SPACE_FIXTURE_H
#define TESTS_SPACE_FIXTURE_H

#include "test.h"

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "sim/machine/kernel.h"
#include "sim/machine/machine.h"
#include "space/space_private.h"

#define PAGE 4096ull

static inline struct padma_space_params sim_params(void)
{
	/* Ordinary pages: no test depends on the system's hugepages. */
	return (struct padma_space_params){
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};
}

static inline struct padma_space *open_space_with(const struct padma_space_params *params)
{
	struct padma_space *space = NULL;
	int rc = padma_space_open(params, &space);

	if (rc)
		print_error("padma_space_open: %s\n", padma_last_error());
	assert_int_equal(rc, 0);
	return space;
}

static inline struct padma_space *open_sim_space(void)
{
	struct padma_space_params params = sim_params();

	return open_space_with(&params);
}

static inline struct sim_kernel *kernel_of(struct padma_space *space)
{
	return sim_backend_kernel(space_of(space)->backend);
}

/*
 * The oracle: ask the simulated kernel's page table for one byte. It shares nothing with the PA
 * cache, the resolver's joining, or the table of registered runs. PADMA_DMA_NONE where the kernel
 * has no mapping.
 */
static inline padma_dma_t oracle_dma(struct padma_space *space, const void *va)
{
	struct uapi_ioas_get_pa query = {
		.size = sizeof(query), .ioas_id = SIM_IOAS_ID, .iova = (uintptr_t)va, .length = 1};

	return sim_kernel_get_pa(kernel_of(space), &query) ? PADMA_DMA_NONE : query.out_phys;
}

#endif
