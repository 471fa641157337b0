// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device by the group that VFIO made for it, /dev/vfio/noiommu-N: kernels before 7.3 offer a
 * device without an IOMMU in no other way (Documentation/driver-api/vfio.rst). The group joins a
 * container, whose "IOMMU" is none, and gives the device's descriptor.
 *
 * The container translates nothing and pins nothing. Group and container stay open with the device:
 * if iommufd stands in for the container, the group alone keeps a second user out.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "device/vfio/device.h"

#define NODES	  "/dev/vfio"
#define CONTAINER NODES "/vfio"

static int no_group(const struct vfio_device *device)
{
	return fail(-ENODEV,
		    "%s: vfio-pci has it but offers no group; the kernel needs CONFIG_VFIO_GROUP; "
		    "or take the backend noiommu, which uses its character device",
		    device->name);
}

static int open_container(struct vfio_device *device)
{
	int version;

	device->container = vfio_open_node(device->name, CONTAINER, NULL);
	if (device->container == -ENOENT || device->container == -ENODEV)
		return fail(device->container,
			    "%s: " CONTAINER " is not there: the kernel needs "
			    "CONFIG_VFIO_CONTAINER, and if that is a module, modprobe vfio",
			    device->name);
	if (device->container < 0)
		return device->container;
	version = vfio_api_version(device->container);
	if (version == UAPI_VFIO_API_VERSION)
		return 0;
	close(device->container);
	return fail(version < 0 ? version : -EPROTO,
		    "%s: " CONTAINER " speaks version %d of VFIO, not %d", device->name, version,
		    UAPI_VFIO_API_VERSION);
}

static const char *join_advice(int error)
{
	switch (error) {
	case -EPERM:
		return permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO");
	case -EINVAL:
	case -EBUSY:
		return "another process uses the group";
	case -ENODEV:
		return "the kernel is removing the device, or lacks CONFIG_VFIO_NOIOMMU";
	default:
		return strerror(-error);
	}
}

static int join(const struct vfio_device *device)
{
	int rc = vfio_group_set_container(device->group, device->container);

	if (rc == 0)
		rc = vfio_set_iommu(device->container, UAPI_VFIO_NOIOMMU_IOMMU);
	if (rc)
		return fail(rc, "%s: its group cannot be used without an IOMMU: %s", device->name,
			    join_advice(rc));
	return 0;
}

static int get_once(void *ctx)
{
	const struct vfio_device *device = ctx;

	return vfio_group_device(device->group, device->name);
}

static int get_device(struct vfio_device *device)
{
	/* The kernel opens the function here. */
	device->fd = vfio_retry_eagain(get_once, device);
	if (device->fd >= 0)
		return 0;
	return fail(device->fd, "%s: its group does not give it: %s", device->name,
		    device->fd == -EAGAIN ? "the kernel is still resetting it; try again"
					  : join_advice(device->fd));
}

static int open_device(struct vfio_device *device)
{
	int rc = open_container(device);

	if (rc)
		return rc;
	rc = join(device);
	if (rc == 0)
		rc = get_device(device);
	if (rc)
		close(device->container);
	return rc;
}

int vfio_open_group(struct vfio_device *device, const struct vfio_node *node)
{
	char path[sizeof(NODES) + VFIO_NAME_BYTES];
	int rc;

	if (!*node->group)
		return no_group(device);
	snprintf(path, sizeof(path), NODES "/%s", node->group);
	device->group = vfio_open_node(device->name, path, node->group_number);
	if (device->group < 0)
		return device->group;
	rc = open_device(device);
	if (rc)
		close(device->group);
	return rc;
}
