/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/log.h - what the library has to say, and to whom
 *
 * The library prints nothing. Its messages go to one callback of the process; without one they go
 * nowhere. A function that fails also leaves its reason in padma_last_error().
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
	PADMA_LOG_WARNING, /* it goes on, but not as one would wish */
	PADMA_LOG_INFO,	   /* what was chosen, and why */
	PADMA_LOG_DEBUG,   /* each step of the control paths */
};

/**
 * padma_log_fn - receives one message
 * @ctx: as given to padma_log_to()
 * @level: how bad it is
 * @part: the part of padma that speaks, for example "space"
 * @text: one line without a newline, valid only during the call
 */
typedef void (*padma_log_fn)(void *ctx, enum padma_log_level level, const char *part,
			     const char *text);

/**
 * padma_log_to() - direct the library's messages to a callback
 * @fn: the callback, or NULL for none
 * @ctx: handed to it
 * @level: messages above this level (less grave) are not even formatted
 *
 * Threading: any thread; messages that are under way may still reach the callback before.
 */
PADMA_API void padma_log_to(padma_log_fn fn, void *ctx, enum padma_log_level level);

/**
 * padma_log() - say something, for libraries that stand on libpadma
 * @level: how bad it is
 * @part: who speaks, for example "pci"; static
 * @format: one line without a newline, as printf() takes it
 *
 * Formats only where somebody listens.
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
