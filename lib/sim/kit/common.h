/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * common.h - errors, messages and arithmetic of the models, on the public headers alone: they are written as
 * models outside of the tree would be.
 */
#ifndef SIM_KIT_COMMON_H
#define SIM_KIT_COMMON_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/error.h>
#include <padma/log.h>

#define fail(error, ...) padma_fail(error, "sim", __VA_ARGS__)

#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline bool is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static inline uint64_t align_down(uint64_t n, uint64_t align)
{
	return n & ~(align - 1);
}

static inline uint64_t align_up(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

#endif
