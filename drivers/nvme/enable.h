/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * enable.h - the controller as a whole: on, off, shut down.
 *
 * Three ways to end its DMA. Whatever they return, nvme->enabled is false afterwards if the
 * controller does no DMA: it was reset, is disabled, has no bus mastering, or is gone. While
 * nvme->enabled is true, everything that the controller was given stays in use.
 *
 * Threading: with nvme->lock.
 */
#ifndef NVME_ENABLE_H
#define NVME_ENABLE_H

#include <padma/nvme.h>

/* A reset of the function, and whatever enabling it again takes besides. 0, or -ETIMEDOUT, -EIO, -ENODEV. */
int controller_stop_dma(struct padma_nvme *nvme);
/* The mildest that works. -EBUSY if nothing does; or the error of disabling the controller. */
int controller_stop(struct padma_nvme *nvme);
int controller_enable(struct padma_nvme *nvme);
int controller_shutdown(struct padma_nvme *nvme);

#endif
