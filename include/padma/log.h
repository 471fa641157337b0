/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/log.h - the log
 *
 * The library prints nothing. Its messages go to one callback of the process; without a callback they
 * are dropped. A function that fails also leaves its reason in padma_last_error().
 *
 * Threading: the callback may be called from any thread that is inside the library, from several at
 * once, and must not call back into the library.
 */
#ifndef PADMA_LOG_H
#define PADMA_LOG_H

#include <padma/export.h>

PADMA_BEGIN_DECLS

enum padma_log_level {
	PADMA_LOG_ERROR,   /* a call failed; the caller also got an errno */
	PADMA_LOG_WARNING, /* degraded, but continuing */
	PADMA_LOG_INFO,	   /* what was chosen, and why */
	PADMA_LOG_DEBUG,   /* each step of the control paths */
};

/**
 * padma_log_fn - receives one message
 * @ctx: as given to padma_log_to()
 * @level: how severe it is
 * @part: the part of padma that logs it, for example "space"
 * @text: one line without a newline, valid only during the call
 */
typedef void (*padma_log_fn)(void *ctx, enum padma_log_level level, const char *part,
			     const char *text);

/**
 * padma_log_to() - send the library's messages to a callback
 * @fn: the callback, or NULL for none
 * @ctx: handed to it
 * @level: the least severe level that is delivered; other messages are not even formatted
 *
 * Threading: any thread; messages in progress may still reach the previous callback.
 */
PADMA_API void padma_log_to(padma_log_fn fn, void *ctx, enum padma_log_level level);

/**
 * padma_log() - log a message, for drivers and libraries that build on libpadma
 * @level: how severe it is
 * @part: the part that logs it, for example "pci"; static
 * @format: one line without a newline, as printf() takes it
 *
 * Formats only if the message will be delivered.
 *
 * Threading: any thread, but not from inside the callback.
 */
PADMA_API void padma_log(enum padma_log_level level, const char *part, const char *format, ...)
	PADMA_PRINTF(3, 4);

/**
 * padma_log_level_name() - a level's name
 * @level: a level
 *
 * Return: "error", "warning", "info" or "debug", never NULL.
 */
PADMA_API const char *padma_log_level_name(enum padma_log_level level);

PADMA_END_DECLS

#endif
