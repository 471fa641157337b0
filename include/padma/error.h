/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/error.h - why a call failed
 *
 * Library functions return 0 or a count, or a negative errno. The reason, and what to do about
 * it, is a sentence that is kept per thread.
 */
#ifndef PADMA_ERROR_H
#define PADMA_ERROR_H

#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * padma_last_error() - the reason of this thread's last failed call
 *
 * A call that fails sets it; one that succeeds leaves it unchanged.
 *
 * Return: one sentence without a newline, valid until this thread's next failing call; "" if
 * none has failed yet. Never NULL.
 */
PADMA_API const char *padma_last_error(void);

/**
 * padma_fail() - note why a call failed, for drivers and libraries that build on libpadma
 * @error: a negative errno
 * @part: the part that reports it, for example "pci"; static
 * @format: one sentence without a newline, which says what to do, as printf() takes it
 *
 * Sets padma_last_error() of this thread and logs the sentence as an error, as libpadma itself does.
 *
 * Return: @error, so that a function can end with `return padma_fail(-EINVAL, ...)`.
 */
PADMA_API int padma_fail(int error, const char *part, const char *format, ...) PADMA_PRINTF(3, 4);

/* private: the same, with a result that the compiler sees not to be 0 */
#define padma_fail(error, ...)                                                                     \
	__extension__({                                                                            \
		int padma_fail_error = (error);                                                    \
		(padma_fail)(padma_fail_error, __VA_ARGS__);                                       \
		padma_fail_error;                                                                  \
	})

PADMA_END_DECLS

#endif
