// SPDX-License-Identifier: BSD-3-Clause
/*
 * BARs and configuration space as VFIO's regions.
 *
 * A BAR is mapped where the kernel allows it: whole, or in the areas of its sparse-mmap capability,
 * of which the largest is taken. Everything else is reached by reads and writes of the descriptor.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/sigbus.h"
#include "device/vfio/device.h"

/* PCI Local Bus 3.0, 6.1 and 6.2.5.1: the first BAR's register, and its bit for I/O space. */
#define PCI_BAR_OFFSET	   0x10
#define PCI_BAR_IO	   1u
/* The part of configuration space that every function has. */
#define PCI_CONFIG_LEAST   256u
#define PCI_CONFIG_EXPRESS 4096u

int vfio_region_read(const struct vfio_device *device, const struct vfio_region *region,
		     uint64_t offset, void *data, size_t bytes)
{
	ssize_t got;

	if (!region->readable)
		return -EIO;
	do {
		got = pread(device->fd, data, bytes, (off_t)(region->offset + offset));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

int vfio_region_write(const struct vfio_device *device, const struct vfio_region *region,
		      uint64_t offset, const void *data, size_t bytes)
{
	ssize_t got;

	if (!region->writable)
		return -EIO;
	do {
		got = pwrite(device->fd, data, bytes, (off_t)(region->offset + offset));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

static bool better(const struct uapi_vfio_area *area, uint64_t bytes, uint64_t page_bytes,
		   uint64_t longest)
{
	return area->offset % page_bytes == 0 && area->offset < bytes &&
	       area->size <= bytes - area->offset && area->size > longest;
}

bool vfio_mappable(const struct uapi_vfio_region_info *info, uint64_t page_bytes, uint64_t *start,
		   uint64_t *end)
{
	struct uapi_vfio_area whole = {.size = info->size};
	const struct uapi_vfio_area *areas = NULL;
	int count;

	*start = *end = 0;
	if (!(info->flags & UAPI_VFIO_REGION_MMAP))
		return false;
	count = vfio_sparse_areas(info, &areas);
	if (count == -ENOENT) {
		areas = &whole;
		count = 1;
	}
	for (int i = 0; i < count; i++) {
		if (!better(&areas[i], info->size, page_bytes, *end - *start))
			continue;
		*start = areas[i].offset;
		*end = areas[i].offset + areas[i].size;
	}
	return *end > *start;
}

static void map_bar(struct vfio_device *device, unsigned int index,
		    const struct uapi_vfio_region_info *info)
{
	struct padma_bar *bar = &device->head.bars[index];
	uint64_t start, end;
	void *at;

	if (!vfio_mappable(info, (uint64_t)sysconf(_SC_PAGESIZE), &start, &end))
		return;
	at = mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd,
		  (off_t)(info->offset + start));
	if (at == MAP_FAILED) {
		log_info("%s: BAR %u cannot be mapped (%s); it is read and written by system calls",
			 device->name, index, strerror(errno));
		return;
	}
	/* A child's copy would keep the device open after its owner is gone. */
	if (madvise(at, end - start, MADV_DONTFORK))
		log_warning("%s: BAR %u would be inherited by a fork: %s", device->name, index,
			    strerror(errno));
	if (!sigbus_cover(&device->head, at, end - start))
		log_warning("%s: so many BARs are mapped that a SIGBUS at BAR %u is not caught",
			    device->name, index);
	bar->direct = at;
	bar->direct_start = start;
	bar->direct_end = end;
}

static int learn(const struct vfio_device *device, uint32_t index,
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
	int rc = learn(device, UAPI_VFIO_PCI_CONFIG_REGION, info, &device->config);

	if (rc)
		return rc;
	if (device->config.bytes < PCI_CONFIG_LEAST)
		return fail(-EPROTO, "%s: configuration space of %llu bytes makes no sense",
			    device->name, (unsigned long long)device->config.bytes);
	device->head.config_bytes =
		device->config.bytes >= PCI_CONFIG_EXPRESS ? PCI_CONFIG_EXPRESS : PCI_CONFIG_LEAST;
	return 0;
}

static int open_bar(struct vfio_device *device, unsigned int index,
		    struct uapi_vfio_region_info *info)
{
	uint8_t low = 0;
	int rc = learn(device, index, info, &device->bars[index]);

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

void vfio_regions_close(struct vfio_device *device)
{
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		struct padma_bar *bar = &device->head.bars[i];

		if (bar->direct) {
			sigbus_uncover((void *)(uintptr_t)bar->direct);
			munmap((void *)(uintptr_t)bar->direct, bar->direct_end - bar->direct_start);
		}
		bar->direct = NULL;
		bar->direct_start = bar->direct_end = 0;
	}
}
