/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.h - the backend "sim", for the table in lib/registry.c. */
#ifndef SIM_MACHINE_MACHINE_H
#define SIM_MACHINE_MACHINE_H

#include "space/backend.h"

struct sim_kernel;

extern const struct backend_ops sim_backend_ops;

/* Its kernel, for the knobs of tests. */
struct sim_kernel *sim_backend_kernel(struct backend *backend);

#endif
