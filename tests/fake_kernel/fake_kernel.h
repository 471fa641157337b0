/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_kernel.h - /dev/iommu, devices behind VFIO and the group of one, in the test's own process.
 *
 * A program gets it by padma_fake_kernel(): open, close, ioctl, access and fstat come here, and three
 * functions of the library that would ask the machine itself (pagemap_lookup, platform_dma_is_physical,
 * backend_none_works). sysfs is a tree of files.
 *
 * Each device has a character device, the first a group, too; there may be IOMMUs in front of them. MAP,
 * UNMAP and GET_PA are those of the simulated kernel (sim/machine/kernel.h), limited by what page tables and
 * devices leave free: a device or a page table that needs what is mapped is refused, and a page table serves
 * the devices of one IOMMU. The devices' regions are a memfd, so that reads, writes and mappings of a
 * descriptor are real. What the kernel does on its own is done here, too: bus mastering off on open and on
 * close, and a reset that restores the Command register. Not for several threads but the library's own.
 */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/device.h>

#include "kernel/iommufd_uapi.h"

#define FAKE_BDF	"0000:00:04.0"

/* Where the regions lie in the descriptor: BAR i at (i + 1) MiB, configuration space behind. */
#define FAKE_BAR(i)	(((uint64_t)(i) + 1) << 20)
#define FAKE_CONFIG	(8ull << 20)
#define FAKE_BAR0_BYTES 16384u
#define FAKE_COMMAND	(FAKE_CONFIG + 4)

enum fake_bar0 {
	FAKE_MAPPED, /* whole */
	FAKE_SPARSE, /* but its second page, as around an MSI-X table */
	FAKE_TRAPPED,
};

#define FAKE_DEVICES 4

/* A device: "vfioN", or "noiommu-vfioN". */
struct fake_device {
	unsigned int unit;		 /* the IOMMU that it is behind */
	struct uapi_iova_range reserved; /* by it; last 0: nothing */

	uint32_t hwpt; /* that it is attached to; 0: none */
	int fd;	       /* -1: it is closed */
	bool bound;
};

/* What no kernel should answer to IOMMU_IOAS_IOVA_RANGES. */
struct fake_nonsense {
	int error;
	uint32_t count; /* that it reports; it writes as many of those below as there is room for */
	struct uapi_iova_range ranges[3];
};

struct fake_kernel {
	struct fake_device devices[FAKE_DEVICES];
	uint64_t aperture_last[FAKE_DEVICES]; /* of each IOMMU */
	struct fake_hwpt {
		bool there;
		unsigned int unit;
	} hwpts[FAKE_DEVICES];

	/* How it is: set before the library is called. 0 or an errno for the next calls. */
	bool encrypted;	    /* memory, so that its addresses are of no use to a device */
	bool nothing_works; /* no backend for a device that the space does not suit */
	int iommu_open_error;
	int get_pa_error;  /* of what is not mapped; 0: ENOENT, the good answer */
	int pagemap_error; /* of every page */
	int hwpt_error;
	unsigned int maps_until_error; /* 0: none */
	int map_error;
	int ranges_error;
	const struct fake_nonsense *ranges_nonsense; /* NULL: the truth */
	unsigned int many_ranges; /* reserved pages, every other one, that make as many ranges */
	int attach_error;
	int node_open_error;
	int node_open_errors; /* how many times */
	int bind_error;
	int bind_errors; /* how many times */
	int container_open_error;
	int api_version;
	int join_error;
	int set_iommu_error;
	int get_device_error;
	int get_device_errors; /* how many times */
	bool node_of_another;  /* what is opened is not what sysfs says */
	bool no_cdev;
	bool no_group;
	int reset_error;
	int reset_errors; /* how many times */
	bool cannot_reset;
	enum padma_reset_kind reset_kind;
	bool behind_iommu;
	bool msi_only;	 /* no MSI-X */
	bool intx_only;	 /* no MSI either */
	bool intx_stays; /* an INTx that is not masked when it fires: nothing for us */
	int irq_error;	 /* of turning interrupts on */
	int irqs_free;	 /* vectors that the machine has to give; 0: all */
	bool no_aer;
	enum fake_bar0 bar0;
	bool bar1_is_io;

	/* What was done to it. */
	char events
		[1024]; /* "bind attach detach close ...", "group container join noiommu device" */
	int request_fd; /* eventfd to signal; -1: none was given */
	int error_fd;
	int irqs[64];
	unsigned int irq_count;
	uint32_t irq_index;
	bool intx_masked;
	unsigned int open_nodes; /* groups and containers, too */
	unsigned int objects;	 /* IOAS and page tables */
};

extern struct fake_kernel fake;

/* All as on a machine where everything works, without an IOMMU. With one each has 39 bits, and each device reserves the
 * MSI window. */
void fake_reset(void);

/* The device's memory, past the library. */
uint32_t fake_read(uint64_t offset, unsigned int bytes);
void fake_write(uint64_t offset, uint32_t value, unsigned int bytes);

/* What the simulated page table has for a byte; 0: nothing. */
uint64_t fake_phys(const void *va);

/* How many MAPs there are, and where one of them has a byte; 0: nowhere. */
size_t fake_map_count(void);
uint64_t fake_iova(const void *va);

#endif
