/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider.h - the provider of devices that are bound to uio_pci_generic.
 */
#ifndef DEVICE_UIO_PROVIDER_H
#define DEVICE_UIO_PROVIDER_H

#include "device/provider.h"

extern const struct device_provider uio_provider;

#endif
