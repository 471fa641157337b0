/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider.h - what stands behind an opened device.
 *
 * A provider opens devices of one kind of name; the ops of a device state what holds when they
 * return. The providers of a build stand in one table, device_providers[], in lib/registry.c:
 * given at link time, not registered by constructors.
 */
#ifndef DEVICE_PROVIDER_H
#define DEVICE_PROVIDER_H

#include <padma/device.h>

#include "space/attach.h"

#define DEVICE_IRQ_KINDS     (PADMA_IRQ_MSIX + 1)
/* Mapped areas of a BAR beside its largest (bar.h). */
#define DEVICE_FURTHER_AREAS 7

struct padma_leftover;

struct device_ops {
	/* Whole configuration space, bytes in bus order. The range was checked. A function that is off the
	 * bus is noted as gone. 0, -ENODEV, -EIO; no message. What was not read is all ones. */
	int (*config_read)(struct padma_device *device, unsigned int offset, void *data,
			   size_t bytes);
	/* Of the Command register: with its lock. */
	int (*config_write)(struct padma_device *device, unsigned int offset, const void *data,
			    size_t bytes);
	/* A register outside the mapped areas of a BAR (bar.h); the range was checked. Takes effect
	 * before it returns. */
	uint64_t (*bar_read)(struct padma_device *device, unsigned int bar, uint64_t offset,
			     unsigned int width);
	void (*bar_write)(struct padma_device *device, unsigned int bar, uint64_t offset,
			  uint64_t value, unsigned int width);
	/*
	 * Turn bus mastering off and read it back. 0: it reads as off. -ENODEV: configuration space says
	 * that the function is off the bus. -EIO: neither. From any thread, and from a signal handler
	 * if the device has mappings (sigbus.h): with the lock of the Command register, and no
	 * other; no message, no change of the state.
	 */
	int (*quiesce)(struct padma_device *device);
	/* As padma_device_reset_kind(). */
	enum padma_reset_kind (*reset_kind)(const struct padma_device *device);
	/* Reset the function. Interrupts are off and its memory is on afterwards, bus mastering is the
	 * caller's. -ENOTSUP: there is no way. */
	int (*reset)(struct padma_device *device);
	/* Replace all vectors' eventfds, of the kind irq_kind; count 0 turns interrupts off. The
	 * count was checked. Whatever fails leaves interrupts off. */
	int (*irq_enable)(struct padma_device *device, const int *fds, unsigned int count);
	/* Unmask the INTx; nothing if it is off. Any thread. NULL: the provider has no INTx. */
	int (*irq_unmask)(struct padma_device *device);
	/* Free the device. Bus mastering is off and it has been detached from its space. */
	void (*close)(struct padma_device *device);
};

/* The head of every provider's own device structure. */
struct padma_device {
	const struct device_ops *ops;
	struct padma_space *space;
	struct space_device link; /* how it joins the space; all zero if it is simulated */
	char *name;
	struct padma_bar bars[PADMA_DEVICE_BARS];
	struct padma_bar_area further_areas[PADMA_DEVICE_BARS][DEVICE_FURTHER_AREAS];
	unsigned int config_bytes;		   /* 256 or 4096 */
	unsigned int irq_counts[DEVICE_IRQ_KINDS]; /* vectors of each kind; 0: it has not */
	enum padma_irq_kind irq_kind;		   /* in use */
	int *irq_fds; /* what the program enabled last, for after a reset */
	unsigned int irq_fds_count;
	struct padma_leftover *leftovers; /* of drivers, see leftover.h */
	int removal_fd; /* atomic; -1 from before anybody may call device_set_state() */
	int state;	/* enum padma_device_state, atomic: only grows */

	/* The Command register (command.c). */
	uintptr_t command_owner; /* the thread that holds the lock of what follows; 0: none */
	bool bus_master;	 /* it is on, for all that is known */
	bool known_quiet;	 /* and may be turned on: reset, or declared quiet */
};

struct device_provider {
	const char *form; /* of its names, for messages: "sim:MODEL[,key=value...]"; or NULL */
	bool (*claims)(const char *name);
	/* The kind of space that the device joins. 0, or a negative errno with the reason noted. */
	int (*kind)(const char *name, enum space_device_kind *kind);
	/*
	 * Open the device, not attached, bus mastering off. Fill ops, link, bars, config_bytes and
	 * irq_counts, with name NULL and removal_fd -1; device_open() fills the rest after it
	 * returns. The space is given because a simulated device does its DMA there, and a real one
	 * is bound to its iommufd. It must be of the device's kind: space_accepts().
	 */
	int (*open)(struct padma_space *space, const char *name, struct padma_device **device);
};

/* NULL at the end. */
extern const struct device_provider *const device_providers[];

/*
 * The lock of the Command register: for every read-modify-write of it, and not for long. No message and
 * no other lock within.
 */
void device_command_lock(struct padma_device *device);
void device_command_unlock(struct padma_device *device);

/*
 * For providers: the removal of the device is requested, or it is off the bus. Wakes removal_fd. Any thread. A
 * provider says GONE only of a function whose configuration space says so, or whose bus mastering was
 * read back off after it was lost.
 */
void device_set_state(struct padma_device *device, enum padma_device_state state);

/* Whether a function answers on the bus. */
enum device_presence {
	DEVICE_PRESENT,
	DEVICE_OFF_THE_BUS,
	DEVICE_UNKNOWN, /* its configuration space cannot be read */
};

/* By what a read of its revision and class answered, @rc and the value: all ones of a function that is off the
 * bus. In a signal handler, too. */
enum device_presence device_presence_by(int rc, uint32_t revision_and_class);

/* The errno of an access that failed: -ENODEV if the device is off the bus, which is noted; else -EIO. */
int device_failed_access(struct padma_device *device, enum device_presence presence);

#endif
