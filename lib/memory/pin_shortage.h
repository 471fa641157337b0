/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pin_shortage.h - why memory was not pinned or locked, as far as it can be measured.
 *
 * @root as in base/procfs.h.
 */
#ifndef MEMORY_PIN_SHORTAGE_H
#define MEMORY_PIN_SHORTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sentence.h"

/*
 * ENOMEM: @bytes more were to be pinned, this space has pinned @pinned. @by_user: iommufd counts
 * what all processes of the user have pinned, which the kernel does not show; otherwise mlock()
 * counts what this process has locked.
 */
void pin_shortage(const char *root, uint64_t bytes, uint64_t pinned, bool by_user,
		  struct sentence *sentence);

#endif
