// SPDX-License-Identifier: BSD-3-Clause
/* The kinds of simulated devices in this build. */
#include "sim/device.h"
#include "sim/nvme/kind.h"

const struct sim_kind *const sim_kinds[] = {
	&sim_nvme_kind,
	NULL,
};
