/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - Intel's 82574L and 82540EM as simulated devices, "sim:e1000e" and "sim:e1000". */
#ifndef SIM_E1000_MODEL_H
#define SIM_E1000_MODEL_H

#include <padma/sim/model.h>

extern const struct padma_sim_model sim_e1000e_model, sim_e1000_model;

#endif
