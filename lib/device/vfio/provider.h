/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider.h - the provider of real devices: PCI addresses, by VFIO.
 */
#ifndef DEVICE_VFIO_PROVIDER_H
#define DEVICE_VFIO_PROVIDER_H

#include "device/provider.h"

extern const struct device_provider vfio_provider;

#endif
