// SPDX-License-Identifier: BSD-3-Clause
/* See vfio.h. */
#include "kernel/vfio.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/call.h"

static int vfio(int fd, unsigned int number, void *arg)
{
	return call_plain(fd, _IO(UAPI_VFIO_TYPE, number), arg);
}

/* One whose answer is a number. */
static int vfio_number(int fd, unsigned int number, void *arg)
{
	return call(fd, _IO(UAPI_VFIO_TYPE, number), arg);
}

int vfio_bind(int fd, int iommufd, uint32_t *devid)
{
	struct uapi_vfio_bind bind = {.argsz = sizeof(bind), .iommufd = iommufd};
	int rc = vfio(fd, UAPI_VFIO_BIND_IOMMUFD, &bind);

	if (rc == 0)
		*devid = bind.out_devid;
	return rc;
}

int vfio_attach(int fd, uint32_t pt_id)
{
	struct uapi_vfio_attach attach = {.argsz = sizeof(attach), .pt_id = pt_id};

	return vfio(fd, UAPI_VFIO_ATTACH_PT, &attach);
}

int vfio_detach(int fd)
{
	struct uapi_vfio_detach detach = {.argsz = sizeof(detach)};

	return vfio(fd, UAPI_VFIO_DETACH_PT, &detach);
}

int vfio_api_version(int container)
{
	return vfio_number(container, UAPI_VFIO_GET_API_VERSION, NULL);
}

/* Takes its argument by value. */
int vfio_set_iommu(int container, unsigned int type)
{
	return vfio(container, UAPI_VFIO_SET_IOMMU, (void *)(uintptr_t)type);
}

int vfio_group_set_container(int group, int container)
{
	int32_t fd = container;

	return vfio(group, UAPI_VFIO_SET_CONTAINER, &fd);
}

int vfio_group_device(int group, const char *name)
{
	return vfio_number(group, UAPI_VFIO_GET_DEVICE_FD, (void *)(uintptr_t)name);
}

int vfio_device_info(int fd, struct uapi_vfio_device_info *info)
{
	*info = (struct uapi_vfio_device_info){.argsz = sizeof(*info)};
	return vfio(fd, UAPI_VFIO_DEVICE_GET_INFO, info);
}

int vfio_region_info(int fd, uint32_t index, struct uapi_vfio_region_info *buffer)
{
	int rc;

	memset(buffer, 0, VFIO_REGION_BYTES);
	buffer->argsz = VFIO_REGION_BYTES;
	buffer->index = index;
	rc = vfio(fd, UAPI_VFIO_GET_REGION_INFO, buffer);
	if (rc == 0 && buffer->argsz > VFIO_REGION_BYTES)
		return -E2BIG;
	return rc;
}

int vfio_irq_info(int fd, uint32_t index, struct uapi_vfio_irq_info *info)
{
	*info = (struct uapi_vfio_irq_info){.argsz = sizeof(*info), .index = index};
	return vfio(fd, UAPI_VFIO_GET_IRQ_INFO, info);
}

int vfio_irq_eventfds(int fd, uint32_t index, const int *fds, uint32_t count)
{
	struct uapi_vfio_irq_set *set;
	size_t bytes = sizeof(*set) + count * sizeof(int32_t);
	int rc;

	static_assert(sizeof(int) == sizeof(int32_t), "the kernel reads descriptors of 32 bits");
	set = malloc(bytes);
	if (!set)
		return -ENOMEM;
	*set = (struct uapi_vfio_irq_set){
		.argsz = (uint32_t)bytes,
		.flags = UAPI_VFIO_IRQ_SET_EVENTFD | UAPI_VFIO_IRQ_SET_TRIGGER,
		.index = index,
		.count = count,
	};
	memcpy(set + 1, fds, count * sizeof(int32_t));
	rc = vfio_number(fd, UAPI_VFIO_SET_IRQS, set);
	free(set);
	return rc;
}

int vfio_irq_off(int fd, uint32_t index)
{
	struct uapi_vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = UAPI_VFIO_IRQ_SET_NONE | UAPI_VFIO_IRQ_SET_TRIGGER,
		.index = index,
	};

	return vfio(fd, UAPI_VFIO_SET_IRQS, &set);
}

int vfio_irq_unmask(int fd, uint32_t index)
{
	struct uapi_vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = UAPI_VFIO_IRQ_SET_NONE | UAPI_VFIO_IRQ_SET_UNMASK,
		.index = index,
		.count = 1,
	};

	return vfio(fd, UAPI_VFIO_SET_IRQS, &set);
}

int vfio_reset(int fd)
{
	return vfio(fd, UAPI_VFIO_DEVICE_RESET, NULL);
}

/* The areas behind a sparse capability that lies at @offset, all of them inside @bytes. */
static int take_areas(const void *start, uint32_t offset, uint32_t bytes,
		      const struct uapi_vfio_area **areas)
{
	const struct uapi_vfio_sparse_mmap *sparse = (const void *)((const char *)start + offset);

	if (bytes - offset < sizeof(*sparse) ||
	    sparse->nr_areas > (bytes - offset - sizeof(*sparse)) / sizeof(**areas))
		return -EPROTO;
	*areas = (const void *)(sparse + 1);
	return (int)sparse->nr_areas;
}

int vfio_sparse_areas(const struct uapi_vfio_region_info *region,
		      const struct uapi_vfio_area **areas)
{
	uint32_t bytes = region->argsz, offset = region->cap_offset, least = sizeof(*region);

	if (!(region->flags & UAPI_VFIO_REGION_CAPS))
		return -ENOENT;
	while (offset) {
		const struct uapi_vfio_cap *cap;

		/* The kernel appends each to the one before: a chain only goes forward. */
		if (offset < least || offset % 8 || bytes < sizeof(*cap) ||
		    offset > bytes - sizeof(*cap))
			return -EPROTO;
		cap = (const void *)((const char *)region + offset);
		if (cap->id == UAPI_VFIO_CAP_SPARSE_MMAP)
			return take_areas(region, offset, bytes, areas);
		least = offset + (uint32_t)sizeof(*cap);
		offset = cap->next;
	}
	return -ENOENT;
}
