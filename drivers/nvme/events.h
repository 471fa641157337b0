/* SPDX-License-Identifier: BSD-3-Clause */
/* events.h - asynchronous events. Threading: with nvme->lock. */
#ifndef NVME_EVENTS_H
#define NVME_EVENTS_H

#include <padma/nvme.h>

/* Keep as many requests outstanding as the controller takes. */
int events_arm(struct padma_nvme *nvme);
/* Read the log page of each event that has arrived. Return: how many, or a negative errno. */
int events_read(struct padma_nvme *nvme);

#endif
