/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio.h - the ioctls of VFIO's descriptors, one function each.
 *
 * As iommufd.h: 0 or a negative errno, no words, interrupted calls repeated. A device's @fd is an
 * open /dev/vfio/devices/NAME, or what its group gave: both take the same calls. Any thread, but
 * one at a time for interrupts and resets.
 */
#ifndef KERNEL_VFIO_H
#define KERNEL_VFIO_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/vfio_uapi.h"

/* Room for capabilities behind a region's structure; longer answers are refused. */
#define VFIO_REGION_BYTES 4096u

/* VFIO_DEVICE_BIND_IOMMUFD: the device belongs to the iommufd until @fd's last close. Of a character device only. */
int vfio_bind(int fd, int iommufd, uint32_t *devid);

/* VFIO_DEVICE_ATTACH_IOMMUFD_PT, to an IOAS or to a page table; and its opposite. */
int vfio_attach(int fd, uint32_t pt_id);
int vfio_detach(int fd);

/* VFIO_GET_API_VERSION of a container, /dev/vfio/vfio: the version. */
int vfio_api_version(int container);

/* VFIO_GROUP_SET_CONTAINER: the group, an open /dev/vfio/NUMBER or noiommu-NUMBER, joins it. */
int vfio_group_set_container(int group, int container);

/* VFIO_SET_IOMMU: after its first group. */
int vfio_set_iommu(int container, unsigned int type);

/* VFIO_GROUP_GET_DEVICE_FD: the descriptor (close-on-exec) of the device of that PCI address. */
int vfio_group_device(int group, const char *name);

/* VFIO_DEVICE_GET_INFO */
int vfio_device_info(int fd, struct uapi_vfio_device_info *info);

/* VFIO_DEVICE_GET_REGION_INFO: capabilities come with it. @buffer has VFIO_REGION_BYTES, aligned to
 * 8. -E2BIG: they are more. */
int vfio_region_info(int fd, uint32_t index, struct uapi_vfio_region_info *buffer);

/* VFIO_DEVICE_GET_IRQ_INFO */
int vfio_irq_info(int fd, uint32_t index, struct uapi_vfio_irq_info *info);

/* VFIO_DEVICE_SET_IRQS: interrupts 0 to @count - 1 of @index trigger these eventfds (-1: none).
 * Above 0: nothing was done, the machine has only so many vectors to give. */
int vfio_irq_eventfds(int fd, uint32_t index, const int *fds, uint32_t count);

/* VFIO_DEVICE_SET_IRQS: all of @index off. */
int vfio_irq_off(int fd, uint32_t index);

/* VFIO_DEVICE_SET_IRQS: interrupt 0 of @index may fire again. -EINVAL: it is off. */
int vfio_irq_unmask(int fd, uint32_t index);

/* VFIO_DEVICE_RESET: function level reset, or what the kernel has for one. */
int vfio_reset(int fd);

/*
 * Walk a region's capability chain: its sparse mapping. *areas are in @region. Return: how many
 * there are, or -ENOENT if the region has no such capability, or -EPROTO if the chain does
 * not make sense (leaves the structure, or turns back).
 */
int vfio_sparse_areas(const struct uapi_vfio_region_info *region,
		      const struct uapi_vfio_area **areas);

#endif
