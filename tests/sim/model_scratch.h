/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * model_scratch.h - a small device made for tests of the model kit: it copies memory.
 *
 * BAR 0 (4 KiB, 32 bits) has its registers; BAR 2 (64 KiB, 64 bits, prefetchable) two direct areas, and with
 * the key msix=N the table of MSI-X, whose pending bits are in BAR 0. The device counts copies in the first word of
 * the first direct area.
 */
#ifndef TESTS_SIM_MODEL_SCRATCH_H
#define TESTS_SIM_MODEL_SCRATCH_H

#include <padma/sim/model.h>

#define SCRATCH_VENDOR	     0x1234u
#define SCRATCH_DEVICE	     0x5c7au

/* BAR 0 */
#define SCRATCH_ID	     0x00u /* 32 bits, the key id */
#define SCRATCH_CONTROL	     0x04u /* 32 bits */
#define SCRATCH_START	     0x1u  /* reads as 0 */
#define SCRATCH_INTERRUPTS   0x2u
#define SCRATCH_STATUS	     0x08u /* 32 bits, cleared by writing 1 */
#define SCRATCH_DONE	     0x1u  /* vector 0 */
#define SCRATCH_ERROR	     0x2u  /* vector 1 */
#define SCRATCH_SOURCE	     0x10u /* 64 bits */
#define SCRATCH_TARGET	     0x18u /* 64 bits */
#define SCRATCH_BYTES	     0x20u /* 32 bits, up to the key limit */
#define SCRATCH_COUNTER	     0x28u /* 64 bits: of a word of 32 bits that each copy counts up; 0: none */
#define SCRATCH_PBA	     0x800u

/* BAR 2 */
#define SCRATCH_DIRECT_BYTES 0x1000u
#define SCRATCH_FIRST	     0x0000u
#define SCRATCH_SECOND	     0x8000u
#define SCRATCH_TABLE	     0xc000u

extern const struct padma_sim_model scratch_model;

#endif
