/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base.h - messages and errors, for the inside of the library.
 *
 * A file that logs or fails defines PADMA_PART, its prefix, before it includes this. Messages are
 * formatted only if they are delivered, so a debug line costs one load when it is off; still, none is
 * on a hot path.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/error.h>
#include <padma/log.h>

#ifndef PADMA_PART
#define PADMA_PART "padma"
#endif

bool log_wanted(enum padma_log_level level);
void log_message(enum padma_log_level level, const char *part, const char *format, ...)
	PADMA_PRINTF(3, 4);
int fail_message(int error, const char *part, const char *format, ...) PADMA_PRINTF(3, 4);

#define log_at(level, ...)                                                                         \
	do {                                                                                       \
		if (log_wanted(level))                                                             \
			log_message(level, PADMA_PART, __VA_ARGS__);                               \
	} while (0)
#define log_warning(...) log_at(PADMA_LOG_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(PADMA_LOG_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(PADMA_LOG_DEBUG, __VA_ARGS__)

/*
 * fail(-EINVAL, "...") - set padma_last_error(), log the sentence as an error, and return the
 * errno: `return fail(-EINVAL, "alignment %zu is not a power of two; give one", align);`
 */
#define fail(error, ...)                                                                           \
	({                                                                                         \
		int fail_error = (error);                                                          \
		fail_message(fail_error, PADMA_PART, __VA_ARGS__);                                 \
		fail_error; /* here, where the compiler sees that it is not 0 */                   \
	})

/*
 * Between fail_hold() and fail_release() errors are noted, but not logged, because the call may still
 * succeed in another way. If it fails in the end (@rc < 0), the last of them is logged: one line per
 * call. The two nest, and apply to the calling thread only. Return: @rc.
 */
void fail_hold(void);
int fail_release(int rc);

/* Arithmetic on addresses and sizes. Alignments are powers of two. */
#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)
#define GIB(n) ((size_t)(n) << 30)

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

#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
