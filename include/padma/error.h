/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/error.h - why the last call failed, in words
 *
 * Library functions return 0 or a count, or a negative errno. The sentence that says what to do
 * about it is kept per thread.
 */
#ifndef PADMA_ERROR_H
#define PADMA_ERROR_H

#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * padma_last_error() - the reason of this thread's last failed call
 *
 * It is written by a call that fails, and left alone by one that succeeds.
 *
 * Return: one sentence without a newline, valid until this thread's next failing call; "" where
 * none has failed yet. Never NULL.
 */
PADMA_API const char *padma_last_error(void);

/**
 * padma_fail() - note why a call failed, for libraries that stand on libpadma
 * @error: a negative errno
 * @part: who speaks, for example "pci"; static
 * @format: one sentence without a newline, which says what to do, as printf() takes it
 *
 * Sets padma_last_error() of this thread and logs the sentence as an error: libpadma-pci and
 * drivers outside of the library fail as those inside do.
 *
 * Return: @error, so that a function can end with `return padma_fail(-EINVAL, ...)`.
 */
PADMA_API int padma_fail(int error, const char *part, const char *format, ...) PADMA_PRINTF(3, 4);

PADMA_END_DECLS

#endif
