/* SPDX-License-Identifier: BSD-3-Clause */
/* registers.h - the table of registers: where they are, and what of them can be written. */
#ifndef SIM_E1000_REGISTERS_H
#define SIM_E1000_REGISTERS_H

#include <stdint.h>

#define ROW_82574     1u /* the 82540EM has no such register */
#define ROW_KEEPS     2u /* a software reset leaves it as it is */
#define ROW_UNDEFINED 4u /* its value at power-up is not defined ("X") */
#define ROW_RING      8u /* must not be written while its engine is enabled */
#define ROW_STATISTIC 16u

struct register_row {
	uint32_t offset;
	uint32_t count; /* registers in a row, 4 bytes each */
	uint32_t writable;
	uint32_t initial;
	unsigned int flags;
};

/* Up to a row whose count is 0. */
extern const struct register_row sim_e1000_rows[];

#endif
