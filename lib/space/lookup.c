// SPDX-License-Identifier: BSD-3-Clause
/* Lookups that are not inlined: registered memory. */
#include "base/base.h"

#include "space/space_private.h"

struct padma_run padma_run_registered(const struct padma_space *space, const void *va, size_t len)
{
	return registered_map_run(&space_of(space)->registered.map, (uintptr_t)va, len);
}

padma_dma_t padma_dma_page(const struct padma_space *space, const void *va)
{
	return registered_map_dma(&space_of(space)->registered.map, (uintptr_t)va);
}
