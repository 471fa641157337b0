/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_iommu.h - an iommufd with IOMMUs behind it, in the test's own process.
 *
 * The program is linked with --wrap for the functions of iommufd/iommufd.h and vfio.h that the
 * backend calls. What the kernel checks is checked here: an IOVA is inside the aperture of every
 * page table and outside what the attached devices reserve; a device or a page table that needs
 * what is mapped is refused; a page table serves the devices of one IOMMU.
 */
#ifndef BACKEND_FAKE_IOMMU_H
#define BACKEND_FAKE_IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/iommufd_uapi.h"

#define FAKE_DEVICES 4
#define FAKE_MOST    64

struct fake_device {
	unsigned int unit;		 /* the IOMMU it is behind */
	struct uapi_iova_range reserved; /* last 0: nothing */
	uint32_t hwpt;			 /* 0: not attached */
};

struct fake_iommu {
	struct fake_device devices[FAKE_DEVICES]; /* cdev and devid are the index */
	uint64_t aperture_last[FAKE_DEVICES];	  /* of each IOMMU */
	struct fake_hwpt {
		bool there;
		unsigned int unit;
	} hwpts[FAKE_DEVICES + 1]; /* by id */
	struct uapi_ioas_map maps[FAKE_MOST];
	size_t map_count;
	unsigned int maps_until_error; /* 0: none */
	int map_error;
	int ranges_error;
	const struct fake_nonsense *ranges_nonsense; /* NULL: the truth */
	unsigned int
		many_ranges; /* reserved pages, one after the other, that make as many ranges */
};

/* What no kernel should answer to IOMMU_IOAS_IOVA_RANGES. */
struct fake_nonsense {
	int rc;
	uint32_t
		count; /* that it reports; as many of those below as there is room for are written */
	struct uapi_iova_range ranges[3];
};

extern struct fake_iommu fake;

/* One IOMMU of 39 bits, in front of devices that reserve the MSI window. */
void fake_reset(void);

/* Where the memory is mapped, by the kernel's own table; 0: it is not. */
uint64_t fake_iova(const void *va);

#endif
