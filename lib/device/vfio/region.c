// SPDX-License-Identifier: BSD-3-Clause
/*
 * BARs and configuration space as VFIO's regions.
 *
 * A BAR is mapped as far as the kernel allows it: whole, or in the areas of its sparse-mmap capability,
 * as around an MSI-X table. Everything else is reached by reads and writes of the descriptor.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/bar.h"
#include "device/sigbus.h"
#include "device/vfio/device.h"

/* PCI Local Bus 3.0, 6.1 and 6.2.5.1: the first BAR's register, and its bit for I/O space. */
#define PCI_BAR_OFFSET	   0x10
#define PCI_BAR_IO	   1u
/* The part of configuration space that every function has. */
#define PCI_CONFIG_LEAST   256u
#define PCI_CONFIG_EXPRESS 4096u

static bool is_mappable(const struct uapi_vfio_area *area, uint64_t bytes, uint64_t page_bytes)
{
	return area->offset % page_bytes == 0 && area->offset < bytes && area->size > 0 &&
	       area->size <= bytes - area->offset;
}

/* Into a list of the largest so far; the smallest falls out of a full one. Return: its length. */
static unsigned int insert(struct uapi_vfio_area areas[VFIO_AREAS], unsigned int used,
			   const struct uapi_vfio_area *area)
{
	unsigned int at = used;

	if (used < VFIO_AREAS)
		used++;
	else if (areas[--at].size >= area->size)
		return used;
	for (; at > 0 && areas[at - 1].size < area->size; at--)
		areas[at] = areas[at - 1];
	areas[at] = *area;
	return used;
}

unsigned int vfio_mappable(const struct uapi_vfio_region_info *info, uint64_t page_bytes,
			   struct uapi_vfio_area areas[VFIO_AREAS])
{
	const struct uapi_vfio_area *all = NULL, whole = {.size = info->size};
	unsigned int used = 0;
	int count;

	if (!(info->flags & UAPI_VFIO_REGION_MMAP))
		return 0;
	count = vfio_sparse_areas(info, &all);
	if (count == -ENOENT) {
		all = &whole;
		count = 1;
	}
	for (int i = 0; i < count; i++) {
		if (is_mappable(&all[i], info->size, page_bytes))
			used = insert(areas, used, &all[i]);
	}
	return used;
}

static void map_area(struct vfio_device *device, unsigned int index, uint64_t region,
		     const struct uapi_vfio_area *area)
{
	void *at = mmap(NULL, area->size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd,
			(off_t)(region + area->offset));

	if (at == MAP_FAILED) {
		log_info("%s: BAR %u cannot be mapped (%s); it is read and written by system calls",
			 device->name, index, strerror(errno));
		return;
	}
	/* A child's copy would keep the device open after its owner is gone. */
	if (madvise(at, area->size, MADV_DONTFORK))
		log_warning("%s: BAR %u would be inherited by a fork: %s", device->name, index,
			    strerror(errno));
	if (!device_bar_add_area(&device->head, index, area->offset, area->offset + area->size,
				 at)) {
		log_info("%s: the kernel offers areas of BAR %u that overlap, or too many; the "
			 "rest is read and written by system calls",
			 device->name, index);
		munmap(at, area->size);
		return;
	}
	if (!sigbus_cover(&device->head, at, area->size))
		log_warning("%s: so many BARs are mapped that a SIGBUS at BAR %u is not caught",
			    device->name, index);
}

static void map_bar(struct vfio_device *device, unsigned int index,
		    const struct uapi_vfio_region_info *info)
{
	struct uapi_vfio_area areas[VFIO_AREAS];
	unsigned int count = vfio_mappable(info, (uint64_t)sysconf(_SC_PAGESIZE), areas);

	for (unsigned int i = 0; i < count; i++)
		map_area(device, index, info->offset, &areas[i]);
}

static int query_region(const struct vfio_device *device, uint32_t index,
			struct uapi_vfio_region_info *info, struct vfio_region *region)
{
	int rc = vfio_region_info(device->fd, index, info);

	/* A BAR that is not implemented is a region of no bytes. */
	if (rc)
		return fail(rc, "%s: the kernel does not describe region %u: %s", device->name,
			    index, strerror(-rc));
	*region = (struct vfio_region){
		.offset = info->offset,
		.bytes = info->size,
		.readable = info->flags & UAPI_VFIO_REGION_READ,
		.writable = info->flags & UAPI_VFIO_REGION_WRITE,
	};
	return 0;
}

static int open_config(struct vfio_device *device, struct uapi_vfio_region_info *info)
{
	int rc = query_region(device, UAPI_VFIO_PCI_CONFIG_REGION, info, &device->config);

	if (rc)
		return rc;
	if (device->config.bytes < PCI_CONFIG_LEAST)
		return fail(-EPROTO,
			    "%s: the kernel reports a configuration space of only %llu bytes",
			    device->name, (unsigned long long)device->config.bytes);
	device->head.config_bytes =
		device->config.bytes >= PCI_CONFIG_EXPRESS ? PCI_CONFIG_EXPRESS : PCI_CONFIG_LEAST;
	return 0;
}

static int open_bar(struct vfio_device *device, unsigned int index,
		    struct uapi_vfio_region_info *info)
{
	uint8_t low = 0;
	int rc = query_region(device, index, info, &device->bars[index]);

	if (rc || info->size == 0)
		return rc;
	if (vfio_region_read(device, &device->config, PCI_BAR_OFFSET + 4 * index, &low, 1))
		return fail(-EIO, "%s: configuration space cannot be read", device->name);
	/* I/O ports are no memory: padma has no use for them. */
	if (low & PCI_BAR_IO)
		return 0;
	device->head.bars[index].bytes = info->size;
	map_bar(device, index, info);
	return 0;
}

int vfio_regions_open(struct vfio_device *device)
{
	union {
		struct uapi_vfio_region_info info;
		uint64_t room[VFIO_REGION_BYTES / sizeof(uint64_t)];
	} answer;
	int rc = open_config(device, &answer.info);

	for (unsigned int i = 0; i < PADMA_DEVICE_BARS && rc == 0; i++)
		rc = open_bar(device, i, &answer.info);
	if (rc)
		vfio_regions_close(device);
	return rc;
}

static void unmap_bar(struct vfio_device *device, unsigned int index)
{
	const struct padma_bar *bar = &device->head.bars[index];
	const struct padma_bar_area *area;

	for (unsigned int i = 0; (area = device_bar_area(bar, i)); i++) {
		sigbus_uncover((void *)(uintptr_t)area->at);
		munmap((void *)(uintptr_t)area->at, area->end - area->start);
	}
	device_bar_drop_areas(&device->head, index);
}

void vfio_regions_close(struct vfio_device *device)
{
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++)
		unmap_bar(device, i);
}
