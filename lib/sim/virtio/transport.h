/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transport.h - the device side of Virtio over PCI (Virtio 1.2, 4.1): what all types of devices have in common.
 *
 * A model of a device embeds a struct sim_virtio in its state, opens it in create() with its type's operations, and
 * leaves to it the model's read, write, reset, asserts, config_read and config_write. It puts everything into BAR 0:
 *
 *     0x0000  common configuration          0x1000  notifications: a word for each queue
 *     0x0100  ISR status                    0x2000  device configuration
 *     0x3000  the table of MSI-X, then its pending bits
 *
 * Notifications are plain memory, which the driver stores to: sim_virtio_poll() looks there. Those of the one queue that
 * must be served at once in a stepped device (@control) are calls.
 *
 * What a driver does against the specification is recorded by padma_sim_driver_error().
 *
 * Threading: as the model's functions.
 */
#ifndef SIM_VIRTIO_TRANSPORT_H
#define SIM_VIRTIO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim/model.h>

#include "queue.h"

/* As many as there is room for between notifications and the device's configuration, with the two words before them. */
#define SIM_VIRTIO_QUEUES_MAX	     1022u
#define SIM_VIRTIO_DOORBELLS(queues) ((queues) + 2)
#define SIM_VIRTIO_CONFIG_MAX	     256u
/* What the doorbell of a queue holds unless it was rung: no queue has such a number. */
#define SIM_VIRTQ_QUIET		     UINT32_MAX

struct sim_virtio;

/**
 * struct sim_virtio_ops - a type of device
 * @accept: the driver wants these features, all of which were offered, and sets FEATURES_OK: false refuses. Rules
 *	between the features of the type; NULL: there are none
 * @ready: the driver has set DRIVER_OK
 * @started: queue @index was enabled. May be NULL
 * @stopped: it was reset (2.6.1): none of its buffers is used any more. May be NULL
 * @stops: a reset was asked for: true if the device uses no buffer any more. Otherwise it is asked again, whenever the driver looks
 *	whether the reset has ended. NULL: it can be stopped at any time
 * @reset: the device was: all queues have been stopped. As after create()
 * @notified: queue @index was notified: serve it now. For the queue @control of a stepped device, and for all with
 *	struct sim_virtio_params.called. May be NULL
 * @field_bytes: 1, 2 or 4: the width by which the configuration at @offset is read (4.1.3.1); 0 where no field begins. @feature is
 *	set to a bit that the field depends on (2.5.1), several bits if one of them suffices, or 0
 */
struct sim_virtio_ops {
	bool (*accept)(struct sim_virtio *virtio, uint64_t features);
	void (*ready)(struct sim_virtio *virtio);
	void (*started)(struct sim_virtio *virtio, unsigned int index);
	void (*stopped)(struct sim_virtio *virtio, unsigned int index);
	bool (*stops)(struct sim_virtio *virtio);
	void (*reset)(struct sim_virtio *virtio);
	void (*notified)(struct sim_virtio *virtio, unsigned int index);
	unsigned int (*field_bytes)(struct sim_virtio *virtio, unsigned int offset,
				    uint64_t *feature);
};

/**
 * struct sim_virtio_params - a device
 * @ops: its type's
 * @type: Virtio Device ID (5): 1 for a network device
 * @class_code: of its PCI function
 * @queues: how many virtqueues it has
 * @queues_before: how many of them it shows until features are accepted, the last a short one; 0 for all. QEMU's network cards
 *	add the queues of further pairs, and move the control queue, when multi-queue is accepted
 * @queue_entries: of each, at most; 2 to 32768. Split rings have the largest power of two of it
 * @features: that it offers
 * @config: its configuration, which changes by sim_virtio_config_changed()
 * @config_bytes: how much of it there is
 * @vectors: of MSI-X; 0 for none
 * @called: no notifications are plain memory: each is a call of notified()
 * @transitional: with the PCI ids of a transitional device (4.1.2.1); its legacy half would need an I/O BAR, and is missing
 * @legacy: a device that has the legacy half only, for drivers that must refuse it
 * @unmarked: used descriptors of packed rings lack VIRTQ_DESC_F_WRITE, which 2.8.5 wants, as QEMU's (7.2) do
 * @odd: further capabilities that a driver must ignore, or may use (4.1.4)
 */
