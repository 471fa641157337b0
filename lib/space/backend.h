/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * backend.h - how a space gets its dma addresses.
 *
 * The calls are the kernel's, with its structures and its errnos: the resolver above them is the
 * same code for a simulated kernel and for a real one. They note no reason for padma_last_error():
 * the caller knows what the call was for.
 */
#ifndef SPACE_BACKEND_H
#define SPACE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

#include "kernel/iommufd_uapi.h"
#include "space/device_kind.h"

struct backend;

/* Room for a sentence on why a backend does not work here. */
#define BACKEND_REASON_BYTES  256
#define BACKEND_REASONS_BYTES 400
#define BACKEND_NAMES_BYTES   64

/* The bit of a kind of device in struct backend_ops.kinds. */
#define BACKEND_TAKES(kind)   (1u << (kind))

struct backend_ops {
	const char *name;
	const char *what; /* one clause that describes it, for padma_space_info() */
	bool ordinary_pages;
	bool chooses_dma;   /* it picks dma addresses; otherwise they are given by the memory */
	unsigned int kinds; /* of the devices that may join: BACKEND_TAKES() */
	/* Whether the device @name, of a kind that it takes, suits it: 0, or a negative errno with the
	 * reason noted. NULL: every one does. */
	int (*accepts)(const char *name);
	/* Whether it works on this machine. If not, why, in at most BACKEND_REASON_BYTES. */
	bool (*works)(char *reason);
	/*
	 * An IOAS of its own, for a space whose window is [window, window + window_bytes). 0, or a
	 * negative errno with the reason noted.
	 */
	int (*open)(const struct padma_space_params *params, const void *window,
		    size_t window_bytes, struct backend **backend);
	void (*close)(struct backend *backend);

	/*
	 * IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP, and either form of GET_PA. 0 or a negative errno. The
	 * IOVA is the virtual address; a backend that chooses IOVAs translates, and returns
	 * them from GET_PA.
	 */
	int (*map)(struct backend *backend, struct uapi_ioas_map *map);
	int (*unmap)(struct backend *backend, struct uapi_ioas_unmap *unmap);
	int (*get_pa)(struct backend *backend, struct uapi_ioas_get_pa *get_pa);
	/*
	 * The size of the pages of the mapped memory at @va, and in *end how far that holds (above @va,
	 * page-aligned or UINT64_MAX): asked after MAP, so that it describes the pages that were
	 * pinned. NULL: ordinary pages.
	 */
	void (*page_bytes)(struct backend *backend, uint64_t va, uint64_t *page_bytes,
			   uint64_t *end);
	/*
	 * The file that the pages at @va are of, mapped from its start: the backend's own from here on,
	 * whatever this returns. Called before their MAP, for memory of the window. 0 or a negative errno. NULL:
	 * the file is closed.
	 */
	int (*take_file)(struct backend *backend, uint64_t va, uint64_t bytes, int fd);
	/* The least that the window should grow by, if the system has that much; NULL: no preference. */
	size_t (*chunk_bytes)(const struct backend *backend);
	/* What an errno of get_pa means to the user; NULL: as iommufd means it. */
	const char *(*query_advice)(int error);

	/*
	 * A device joins. The first one pins what is mapped; from then on GET_PA works, and keeps
	 * returning the same addresses when devices leave: the page table is the space's own.
	 * 0, or a negative errno: the device is not attached then.
	 */
	int (*attach)(struct backend *backend, const struct space_device *device);
	/* 0, or a negative errno: the device stays attached until its descriptor is closed. */
	int (*detach)(struct backend *backend, const struct space_device *device);
	/* What an errno of MAP or of attach means here; NULL: what it means everywhere. */
	const char *(*advice)(int error);
};

/* The head of every backend's own structure. */
struct backend {
	const struct backend_ops *ops;
	int iommufd; /* for real devices to bind to; -1: none */
	uint32_t ioas_id;
	bool resolves;	       /* GET_PA works */
	bool lazy;	       /* memory is not populated before it is mapped */
	padma_dma_t map_limit; /* if it chooses dma addresses: the highest for a MAP; 0: any */
	/* For padma_space_info(). */
	uint64_t queries;
	uint64_t mapped_bytes;
	uint64_t map_ticks;
	uint64_t resolve_ticks;
};

static inline bool backend_takes(const struct backend_ops *ops, enum space_device_kind kind)
{
	return ops->kinds & BACKEND_TAKES(kind);
}

/* The backends of this build (lib/registry.c), in the order in which they are tried; NULL at the end. */
extern const struct backend_ops *const space_backends[];

/*
 * The backend of that name, or with NULL the first that works; with @kind, among those that take such
 * devices. *why is set to one sentence: why this one was chosen, and why not those before it; the
 * caller frees it. 0, or -EINVAL (no such backend), -ENODEV (none works), -ENOMEM, with the reason
 * noted.
 */
int backend_choose(const char *name, const enum space_device_kind *kind,
		   const struct backend_ops **ops, char **why);

/*
 * Whether no backend for devices of a kind works here, and why not: "NAME (REASON); NAME (REASON)".
 * False if one works, or if this build has none.
 */
bool backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES]);

/* The names of the backends for devices of a kind, "noiommu or pagemap"; "" if this build has
 * none. Return: @names. */
const char *backends_for(enum space_device_kind kind, char names[BACKEND_NAMES_BYTES]);

/* For works() and open(): format the reason. Return: @error. */
int set_reason(int error, char *reason, const char *format, ...) PADMA_PRINTF(3, 4);

/*
 * What an errno of MAP or of attaching means to the user: of these @bytes at @va; or, @va 0, of all
 * that was mapped before. ENOMEM and EFAULT are investigated, so that the advice
 * rests on what was measured. Return: static, or the thread's own text, until its next call.
 */
const char *backend_advice(const struct backend *backend, int error, uint64_t va, uint64_t bytes);

/* Ranges of the IOAS, by their virtual address, read and write. */
int backend_map(struct backend *backend, uint64_t va, uint64_t bytes);
int backend_unmap(struct backend *backend, uint64_t va, uint64_t bytes);

/* As backend_ops.page_bytes, of any backend. */
void backend_page_bytes(struct backend *backend, uint64_t va, uint64_t *page_bytes, uint64_t *end);

#endif
