/* SPDX-License-Identifier: BSD-3-Clause */
/* identify.h - Identify Controller. Threading: with nvme->lock. */
#ifndef NVME_IDENTIFY_H
#define NVME_IDENTIFY_H

#include <padma/nvme.h>

int identify_controller(struct padma_nvme *nvme);
/* After a reset. -EPROTO if what the controller reported before no longer holds. */
int identify_controller_again(struct padma_nvme *nvme);

#endif
