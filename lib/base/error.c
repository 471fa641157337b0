// SPDX-License-Identifier: BSD-3-Clause
/* The thread's last error, in words. */
#include "base/base.h"

#include <ctype.h>
#include <stdio.h>

static _Thread_local char last_error[512];
/* See fail_hold(). */
static _Thread_local unsigned int holds;
static _Thread_local const char *held_part; /* of the latest error that was held back, or NULL */

const char *padma_last_error(void)
{
	return last_error;
}

static PADMA_PRINTF(2, 0) void note(const char *part, const char *format, va_list args)
{
	/* Formatted aside first: the new sentence may quote the old one. */
	char text[sizeof(last_error)];

	vsnprintf(text, sizeof(text), format, args);
	/* What a message quotes, a device's name for instance, may hold newlines. */
	for (char *c = text; *c; c++) {
		if (iscntrl((unsigned char)*c))
			*c = '?';
	}
	snprintf(last_error, sizeof(last_error), "%s", text);
	if (holds)
		held_part = part;
	else if (log_wanted(PADMA_LOG_ERROR))
		log_message(PADMA_LOG_ERROR, part, "%s", text);
}

void fail_hold(void)
{
	holds++;
}

int fail_release(int rc)
{
	const char *part = held_part;

	if (--holds)
		return rc;
	held_part = NULL;
	if (rc < 0 && part && log_wanted(PADMA_LOG_ERROR))
		log_message(PADMA_LOG_ERROR, part, "%s", last_error);
	return rc;
}

int fail_message(int error, const char *part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(part, format, args);
	va_end(args);
	return error;
}

int(padma_fail)(int error, const char *part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(part, format, args);
	va_end(args);
	return error;
}
