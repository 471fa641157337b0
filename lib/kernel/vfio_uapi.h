/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio_uapi.h - the part of VFIO's uAPI that padma speaks, in its own words.
 *
 * Debian 12's linux/vfio.h (6.1) has no cdev calls. The numbers and layouts are the kernel's
 * (include/uapi/linux/vfio.h, Linux 7.3); a structure says its size in argsz and may grow.
 */
#ifndef KERNEL_VFIO_UAPI_H
#define KERNEL_VFIO_UAPI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/ioctl.h>
#if defined(__has_include)
#if __has_include(<linux/vfio.h>)
#include <linux/vfio.h>
#define UAPI_HAS_VFIO_H 1
#endif
#endif

/* Every ioctl of VFIO is _IO(';', number). */
#define UAPI_VFIO_TYPE		    ';'
#define UAPI_VFIO_GET_API_VERSION   100
#define UAPI_VFIO_SET_IOMMU	    102
#define UAPI_VFIO_SET_CONTAINER	    104
#define UAPI_VFIO_GET_DEVICE_FD	    106
#define UAPI_VFIO_DEVICE_GET_INFO   107
#define UAPI_VFIO_GET_REGION_INFO   108
#define UAPI_VFIO_GET_IRQ_INFO	    109
#define UAPI_VFIO_SET_IRQS	    110
#define UAPI_VFIO_DEVICE_RESET	    111
#define UAPI_VFIO_BIND_IOMMUFD	    118
#define UAPI_VFIO_ATTACH_PT	    119
#define UAPI_VFIO_DETACH_PT	    120

/* A container, by its version, and the "IOMMU" of devices that have none. */
#define UAPI_VFIO_API_VERSION	    0
#define UAPI_VFIO_NOIOMMU_IOMMU	    8

/* vfio_device_info.flags */
#define UAPI_VFIO_FLAG_RESET	    (1u << 0)
#define UAPI_VFIO_FLAG_PCI	    (1u << 1)

/* Regions of a PCI device: BARs 0 to 5, the ROM, configuration space. */
#define UAPI_VFIO_PCI_CONFIG_REGION 7

/* vfio_region_info.flags */
#define UAPI_VFIO_REGION_READ	    (1u << 0)
#define UAPI_VFIO_REGION_WRITE	    (1u << 1)
#define UAPI_VFIO_REGION_MMAP	    (1u << 2)
#define UAPI_VFIO_REGION_CAPS	    (1u << 3)

#define UAPI_VFIO_CAP_SPARSE_MMAP   1

/* Interrupts of a PCI device. */
#define UAPI_VFIO_PCI_INTX_IRQ	    0
#define UAPI_VFIO_PCI_MSI_IRQ	    1
#define UAPI_VFIO_PCI_MSIX_IRQ	    2
#define UAPI_VFIO_PCI_ERR_IRQ	    3
#define UAPI_VFIO_PCI_REQ_IRQ	    4

/* vfio_irq_info.flags */
#define UAPI_VFIO_IRQ_EVENTFD	    (1u << 0)
#define UAPI_VFIO_IRQ_MASKABLE	    (1u << 1)
#define UAPI_VFIO_IRQ_AUTOMASKED    (1u << 2) /* masked at each firing, until it is unmasked */

/* vfio_irq_set.flags */
#define UAPI_VFIO_IRQ_SET_NONE	    (1u << 0)
#define UAPI_VFIO_IRQ_SET_EVENTFD   (1u << 2)
#define UAPI_VFIO_IRQ_SET_UNMASK    (1u << 4)
#define UAPI_VFIO_IRQ_SET_TRIGGER   (1u << 5)

/* struct vfio_device_info */
struct uapi_vfio_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
	uint32_t cap_offset;
	uint32_t pad;
};

/* struct vfio_region_info; capabilities follow it if argsz has room */
struct uapi_vfio_region_info {
	uint32_t argsz; /* in: room; out: the size that holds all */
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset; /* of the first capability from the structure's start; 0: none */
	uint64_t size;
	uint64_t offset; /* in the device's descriptor */
};

/* struct vfio_info_cap_header */
struct uapi_vfio_cap {
	uint16_t id;
	uint16_t version;
	uint32_t next; /* as cap_offset */
};

/* struct vfio_region_info_cap_sparse_mmap; nr_areas areas follow */
struct uapi_vfio_sparse_mmap {
	struct uapi_vfio_cap header;
	uint32_t nr_areas;
	uint32_t reserved;
};

/* struct vfio_region_sparse_mmap_area */
struct uapi_vfio_area {
	uint64_t offset;
	uint64_t size;
};

/* struct vfio_irq_info */
struct uapi_vfio_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

/* struct vfio_irq_set; with EVENTFD @count int32_t follow */
struct uapi_vfio_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

/* struct vfio_device_bind_iommufd, as long as without a token */
struct uapi_vfio_bind {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

/* struct vfio_device_attach_iommufd_pt, as long as without a PASID */
struct uapi_vfio_attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id; /* in: an IOAS or a page table; out: the page table */
};

/* struct vfio_device_detach_iommufd_pt, as long as without a PASID */
struct uapi_vfio_detach {
	uint32_t argsz;
	uint32_t flags;
};

