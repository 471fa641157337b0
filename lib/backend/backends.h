/* SPDX-License-Identifier: BSD-3-Clause */
/* backends.h - the backends on the real kernel, for the table in lib/registry.c. */
#ifndef BACKEND_BACKENDS_H
#define BACKEND_BACKENDS_H

#include "space/backend.h"

extern const struct backend_ops noiommu_backend_ops;
extern const struct backend_ops iommu_backend_ops;
extern const struct backend_ops pagemap_backend_ops;

#endif
