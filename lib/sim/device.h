/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device.h - a simulated device: a PCI function, its bus, and the model of what it does.
 *
 * A kind of device is a row of a table (lib/registry.c): its name, its keys and the functions of its
 * model.
 *
 * Threading: one lock per device. Register accesses, configuration space, faults and the model's
 * own run all take it, so a model is written as if there were one thread. Only the doorbells, plain
 * memory that the driver stores to, are shared without it.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "device/provider.h"
#include "sim/bus.h"
#include "sim/fault.h"
#include "sim/options.h"
#include "sim/pci/function.h"

struct sim_device;

/* The head of every kind's configuration. */
struct sim_config {
	bool step;
	uint64_t seed;
	char *fault; /* to be armed from the start, see sim_fault_parse(); or NULL */
	char *reset; /* how the function is reset; NULL: by function level reset */
};

/* What a model shows of itself when it is made. */
struct sim_shape {
	struct pci_identity identity;
	uint64_t direct_start, direct_end; /* the part of BAR 0 that is plain memory ... */
	void *direct;			   /* ... and the memory, owned by the model */
};

struct sim_kind {
	const char *name;
	const struct sim_option *options;
	size_t config_bytes;
	unsigned int fault_kinds; /* SIM_FAULT_BITs of the faults that the model knows */
	void (*defaults)(struct sim_config *config);
	/* Texts that it keeps it takes out of @config. 0, or a negative errno. */
	int (*create)(struct sim_device *device, struct sim_config *config, void **model,
		      struct sim_shape *shape);
	void (*destroy)(void *model);
	/* Registers in front of the interrupt table, below the lock. */
	uint64_t (*read)(void *model, uint64_t offset, unsigned int width);
	void (*write)(void *model, uint64_t offset, uint64_t value, unsigned int width);
	/* Do what there is to do, at most @limit commands (0: all). How many were done. */
	unsigned int (*run)(void *model, unsigned int limit);
	/* Whether it asserts its pin, by what the host has told it so far. NULL: it never does. */
	bool (*asserts)(void *model);
	/* Function level reset: nothing of before is carried out any more. */
	void (*reset)(void *model);
};

/* NULL at the end. */
extern const struct sim_kind *const sim_kinds[];

struct sim_device {
	struct padma_device head;
	char *name; /* as messages say it: the start of a long one */
	const struct sim_kind *kind;
	void *model;
	struct sim_bus bus;
	struct pci_function function;
	struct sim_faults faults;
	bool stepped;
	uint64_t steps; /* the clock of a stepped device */
	bool removed;
	uint64_t reads_as; /* its registers once it is removed */
	void *direct;
	uint64_t direct_start;
	size_t direct_bytes;
	pthread_mutex_t lock;
	unsigned int waiting; /* atomic: threads that want the lock; the device's own lets them */
	bool stop;	      /* atomic */
	pthread_t thread;
};

extern const struct device_ops sim_device_ops;

/* The simulated device behind an opened one, or NULL. */
struct sim_device *sim_device_of(struct padma_device *device);

/* For all threads but the device's own, which must not starve them. */
void sim_device_lock(struct sim_device *device);
void sim_device_unlock(struct sim_device *device);

/* The function asks for an interrupt; below the lock. */
static inline void sim_device_interrupt(struct sim_device *device, unsigned int vector)
{
	msix_notify(&device->function.msix, vector);
}

/* The pin follows the model, where a program listens to it; below the lock. */
static inline void sim_device_pin(struct sim_device *device)
{
	if (device->function.intx.connected)
		pci_function_pin(&device->function, device->kind->asserts(device->model));
}

/* Nanoseconds, or steps where the device is stepped: the unit of delays. */
uint64_t sim_device_now(const struct sim_device *device);

/* A reset of all that the function is (PCI Express Base 3.0, 6.6.2). 0, or -ENODEV. Not below the
 * lock. */
int sim_device_reset(struct sim_device *device);

/* The thread that runs a device which is not stepped. 0, or -EAGAIN. */
int sim_thread_start(struct sim_device *device);
void sim_thread_stop(struct sim_device *device);

#endif