static_assert(sizeof(struct uapi_vfio_device_info) == 24, "as the kernel has it");
static_assert(offsetof(struct uapi_vfio_device_info, num_irqs) == 12, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_region_info) == 32, "as the kernel has it");
static_assert(offsetof(struct uapi_vfio_region_info, offset) == 24, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_cap) == 8, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_sparse_mmap) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_area) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_irq_info) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_irq_set) == 20, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_bind) == 16, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_attach) == 12, "as the kernel has it");
static_assert(sizeof(struct uapi_vfio_detach) == 8, "as the kernel has it");
#ifdef UAPI_HAS_VFIO_H
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_GET_API_VERSION) == VFIO_GET_API_VERSION, "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_SET_IOMMU) == VFIO_SET_IOMMU, "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_SET_CONTAINER) == VFIO_GROUP_SET_CONTAINER,
	      "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_GET_DEVICE_FD) == VFIO_GROUP_GET_DEVICE_FD,
	      "one number");
static_assert(UAPI_VFIO_API_VERSION == VFIO_API_VERSION, "one number");
static_assert(UAPI_VFIO_NOIOMMU_IOMMU == VFIO_NOIOMMU_IOMMU, "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_DEVICE_GET_INFO) == VFIO_DEVICE_GET_INFO, "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_GET_REGION_INFO) == VFIO_DEVICE_GET_REGION_INFO,
	      "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_GET_IRQ_INFO) == VFIO_DEVICE_GET_IRQ_INFO,
	      "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_SET_IRQS) == VFIO_DEVICE_SET_IRQS, "one number");
static_assert(_IO(UAPI_VFIO_TYPE, UAPI_VFIO_DEVICE_RESET) == VFIO_DEVICE_RESET, "one number");
static_assert(sizeof(struct uapi_vfio_region_info) == sizeof(struct vfio_region_info),
	      "one layout");
static_assert(sizeof(struct uapi_vfio_sparse_mmap) ==
		      sizeof(struct vfio_region_info_cap_sparse_mmap),
	      "one layout");
static_assert(sizeof(struct uapi_vfio_irq_info) == sizeof(struct vfio_irq_info), "one layout");
static_assert(sizeof(struct uapi_vfio_irq_set) == sizeof(struct vfio_irq_set), "one layout");
static_assert(UAPI_VFIO_FLAG_RESET == VFIO_DEVICE_FLAGS_RESET, "one number");
static_assert(UAPI_VFIO_FLAG_PCI == VFIO_DEVICE_FLAGS_PCI, "one number");
static_assert(UAPI_VFIO_PCI_CONFIG_REGION == VFIO_PCI_CONFIG_REGION_INDEX, "one number");
static_assert(UAPI_VFIO_REGION_READ == VFIO_REGION_INFO_FLAG_READ, "one number");
static_assert(UAPI_VFIO_REGION_WRITE == VFIO_REGION_INFO_FLAG_WRITE, "one number");
static_assert(UAPI_VFIO_REGION_MMAP == VFIO_REGION_INFO_FLAG_MMAP, "one number");
static_assert(UAPI_VFIO_REGION_CAPS == VFIO_REGION_INFO_FLAG_CAPS, "one number");
static_assert(UAPI_VFIO_CAP_SPARSE_MMAP == VFIO_REGION_INFO_CAP_SPARSE_MMAP, "one number");
static_assert((int)UAPI_VFIO_PCI_INTX_IRQ == (int)VFIO_PCI_INTX_IRQ_INDEX, "one number");
static_assert((int)UAPI_VFIO_PCI_MSI_IRQ == (int)VFIO_PCI_MSI_IRQ_INDEX, "one number");
static_assert((int)UAPI_VFIO_PCI_MSIX_IRQ == (int)VFIO_PCI_MSIX_IRQ_INDEX, "one number");
static_assert((int)UAPI_VFIO_PCI_ERR_IRQ == (int)VFIO_PCI_ERR_IRQ_INDEX, "one number");
static_assert((int)UAPI_VFIO_PCI_REQ_IRQ == (int)VFIO_PCI_REQ_IRQ_INDEX, "one number");
static_assert(UAPI_VFIO_IRQ_EVENTFD == VFIO_IRQ_INFO_EVENTFD, "one number");
static_assert(UAPI_VFIO_IRQ_MASKABLE == VFIO_IRQ_INFO_MASKABLE, "one number");
static_assert(UAPI_VFIO_IRQ_AUTOMASKED == VFIO_IRQ_INFO_AUTOMASKED, "one number");
static_assert(UAPI_VFIO_IRQ_SET_NONE == VFIO_IRQ_SET_DATA_NONE, "one number");
static_assert(UAPI_VFIO_IRQ_SET_EVENTFD == VFIO_IRQ_SET_DATA_EVENTFD, "one number");
static_assert(UAPI_VFIO_IRQ_SET_UNMASK == VFIO_IRQ_SET_ACTION_UNMASK, "one number");
static_assert(UAPI_VFIO_IRQ_SET_TRIGGER == VFIO_IRQ_SET_ACTION_TRIGGER, "one number");
#endif

#endif
