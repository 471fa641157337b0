// SPDX-License-Identifier: BSD-3-Clause
/* The group of the first device, and its container. */
#include "test.h"

#include <sys/eventfd.h>

#include "kernel/vfio_uapi.h"
#include "parts.h"

static int group = -1, container = -1;
static bool joined, noiommu;

bool fake_is_group(int fd)
{
	return fd >= 0 && fd == group;
}

bool fake_is_container(int fd)
{
	return fd >= 0 && fd == container;
}

int fake_group_open(void)
{
	if (fake_fails(&fake.node_open_errors))
		return fake_answer(fake.node_open_error);
	assert_int_equal(group, -1);
	fake_note("group");
	fake.open_nodes++;
	return group = eventfd(0, EFD_CLOEXEC);
}

int fake_container_open(void)
{
	if (fake.container_open_error)
		return fake_answer(fake.container_open_error);
	assert_int_equal(container, -1);
	fake_note("container");
	fake.open_nodes++;
	return container = eventfd(0, EFD_CLOEXEC);
}

void fake_group_close(int fd)
{
	fake.open_nodes--;
	if (fd == container) {
		fake_note("close-container");
		container = -1;
		return;
	}
	fake_note("close-group");
	group = -1;
	joined = noiommu = false;
}

/* As drivers/vfio/container.c and group.c have it. */
static int container_ioctl(unsigned long request, const void *arg)
{
	switch (request & 0xff) {
	case UAPI_VFIO_GET_API_VERSION:
		return fake.api_version;
	case UAPI_VFIO_SET_IOMMU:
		assert_int_equal((uintptr_t)arg, 8);
		if (fake.set_iommu_error || !joined)
			return fake_answer(joined ? fake.set_iommu_error : EINVAL);
		fake_note("noiommu");
		noiommu = true;
		return 0;
	default:
		return fake_answer(ENOTTY);
	}
}

static int group_ioctl(unsigned long request, const void *arg)
{
	switch (request & 0xff) {
	case UAPI_VFIO_SET_CONTAINER:
		assert_int_equal(*(const int32_t *)arg, container);
		if (fake.join_error)
			return fake_answer(fake.join_error);
		fake_note("join");
		joined = true;
		return 0;
	case UAPI_VFIO_GET_DEVICE_FD:
		assert_string_equal(arg, FAKE_BDF);
		if (fake_fails(&fake.get_device_errors))
			return fake_answer(fake.get_device_error);
		if (!noiommu)
			return fake_answer(EINVAL);
		fake_note("device");
		fake.devices[0].bound = true;
		return fake_device_open(0);
	default:
		return fake_answer(ENOTTY);
	}
}

int fake_group_ioctl(int fd, unsigned long request, const void *arg)
{
	return fd == group ? group_ioctl(request, arg) : container_ioctl(request, arg);
}
