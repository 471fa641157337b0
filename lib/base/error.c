// SPDX-License-Identifier: BSD-3-Clause
/* The thread's last error, in words. */
#include "base/base.h"

#include <stdio.h>

static _Thread_local char last_error[512];

const char *padma_last_error(void)
{
	return last_error;
}

int fail_message(int error, const char *part, const char *format, ...)
{
	/* Formatted aside first: the new sentence may quote the old one. */
	char text[sizeof(last_error)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(last_error, sizeof(last_error), "%s", text);
	if (log_wanted(PADMA_LOG_ERROR))
		log_message(PADMA_LOG_ERROR, part, "%s", text);
	return error;
}
