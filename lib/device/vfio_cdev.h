/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio_cdev.h - the provider of real devices: PCI addresses, by VFIO's character devices.
 */
#ifndef DEVICE_VFIO_CDEV_H
#define DEVICE_VFIO_CDEV_H

#include "device/provider.h"

extern const struct device_provider vfio_cdev_provider;

#endif
