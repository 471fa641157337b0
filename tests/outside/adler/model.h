/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - the simulated device "sim:adler" (DEVICE.md). */
#ifndef ADLER_MODEL_H
#define ADLER_MODEL_H

#include <padma/export.h>
#include <padma/sim/model.h>

PADMA_BEGIN_DECLS

extern const struct padma_sim_model adler_model;

PADMA_END_DECLS

#endif
