/* SPDX-License-Identifier: BSD-3-Clause */
/* bound.h - how long an opening or a reset may last as a whole. Threading: with nvme->lock. */
#ifndef NVME_BOUND_H
#define NVME_BOUND_H

#include <stdbool.h>

#include <padma/nvme.h>

#include "clock.h"

void bound_begin(struct padma_nvme *nvme);
void bound_clean_up(struct padma_nvme *nvme);
void bound_end(struct padma_nvme *nvme);
bool bound_is_over(const struct padma_nvme *nvme);
/* -ETIMEDOUT, noted. */
int bound_fail(const struct padma_nvme *nvme);
/* A wait of at most @timeout_ns, and not past the bound. */
struct wait bound_wait(const struct padma_nvme *nvme, uint64_t timeout_ns);

#endif
