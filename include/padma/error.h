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

PADMA_END_DECLS

#endif
