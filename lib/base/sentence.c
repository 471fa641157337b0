// SPDX-License-Identifier: BSD-3-Clause
/* See sentence.h. */
#include "base/sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sentence_add(struct sentence *sentence, const char *format, ...)
{
	size_t length = strlen(sentence->text);
	va_list args;

	if (length)
		length += (size_t)snprintf(sentence->text + length, SENTENCE_BYTES - length, "; ");
	if (length >= SENTENCE_BYTES)
		return;
	va_start(args, format);
	vsnprintf(sentence->text + length, SENTENCE_BYTES - length, format, args);
	va_end(args);
}
