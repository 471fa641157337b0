/* SPDX-License-Identifier: BSD-3-Clause */
/* probe.h - whether the driver can run a function. Threading: with nvme->lock. */
#ifndef NVME_PROBE_H
#define NVME_PROBE_H

#include <padma/nvme.h>

int controller_probe(struct padma_nvme *nvme);
/* Whether BAR 0 holds the doorbells of all queues up to this one: 0, -EPROTO. */
int controller_has_doorbells(const struct padma_nvme *nvme, unsigned int last_qid);

#endif
