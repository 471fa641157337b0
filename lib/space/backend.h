/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * backend.h - how a space gets its dma addresses.
 *
 * The calls are the kernel's, with its structures and its errnos: the resolver above them is the
 * same code for a simulated kernel and for a real one. They note no reason for padma_last_error();
 * whoever called knows what it was about.
 */
#ifndef SPACE_BACKEND_H
#define SPACE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/space.h>

#include "iommufd/uapi.h"

struct backend;
struct sim_memory;
struct sim_kernel;

struct backend_ops {
	const char *name;
	const char *why; /* one sentence for padma_space_info() */
	bool ordinary_pages;
	/*
	 * An IOAS of its own, for a space whose window is [window, window + window_bytes). 0, or a
	 * negative errno with the reason noted.
	 */
	int (*open)(const struct padma_space_params *params, const void *window,
		    size_t window_bytes, struct backend **backend);
	void (*close)(struct backend *backend);

	/* IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP, and either form of GET_PA. 0 or a negative errno. */
	int (*map)(struct backend *backend, struct uapi_ioas_map *map);
	int (*unmap)(struct backend *backend, struct uapi_ioas_unmap *unmap);
	int (*get_pa)(struct backend *backend, struct uapi_ioas_get_pa *get_pa);

	/*
	 * The first device: pins what is mapped. Afterwards GET_PA answers, and goes on doing so
	 * when devices leave (the page table is the space's own). 0, or a negative errno: nothing
	 * is pinned then.
	 */
	int (*attach)(struct backend *backend);
};

/* The head of every backend's own structure. */
struct backend {
	const struct backend_ops *ops;
	uint32_t ioas_id;
	bool resolves; /* GET_PA answers */
};

extern const struct backend_ops sim_backend_ops;

/* The simulated machine of a sim backend, NULL for any other; and its kernel, for the knobs of
 * tests. */
struct sim_memory *sim_backend_memory(struct backend *backend);
struct sim_kernel *sim_backend_kernel(struct backend *backend);

/* Ranges of the IOAS whose IOVA is the virtual address, read and write. */
int backend_map(struct backend *backend, uint64_t va, uint64_t bytes);
int backend_unmap(struct backend *backend, uint64_t va, uint64_t bytes);

#endif
