// SPDX-License-Identifier: BSD-3-Clause
/*
 * BARs by the function's files "resourceN" in sysfs.
 *
 * UIO's own mappings leave out 64-bit BARs (drivers/uio/uio_pci_generic.c, probe()), which an NVMe
 * controller has. A file of sysfs goes with the function, and touching its mapping is SIGBUS then
 * (fs/kernfs/file.c); so anonymous memory takes its place as soon as that is known, or by the handler of
 * SIGBUS if the program has one (padma_device_catch_sigbus()).
 */
#define PADMA_PART "uio"
#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/bar.h"
#include "device/ones.h"
#include "device/sigbus.h"
#include "device/uio/device.h"

static uint64_t page_bytes(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A small BAR may begin inside a page; the mapping begins with that (pci_mmap_resource_range()). */
static uint64_t lead(const struct uio_bar_place *place)
{
	return place->start % page_bytes();
}

static uint64_t mapped_bytes(const struct uio_bar_place *place)
{
	return align_up(lead(place) + place->bytes, page_bytes());
}

static void *mapping(const struct uio_device *device, unsigned int index)
{
	return (void *)((uintptr_t)device->head.bars[index].first.at -
			lead(&device->function.bars[index]));
}

static int map_bar(struct uio_device *device, unsigned int index)
{
	const struct uio_bar_place *place = &device->function.bars[index];
	char path[PATH_MAX];
	void *at = MAP_FAILED;
	int fd, error;

	snprintf(path, sizeof(path), "%.4000s/resource%u", device->function.directory, index);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		at = mmap(NULL, mapped_bytes(place), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	error = errno;
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return fail(-error, "%s: BAR %u cannot be mapped: %s%s", device->name, index,
			    strerror(error),
			    error == EPERM ? "; the kernel is locked down, or you are not root"
					   : "");
	if (madvise(at, mapped_bytes(place), MADV_DONTFORK))
		log_warning("%s: BAR %u would be inherited by a fork: %s", device->name, index,
			    strerror(errno));
	if (!sigbus_cover(&device->head, at, mapped_bytes(place)))
		log_warning("%s: BAR %u is one too many: a SIGBUS there would not be caught",
			    device->name, index);
	device->head.bars[index].bytes = place->bytes;
	(void)device_bar_add_area(&device->head, index, 0, place->bytes,
				  (volatile unsigned char *)at + lead(place));
	return 0;
}

int uio_bars_open(struct uio_device *device)
{
	int rc = 0;

	for (unsigned int i = 0; i < PADMA_DEVICE_BARS && rc == 0; i++) {
		if (device->function.bars[i].bytes)
			rc = map_bar(device, i);
	}
	if (rc)
		uio_bars_close(device);
	return rc;
}

void uio_bars_close(struct uio_device *device)
{
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		struct padma_bar *bar = &device->head.bars[i];

		if (bar->first.at)
			sigbus_uncover(mapping(device, i));
		if (bar->first.at)
			munmap(mapping(device, i), mapped_bytes(&device->function.bars[i]));
		*bar = (struct padma_bar){0};
	}
}

void uio_bars_detach(struct uio_device *device)
{
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		if (device->head.bars[i].first.at)
			ones_map(mapping(device, i), mapped_bytes(&device->function.bars[i]));
	}
}
