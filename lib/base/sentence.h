/* SPDX-License-Identifier: BSD-3-Clause */
/* sentence.h - findings, written one after the other into one text. */
#ifndef BASE_SENTENCE_H
#define BASE_SENTENCE_H

#include <stddef.h>

#include <padma/log.h>

/* Room for the findings about one failure: they go into padma_last_error(). */
#define SENTENCE_BYTES 384

struct sentence {
	char text[SENTENCE_BYTES]; /* starts as ""; truncated when full */
};

/* Append a finding, after "; " if it is not the first. */
void sentence_add(struct sentence *sentence, const char *format, ...) PADMA_PRINTF(2, 3);

#endif
