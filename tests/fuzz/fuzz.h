/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz.h - shared by all fuzz targets.
 *
 * A target is one function, LLVMFuzzerTestOneInput(): it takes its decisions and all data of the
 * untrusted side from the input, calls the library, and checks the invariants. Linked with libFuzzer
 * it explores; linked with replay.c it replays the corpus. It depends on the input alone: no clock,
 * no random numbers, no state left by the previous input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant. A violation aborts the process, so that libFuzzer saves the input as a reproducer. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The input, consumed from its start; past its end all reads return zero. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

static inline void fuzz_bytes(struct fuzz_input *input, void *to, size_t bytes)
{
	size_t have = bytes < input->left ? bytes : input->left;

	memset(to, 0, bytes);
	if (have)
		memcpy(to, input->at, have);
	input->at += have;
	input->left -= have;
}

static inline uint8_t fuzz_u8(struct fuzz_input *input)
{
	uint8_t value;

	fuzz_bytes(input, &value, sizeof(value));
	return value;
}

static inline uint16_t fuzz_u16(struct fuzz_input *input)
{
	uint16_t value;

	fuzz_bytes(input, &value, sizeof(value));
	return value;
}

static inline uint32_t fuzz_u32(struct fuzz_input *input)
{
	uint32_t value;

	fuzz_bytes(input, &value, sizeof(value));
	return value;
}

static inline uint64_t fuzz_u64(struct fuzz_input *input)
{
	uint64_t value;

	fuzz_bytes(input, &value, sizeof(value));
	return value;
}

/* Below @limit, which is not 0. */
static inline uint32_t fuzz_below(struct fuzz_input *input, uint32_t limit)
{
	return (limit <= 256 ? fuzz_u8(input) : fuzz_u32(input)) % limit;
}

/* An error number of Linux: 1 to 133. */
static inline int fuzz_errno(struct fuzz_input *input)
{
	return 1 + (int)fuzz_below(input, 133);
}

#endif
