/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device.h - a PCI function that uio_pci_generic has.
 *
 * The parts of the provider: find.c asks sysfs, open.c opens and closes, bar.c maps
 * BARs, config.c is configuration space, irq.c turns UIO's counts into eventfds, ops.c
 * is what a driver calls.
 *
 * uio_pci_generic gives little: a node whose last close turns bus mastering off and whose reads
 * count interrupts. All else is sysfs, as root. Nothing of it is exclusive, so the provider takes a
 * lock of its own, on the function's file "config": not on the node, since uio_pci_generic clears
 * bus mastering at the close of *every* opener (drivers/uio/uio_pci_generic.c, release()), so that
 * even an open that is refused would hurt the owner.
 */
#ifndef DEVICE_UIO_DEVICE_H
#define DEVICE_UIO_DEVICE_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "device/provider.h"
#include "device/uio/find.h"

/* PCI Local Bus 3.0, 6.2.2: the Command register, two bytes. */
#define UIO_COMMAND		  0x04u
#define UIO_COMMAND_END		  0x06u
#define UIO_COMMAND_MEMORY	  (1u << 1)
#define UIO_COMMAND_MASTER	  (1u << 2)
#define UIO_COMMAND_INTX_DISABLED (1u << 10)

struct uio_device {
	struct padma_device head;
	char name[20]; /* its PCI address */
	const char *sysfs;
	bool lost; /* atomic: uio_pci_generic has it no longer */
	struct uio_function function;
	char driver_link
		[PATH_MAX]; /* of the function, for who may not put it together (a handler) */
	int config;	    /* the file, locked */
	int node;	    /* nonblocking */
	pthread_mutex_t
		masks; /* what the line and irq_fd are; outside the lock of the Command register */
	int irq_fd;    /* the program's eventfd; -1: interrupts are off */

	/* irq.c */
	pthread_t watcher;
	bool watching;
	unsigned int looks; /* since the function was lost */
	bool detached;
	int stop_fd;
};

static inline struct uio_device *uio_of(struct padma_device *device)
{
	return (struct uio_device *)(void *)device;
}

extern const struct device_ops uio_device_ops;

/*
 * Open the function @address by the sysfs and the device nodes at @sysfs and @dev ("/sys", "/dev"),
 * for whatever space. 0, or as the provider's open.
 */
int uio_open_function(const char *sysfs, const char *dev, const char *address,
		      struct padma_device **opened);

/* Configuration space, of whatever state the device is in: 0, or a negative errno. What writes to the
 * Command register is called with its lock. */
int uio_config_read(const struct uio_device *device, unsigned int offset, void *data, size_t bytes);
/* Leaves Interrupt Disable as it is: that bit is irq.c's. */
int uio_config_write(const struct uio_device *device, unsigned int offset, const void *data,
		     size_t bytes);
/* The bits @mask of the Command register become those of @value; with its lock, or taking it. 0, or a
 * negative errno. */
int uio_command_bits(const struct uio_device *device, uint16_t mask, uint16_t value);
int uio_command(struct uio_device *device, uint16_t mask, uint16_t value);
int uio_command_read(const struct uio_device *device, uint16_t *command);

/* Whether the function answers on the bus. In a signal handler, too. */
enum device_presence uio_look(const struct uio_device *device);

/* Whether uio_pci_generic has lost the function, and whether no driver has it now. In a signal handler,
 * too. */
static inline bool uio_is_lost(const struct uio_device *device)
{
	return __atomic_load_n(&device->lost, __ATOMIC_ACQUIRE);
}
bool uio_has_no_driver(const struct uio_device *device);

/* Map all memory BARs. 0, or an errno with the reason noted; nothing is mapped then. */
int uio_bars_open(struct uio_device *device);
void uio_bars_close(struct uio_device *device);
/* uio_pci_generic has lost the function: its registers read as all ones, and cannot be reached. */
void uio_bars_detach(struct uio_device *device);

/* Learn whether there are interrupts, mask them, and start to wait for them and for the end. 0, or
 * an errno with the reason noted. */
int uio_irqs_open(struct uio_device *device);
void uio_irqs_close(struct uio_device *device);
/* 0, -EIO. */
int uio_irqs_enable(struct uio_device *device, const int *fds, unsigned int count);
int uio_irqs_unmask(struct uio_device *device);

#endif
