/* SPDX-License-Identifier: BSD-3-Clause */
/* word.h - the words of memory that a device and its driver share: little-endian, with acquire and release. */
#ifndef SIM_MACHINE_WORD_H
#define SIM_MACHINE_WORD_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

/* 1, 2, 4 or 8 bytes, aligned. */
static inline bool sim_is_word(uint64_t pa, unsigned int width)
{
	return width <= 8 && (0x116u >> width & 1) && !(pa & (width - 1));
}

static inline void sim_store_word(void *at, uint64_t value, unsigned int width)
{
	switch (width) {
	case 1:
		__atomic_store_n((uint8_t *)at, (uint8_t)value, __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((uint16_t *)at, htole16((uint16_t)value), __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((uint32_t *)at, htole32((uint32_t)value), __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n((uint64_t *)at, htole64(value), __ATOMIC_RELEASE);
		break;
	}
}

static inline uint64_t sim_load_word(const void *at, unsigned int width)
{
	switch (width) {
	case 1:
		return __atomic_load_n((const uint8_t *)at, __ATOMIC_ACQUIRE);
	case 2:
		return le16toh(__atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE));
	case 4:
		return le32toh(__atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE));
	default:
		return le64toh(__atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE));
	}
}

#endif
