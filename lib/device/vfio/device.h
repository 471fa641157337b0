/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device.h - a PCI function opened through VFIO.
 *
 * Two ways lead to its descriptor: cdev.c, its character device, for a space with an iommufd,
 * and group.c, its group, for one without. All else is the same for both: open.c opens,
 * ops.c is what a driver calls, region.c maps BARs, irq.c delivers interrupts,
 * removal.c waits for removal requests.
 */
#ifndef DEVICE_VFIO_DEVICE_H
#define DEVICE_VFIO_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/provider.h"
#include "device/vfio/find.h"
#include "kernel/vfio.h"

/* A part of the descriptor: a BAR or configuration space. */
struct vfio_region {
	uint64_t offset;
	uint64_t bytes; /* 0: not there */
	bool readable;
	bool writable;
};

struct vfio_device {
	struct padma_device head;
	char name[20]; /* its PCI address */
	int fd;
	int group; /* and the container that it is in: -1 for a character device */
	int container;
	struct vfio_region bars[PADMA_DEVICE_BARS];
	struct vfio_region config;
	bool irqs_on; /* those of head.irq_kind */
	bool resets;  /* the kernel can reset it alone */

	/* removal.c */
	int request_fd; /* eventfds: removal requests of the kernel; -1: it has none */
	int error_fd;	/* an uncorrectable error; -1: none is reported */
	int stop_fd;
	pthread_t watcher;
	bool watching;
};

static inline struct vfio_device *vfio_of(struct padma_device *device)
{
	return (struct vfio_device *)(void *)device;
}

extern const struct device_ops vfio_device_ops;

/* node.c */

/*
 * VFIO answers EAGAIN while the kernel resets the function: call @attempt again for two seconds.
 * Return: what it answered last.
 */
int vfio_retry_eagain(int (*attempt)(void *ctx), void *ctx);

/* open() of a node that must have this number, NULL for any: the descriptor, or a negative errno with the
 * reason noted. */
int vfio_open_node(const char *address, const char *path, const char *number);
/* The kernel turns bus mastering off, resets the function and detaches it. */
void vfio_close(struct vfio_device *device);

/* config.c */

/* Read and write a region: 0, or a negative errno, -EIO if it ends early. Bytes in bus order. */
int vfio_region_read(const struct vfio_device *device, const struct vfio_region *region,
		     uint64_t offset, void *data, size_t bytes);
int vfio_region_write(const struct vfio_device *device, const struct vfio_region *region,
		      uint64_t offset, const void *data, size_t bytes);

/* Whether the function answers on the bus. In a signal handler, too. */
enum device_presence vfio_look(const struct vfio_device *device);

/* Turn the function's memory on in its Command register. 0, -EIO. */
int vfio_memory_on(struct vfio_device *device);

/* device_ops.quiesce(). */
int vfio_master_off(const struct vfio_device *device);

/* region.c */

/* Query all regions, and map of each BAR what can be mapped. 0, or an errno with the reason noted;
 * nothing is mapped then. */
int vfio_regions_open(struct vfio_device *device);
void vfio_regions_close(struct vfio_device *device);

/* The parts of a BAR that can be mapped, page-aligned at their start, the largest first. @info: as the
 * kernel gave it. Return: how many. */
#define VFIO_AREAS (DEVICE_FURTHER_AREAS + 1)
unsigned int vfio_mappable(const struct uapi_vfio_region_info *info, uint64_t page_bytes,
			   struct uapi_vfio_area areas[VFIO_AREAS]);

/* irq.c */

/* Query the vectors. 0, or an errno with the reason noted. */
int vfio_irqs_open(struct vfio_device *device);
/* 0, or an errno with the reason noted. */
int vfio_irqs_enable(struct vfio_device *device, const int *fds, unsigned int count);
int vfio_irqs_unmask(const struct vfio_device *device);

/* removal.c */

/* Start and stop waiting for removal requests and errors. */
int vfio_removal_start(struct vfio_device *device);
void vfio_removal_stop(struct vfio_device *device);

/* cdev.c and group.c */

/*
 * The two ways: device->fd is open, ready for all that follows, and link.fd with it; vfio_close()
 * ends either. 0, or a negative errno with the reason noted; nothing is open then.
 */
int vfio_open_cdev(struct vfio_device *device, int iommufd, const struct vfio_node *node);
int vfio_open_group(struct vfio_device *device, const struct vfio_node *node);

#endif
