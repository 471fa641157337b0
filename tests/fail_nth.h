/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fail_nth.h - a system that runs out of something: the Nth call for a resource fails, once.
 *
 * A program made with padma_fail_nth_test() has the library's calls for memory, mappings, descriptors
 * and threads come through here (the linker's --wrap). Between fail_nth_arm() and fail_nth_disarm()
 * they are counted, in all threads, and the one with the number fails with the errno that the
 * system would give. fail_each() does so with 1, 2, 3... until a run meets no failure any more, and
 * checks each time that the failing call says why, and has changed nothing.
 */
#ifndef TESTS_FAIL_NTH_H
#define TESTS_FAIL_NTH_H

#include <stdbool.h>
#include <stddef.h>

struct padma_space;

/* The call with this number, 1 being the next, fails. 0: none does, but calls are counted. */
void fail_nth_arm(unsigned int number);
/* Return: what failed, "malloc", or NULL where there were not so many calls. */
const char *fail_nth_disarm(void);
/* How many calls there were since fail_nth_arm(). */
unsigned int fail_nth_calls(void);

/* The calls of this thread do not count: what the test plays of a kernel or a device is no part of
 * the library. Nests. */
void fail_nth_exempt(bool exempt);

/* For wrappers of a test's own: whether this call is to fail; errno is set then. */
bool fail_nth(const char *what, int error);

/* Blocks of memory that the library has and did not give back. */
long fail_nth_live_blocks(void);

/* What a call that fails must leave as it was; blocks of memory are compared where all is closed. */
struct fail_nth_state {
	size_t descriptors;
	size_t mapped_bytes;
	size_t allocated_bytes;
	size_t registered_bytes;
	size_t runs;
	size_t registered_runs;
	size_t devices;
};

/* @space: NULL where there is none. */
struct fail_nth_state fail_nth_state(struct padma_space *space);

/* A call under test. All take the same @ctx. */
struct fail_nth_call {
	const char *name;
	/* Return: 0 or above, or a negative errno. */
	int (*act)(void *ctx);
	/* Makes up for an act that succeeded. */
	void (*undo)(void *ctx);
	/* NULL, or what else has to hold after a failure. */
	void (*check)(void *ctx);
	struct padma_space *space;
	/* The fewest calls that must have failed; 0 for one that needs nothing. */
	unsigned int least;
};

/* See above. */
void fail_each(const struct fail_nth_call *call, void *ctx);

/* Going back needs nothing: @undo answers 0 whichever call fails in it. @act is done before each. */
void fail_none(const struct fail_nth_call *call, int (*undo)(void *ctx), void *ctx);

#endif
