// SPDX-License-Identifier: BSD-3-Clause
/* The process's one log callback. */
#include "base/base.h"

#include <pthread.h>
#include <stdio.h>

/*
 * The callback and its context change together, under the lock. The level is separate, so that a
 * message that is not delivered costs one relaxed load.
 */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static padma_log_fn log_fn;
static void *log_ctx;
static int log_level = -1;

void padma_log_to(padma_log_fn fn, void *ctx, enum padma_log_level level)
{
	pthread_mutex_lock(&log_lock);
	log_fn = fn;
	log_ctx = ctx;
	__atomic_store_n(&log_level, fn ? (int)level : -1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&log_lock);
}

const char *padma_log_level_name(enum padma_log_level level)
{
	switch (level) {
	case PADMA_LOG_ERROR:
		return "error";
	case PADMA_LOG_WARNING:
		return "warning";
	case PADMA_LOG_INFO:
		return "info";
	case PADMA_LOG_DEBUG:
		break;
	}
	return "debug";
}

bool log_wanted(enum padma_log_level level)
{
	return (int)level <= __atomic_load_n(&log_level, __ATOMIC_RELAXED);
}

static PADMA_PRINTF(3, 0) void deliver(enum padma_log_level level, const char *part,
				       const char *format, va_list args)
{
	char text[512];
	padma_log_fn fn;
	void *ctx;

	vsnprintf(text, sizeof(text), format, args);
	pthread_mutex_lock(&log_lock);
	fn = log_fn;
	ctx = log_ctx;
	pthread_mutex_unlock(&log_lock);
	if (fn)
		fn(ctx, level, part, text);
}

void log_message(enum padma_log_level level, const char *part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	deliver(level, part, format, args);
	va_end(args);
}

void padma_log(enum padma_log_level level, const char *part, const char *format, ...)
{
	va_list args;

	if (!log_wanted(level))
		return;
	va_start(args, format);
	deliver(level, part, format, args);
	va_end(args);
}
