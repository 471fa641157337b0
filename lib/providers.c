// SPDX-License-Identifier: BSD-3-Clause
/* The providers of this build: who may open a device, in the order in which they are asked. */
#include "device/provider.h"
#include "device/uio_provider.h"
#include "device/vfio_provider.h"
#include "sim/provider.h"

const struct device_provider *const device_providers[] = {
	&sim_provider,
	&uio_provider, /* claims only what is bound to it */
	&vfio_provider,
	NULL,
};
