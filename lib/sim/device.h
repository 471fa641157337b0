/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device.h - a simulated device: a PCI function, its bus, and the model of what it does.
 *
 * Threading: one lock per device. Register accesses, configuration space, faults and the model's
 * own run all take it, so a model can be written as single-threaded code. Only its direct memory, which the
 * driver stores to, is shared without it.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <padma/sim/model.h>

#include "device/provider.h"
#include "sim/bus.h"
#include "sim/fault.h"
#include "sim/hostile.h"
#include "sim/keys.h"
#include "sim/pci/function.h"

/*
 * What a device that another process serves is informed of, in addition to a model. All but waits() below the lock; any may
 * be NULL.
 */
struct sim_hooks {
	/* Before create(): the model's state is zero but for its keys. */
	void (*prepare)(void *state, void *ctx, struct padma_device *head);
	/* Bus mastering is on. */
	void (*start)(void *state);
	/* Bus mastering is off: nothing may be written to memory any more once this returns 0; otherwise it stays on. */
	int (*stop)(void *state);
	/* Interrupts were enabled or disabled. */
	void (*interrupts)(void *state, const struct pci_function *pci);
	/* Before a stop(), without the lock: wait, not for long, if the device is about to be found gone. */
	void (*waits)(void *state);
};

/* A device that is to be opened. */
struct sim_source {
	const struct padma_sim_model *model;
	const char *name;	   /* the whole name */
	const char *keys;	   /* "" or ",key=value..." */
	struct sim_memory *memory; /* NULL: it is foreign */
	struct sim_foreign_memory foreign;
	const struct sim_hooks *hooks; /* or NULL */
	void *ctx;		       /* of prepare() */
	/* Another process serves it: the kernel cannot reset it, and the keys by which simulations are tested are not its. */
	bool served;
};

/* Open a device of a model: 0, or a negative errno with the reason noted. */
int sim_device_open(const struct sim_source *source, struct padma_device **opened);

struct sim_device {
	struct padma_device head;
	struct padma_sim_function function; /* what the model sees; its name is owned */
	const struct padma_sim_model *model;
	const struct sim_hooks *hooks; /* NULL: none */
	void *state;
	struct padma_sim_shape shape;
	struct sim_keys keys;
	struct sim_bus bus;
	struct pci_function pci;
	struct sim_faults faults;
	struct padma_sim_driver_errors driver_errors;
	struct sim_hostile *hostile; /* NULL: nothing is mutated */
	uint64_t steps;		     /* the clock of a stepped device */
	bool served;		     /* see struct sim_source */
	bool removed;
	uint64_t reads_as; /* its registers once it is removed */
	pthread_mutex_t lock;
	unsigned int waiting; /* atomic: threads that want the lock; the device's own lets them */
	bool has_thread;
	bool stop; /* atomic */
	pthread_t thread;
};

extern const struct device_ops sim_device_ops;

/* The simulated device behind an opened one, or NULL. */
struct sim_device *sim_device_of(struct padma_device *device);

static inline struct sim_device *sim_device_behind(const struct padma_sim_function *function)
{
	return container_of(function, struct sim_device, function);
}

/* The device is off the bus: its registers read as @reads_as. Any thread, not below the lock. */
void sim_device_remove(struct sim_device *device, uint64_t reads_as);

/* For all threads but the device's own, which must not starve them. */
void sim_device_lock(struct sim_device *device);
void sim_device_unlock(struct sim_device *device);

/* Free what provider.c made, once no thread runs it any more. */
void sim_device_free(struct sim_device *device);

static inline bool sim_device_asserts(const struct sim_device *device)
{
	return device->model->asserts && device->model->asserts(device->state);
}

/* The pin follows the model, if a program listens to it; below the lock. */
static inline void sim_device_pin(struct sim_device *device)
{
	if (device->pci.intx.connected)
		pci_function_pin(&device->pci, sim_device_asserts(device));
}

/* A turn of the model, at most @limit pieces of work; below the lock. */
static inline unsigned int sim_device_run(struct sim_device *device, unsigned int limit)
{
	unsigned int done = 0;

	if (!device->removed && device->model->run)
		done = device->model->run(device->state, limit);
	sim_device_pin(device);
	return done;
}

/* The operations of an opened device: config.c, registers.c, reset.c, interrupt.c. */
int sim_config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes);
int sim_config_write(struct padma_device *head, unsigned int offset, const void *data,
		     size_t bytes);
int sim_quiesce(struct padma_device *head);
uint64_t sim_bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
		      unsigned int width);
void sim_bar_write(struct padma_device *head, unsigned int bar, uint64_t offset, uint64_t value,
		   unsigned int width);
enum padma_reset_kind sim_reset_kind(const struct padma_device *head);
int sim_reset(struct padma_device *head);
int sim_irq_enable(struct padma_device *head, const int *fds, unsigned int count);
int sim_irq_unmask(struct padma_device *head);

/* A reset of all that the function is (PCI Express Base 3.0, 6.6.2). 0, or -ENODEV. Not below the
 * lock. */
int sim_device_reset(struct sim_device *device);

/* Direct memory is not trapped: what it reads once the device is gone must be written to it. */
void sim_direct_overwrite(struct sim_device *device, uint64_t reads_as);

/* The thread that runs a device which is not stepped. 0, or -EAGAIN. */
int sim_thread_start(struct sim_device *device);
void sim_thread_stop(struct sim_device *device);

#endif
