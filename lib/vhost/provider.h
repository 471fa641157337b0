/* SPDX-License-Identifier: BSD-3-Clause */
/* provider.h - the provider of devices that other processes serve, a row of device_providers[]. */
#ifndef VHOST_PROVIDER_H
#define VHOST_PROVIDER_H

#include "device/provider.h"

extern const struct device_provider vhost_provider;

#endif
