/* SPDX-License-Identifier: BSD-3-Clause */
/* command.h - what the rest of the device layer needs of the Command register (command.c). */
#ifndef DEVICE_COMMAND_H
#define DEVICE_COMMAND_H

#include "device/provider.h"

/* Why bus mastering may not be turned on (-EPERM), and what to do. */
#define COMMAND_NOT_QUIET                                                                          \
	"its previous user may have left rings armed; reset it by a function level or "            \
	"bus reset, or quiesce it by its own registers and call padma_device_declare_quiesced()"

/* Whether a write of configuration space reaches the Command register. */
bool command_covered(unsigned int offset, size_t bytes);

/* A write of configuration space that does. 0, -EPERM (nothing was written), -EIO, -ENODEV; no
 * message. */
int command_write(struct padma_device *device, unsigned int offset, const void *data, size_t bytes);

/* As padma_device_quiesce(), without a message. */
int command_quiesce(struct padma_device *device);

/* The device cannot be used any more: quiesce it, and set its state to the outcome, GONE or FAILED.
 * Return: the state. */
enum padma_device_state command_end(struct padma_device *device);

/* The device was reset: it must read back quiet, and with @quiet its rings are known to be off. 0, -EIO,
 * -ENODEV; no message. */
int command_after_reset(struct padma_device *device, bool quiet);

/* As command_end(), in a signal handler: an access to a BAR has failed. */
void command_access_failed(struct padma_device *device);

#endif
