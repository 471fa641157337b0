/* SPDX-License-Identifier: BSD-3-Clause */
/* sum.h - the checksum of the Internet protocols (checksum.c). */
#ifndef SIM_NET_SUM_H
#define SIM_NET_SUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of 16-bit words (RFC 1071), an odd last byte padded. */
uint32_t sim_sum(const uint8_t *data, size_t bytes, uint32_t sum);
uint16_t sim_sum_fold(uint32_t sum);

#endif
