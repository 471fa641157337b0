/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - QEMU's educational device as a simulated one, "sim:edu". */
#ifndef SIM_EDU_MODEL_H
#define SIM_EDU_MODEL_H

#include <padma/sim/model.h>

extern const struct padma_sim_model sim_edu_model;

#endif