struct sim_virtio_params {
	const struct sim_virtio_ops *ops;
	uint16_t type;
	uint32_t class_code;
	unsigned int queues;
	unsigned int queues_before;
	uint32_t queue_entries;
	uint64_t features;
	uint8_t *config;
	unsigned int config_bytes;
	unsigned int vectors;
	bool called;
	bool transitional, legacy, odd, unmarked;
};

struct sim_virtio {
	struct padma_sim_function *function;
	struct sim_virtio_params params;
	struct sim_virtq *queues;
	unsigned int
		control; /* the queue that is served at once; the last, unless accept() has chosen another */
	uint32_t *doorbells; /* SIM_VIRTIO_DOORBELLS words, SIM_VIRTQ_QUIET unless one was rung */
	uint64_t random;
	/* Registers (4.1.4.3). */
	uint32_t device_select, driver_select;
	uint64_t wanted;   /* as the driver writes them */
	uint64_t accepted; /* since FEATURES_OK; 0 before */
	uint16_t queue_select, config_vector;
	uint8_t status, generation, isr;
	bool config_changed; /* since the driver last read its configuration */
	uint64_t
		reset_until; /* padma_sim_now(): a slow reset is under way until then; 0: none is */
	bool reset_stuck;
	bool interrupt_config; /* to be sent when DRIVER_OK allows it */
};

/* 0, or -ENOMEM with the reason noted; fills the shape, except for the subsystem. @params is copied. */
int sim_virtio_open(struct sim_virtio *virtio, struct padma_sim_function *function,
		    struct padma_sim_shape *shape, const struct sim_virtio_params *params);
void sim_virtio_close(struct sim_virtio *virtio);

/* The model's functions of the same names. */
uint64_t sim_virtio_read(struct sim_virtio *virtio, unsigned int bar, uint64_t offset,
			 unsigned int width);
void sim_virtio_write(struct sim_virtio *virtio, unsigned int bar, uint64_t offset, uint64_t value,
		      unsigned int width);
bool sim_virtio_asserts(const struct sim_virtio *virtio);
void sim_virtio_config_read(struct sim_virtio *virtio, unsigned int offset, unsigned int bytes);
void sim_virtio_config_write(struct sim_virtio *virtio, unsigned int offset, unsigned int bytes);
/* A reset of the function, or of the device. */
void sim_virtio_reset(struct sim_virtio *virtio);

/* Once per turn: take in notifications, and end a slow reset. False: the device must not work now: it was not started, it
 * hangs, or bus mastering is off. */
bool sim_virtio_poll(struct sim_virtio *virtio);

/* Whether the driver may use the device (DRIVER_OK), and nothing has gone wrong since. */
bool sim_virtio_is_running(const struct sim_virtio *virtio);
static inline bool sim_virtio_has(const struct sim_virtio *virtio, unsigned int feature)
{
	return virtio->accepted >> feature & 1;
}

/* The device's configuration was changed: the driver is to know (4.1.5.4). */
void sim_virtio_config_changed(struct sim_virtio *virtio);
/* 2.1.2: an error that only a reset ends. */
void sim_virtio_need_reset(struct sim_virtio *virtio);
/* Send the interrupt of a queue's vector, or raise the pin (4.1.5.3). */
void sim_virtio_interrupt(struct sim_virtio *virtio, uint16_t vector);
/* The word of queue @index among the notifications: where in the area, in words; and what a driver writes there for it. */
unsigned int sim_virtio_doorbell_of(const struct sim_virtio *virtio, unsigned int index);
uint16_t sim_virtio_notify_data(const struct sim_virtio *virtio, unsigned int index);

#endif
