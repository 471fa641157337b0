/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * irq.h - what opening and closing a device needs of its interrupts (irq.c).
 */
#ifndef DEVICE_IRQ_H
#define DEVICE_IRQ_H

#include "device/provider.h"

/* The best kind that the device has. */
enum padma_irq_kind irq_best(const struct padma_device *device);

/* Close a device's own eventfds, and free the array. */
void irq_close_fds(int *fds, unsigned int count);

#endif
