/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernel.h - IOMMU_IOAS_MAP, UNMAP and GET_PA as Linux 7.3 answers them, without a kernel.
 *
 * Checks, their order and their errnos are those of drivers/iommu/iommufd (ioas.c, io_pagetable.c,
 * main.c of Linux 7.3.4); the V4 form of GET_PA is that of the series posted in April 2026. The
 * page table is this file's own, so the resolver above it is tested by independent code.
 */
#ifndef SIM_MACHINE_KERNEL_H
#define SIM_MACHINE_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim.h>

#include "base/range_tree.h"
#include "kernel/iommufd_uapi.h"
#include "sim/machine/memory_private.h"

#define SIM_IOAS_ID 1u

/* One MAP: its pages' frames, in order. */
struct sim_area {
	struct range_node range; /* its IOVAs; first */
	uint64_t va;
	bool writable; /* mapped with WRITEABLE: pinned for writing */
	/* Frames from the page of va on; NULL until a device is attached. One per page, or per
	 * large frame. */
	struct sim_pin {
		uint64_t pa;
		uint64_t bytes; /* of the piece, page-aligned */
		uint64_t at;	/* offset of the piece from the page of va */
	} * pins;
	size_t pins_count;
};

struct sim_kernel {
	struct sim_memory *memory;
	pthread_mutex_t lock;
	struct range_tree areas; /* by IOVA */
	size_t areas_count;
	bool attached;
	bool lazy;
	/* MAPs of memory at [large_from, large_to), the window, use large frames if these fit. */
	uint64_t large_from;
	uint64_t large_to;
	bool window_has_pages; /* some MAP there was ever of 4 KiB pages */
	/* Memory at [huge_from, huge_to) is of hugepages, each a large frame, whatever of it is mapped. */
	uint64_t huge_from;
	uint64_t huge_to;
	/* The version of this kernel and the caller's rights: the knobs of the errno table. */
	enum padma_sim_get_pa form;
	bool has_get_pa;  /* off: ENOTTY */
	bool has_noiommu; /* CONFIG_IOMMUFD_NOIOMMU */
	bool rawio;	  /* CAP_SYS_RAWIO */
	bool zero_pa;	  /* the merged form's quirk: a failed lookup is reported as address 0 */
	uint64_t get_pa_calls;
};

int sim_kernel_open(struct sim_kernel *kernel, const struct padma_sim_params *params,
		    uint64_t frame_bytes, uint64_t large_bytes);
void sim_kernel_close(struct sim_kernel *kernel);

/*
 * The ioctls. @arg points to the structure, whose first word is its size as the caller has it:
 * smaller is EINVAL, larger with a non-zero tail E2BIG.
 */
int sim_kernel_map(struct sim_kernel *kernel, void *arg);
int sim_kernel_unmap(struct sim_kernel *kernel, void *arg);
int sim_kernel_get_pa(struct sim_kernel *kernel, void *arg);

/* The first device's page table: everything mapped is pinned. 0, or -EFAULT, -EADDRINUSE, -ENOMEM.
 */
int sim_kernel_attach(struct sim_kernel *kernel);

/* What PROCMAP_QUERY would return: the page size of the memory at @va, and how far it extends. */
void sim_kernel_page_bytes(const struct sim_kernel *kernel, uint64_t va, uint64_t *page_bytes,
			   uint64_t *end);

#endif
