/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shortage.h - the cause of an ENOMEM, as far as it can be measured.
 *
 * Each call appends to @sentence what is short, and what to do about it; nothing if it finds no
 * shortage. @root as in procfs.h.
 */
#ifndef BASE_SHORTAGE_H
#define BASE_SHORTAGE_H

#include <stdint.h>

#include "base/sentence.h"

/* Virtual addresses: the limit on them, the number of mappings. */
void shortage_of_addresses(const char *root, uint64_t bytes, struct sentence *sentence);

/* Memory of ordinary pages: what is available, the commit limit, the control group. */
void shortage_of_memory(const char *root, uint64_t bytes, struct sentence *sentence);

#endif
