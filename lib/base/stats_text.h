/* SPDX-License-Identifier: BSD-3-Clause */
/* stats_text.h - the process's counters as text. */
#ifndef BASE_STATS_TEXT_H
#define BASE_STATS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* In memory that the caller frees; NULL if there is none. */
char *stats_text(const char *program, size_t *bytes);

#endif
