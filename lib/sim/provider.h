/* SPDX-License-Identifier: BSD-3-Clause */
/* provider.h - the provider of simulated devices, a row of device_providers[]. */
#ifndef SIM_PROVIDER_H
#define SIM_PROVIDER_H

#include "device/provider.h"

extern const struct device_provider sim_provider;

#endif
