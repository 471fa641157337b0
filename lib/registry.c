// SPDX-License-Identifier: BSD-3-Clause
/*
 * What this build consists of: backends of spaces, providers of devices, models of simulated devices, network drivers. Tables that
 * are linked, each in the order in which its rows are tried: nothing is registered by constructors. They are weak, so
 * that a test can link a table of its own instead.
 */
#include "backend/backends.h"
#include "device/provider.h"
#include "device/uio/provider.h"
#include "device/vfio/provider.h"
#include "net/drivers.h"
#include "sim/machine/machine.h"
#include "sim/e1000/model.h"
#include "sim/edu/model.h"
#include "sim/models.h"
#include "sim/nvme/model.h"
#include "sim/provider.h"
#include "sim/virtio_net/model.h"
#include "vhost/backend.h"
#include "vhost/provider.h"

#define TABLE __attribute__((weak))

TABLE const struct backend_ops *const space_backends[] = {
	&noiommu_backend_ops, &iommu_backend_ops, &pagemap_backend_ops,
	&sim_backend_ops,     &vhost_backend_ops, NULL,
};

TABLE const struct device_provider *const device_providers[] = {
	&sim_provider,	&vhost_provider,
	&uio_provider, /* claims only what is bound to it */
	&vfio_provider, NULL,
};

/* Others come to them by padma_sim_model_add(). */
TABLE const struct padma_sim_model *const sim_models[] = {
	&sim_e1000e_model, &sim_e1000_model,	  &sim_edu_model,
	&sim_nvme_model,   &sim_virtio_net_model, NULL,
};

/* Others come to them by padma_net_driver_add(). */
TABLE const struct padma_net_driver *const net_drivers[] = {
	&padma_virtio_net_driver,
	&padma_e1000_driver,
	NULL,
};
