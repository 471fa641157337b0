/* SPDX-License-Identifier: BSD-3-Clause */
/* device_kind.h - the kinds of devices, as spaces and their backends tell them apart. */
#ifndef SPACE_DEVICE_KIND_H
#define SPACE_DEVICE_KIND_H

#include <stdint.h>

/* The kernel's driver of SPACE_DEVICE_UIO. */
#define UIO_DRIVER "uio_pci_generic"

enum space_device_kind {
	SPACE_DEVICE_SIMULATED, /* reaches the simulated machine's memory */
	SPACE_DEVICE_NOIOMMU,	/* puts physical addresses on the bus */
	SPACE_DEVICE_UIO,	/* the same, by UIO: it is not bound to an iommufd */
	SPACE_DEVICE_IOMMU,	/* puts IOVAs on the bus; an IOMMU translates */
	SPACE_DEVICE_VHOST,	/* is served by another process, which maps the space's memory */
};

/* A device as its space knows it. */
struct space_device {
	enum space_device_kind kind;
	int fd; /* of a real device: bound to space_iommufd(), where there is one */
	uint32_t devid;
	void *context; /* what a provider and the backend that takes its devices share, or NULL */
};

#endif
