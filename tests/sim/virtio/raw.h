/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raw.h - a raw driver for tests of simulated Virtio devices.
 *
 * It negotiates, builds rings by hand and makes any buffer available, valid or not: no driver is between a test and the
 * device. Its definitions are its own, from Virtio 1.2.
 */
#ifndef TESTS_SIM_VIRTIO_RAW_H
#define TESTS_SIM_VIRTIO_RAW_H

#include <stdbool.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "test.h"

#define BIT(n)		  (1ull << (n))

/* Features, 5.1.3 and 6. */
#define CSUM		  BIT(0)
#define GUEST_CSUM	  BIT(1)
#define GUEST_OFFLOADS	  BIT(2)
#define MTU		  BIT(3)
#define MAC		  BIT(5)
#define GUEST_TSO4	  BIT(7)
#define GUEST_TSO6	  BIT(8)
#define HOST_TSO4	  BIT(11)
#define HOST_TSO6	  BIT(12)
#define MERGEABLE	  BIT(15)
#define LINK_STATUS	  BIT(16)
#define CONTROL		  BIT(17)
#define CONTROL_RX	  BIT(18)
#define CONTROL_VLAN	  BIT(19)
#define CONTROL_RX_EXTRA  BIT(20)
#define ANNOUNCE	  BIT(21)
#define MULTIQUEUE	  BIT(22)
#define CONTROL_MAC	  BIT(23)
#define INDIRECT	  BIT(28)
#define EVENT_INDEX	  BIT(29)
#define VERSION_1	  BIT(32)
#define PACKED		  BIT(34)
#define IN_ORDER	  BIT(35)
#define NOTIFY_DATA	  BIT(38)
#define NOTIFY_CONFIG	  BIT(39)
#define QUEUE_RESET	  BIT(40)
#define HASH_REPORT	  BIT(57)
#define RSS		  BIT(60)

/* Offsets in the common configuration, 4.1.4.3. */
#define DEVICE_SELECT	  0x00
#define DEVICE_FEATURE	  0x04
#define DRIVER_SELECT	  0x08
#define DRIVER_FEATURE	  0x0c
#define CONFIG_VECTOR	  0x10
#define NUM_QUEUES	  0x12
#define DEVICE_STATUS	  0x14
#define GENERATION	  0x15
#define QUEUE_SELECT	  0x16
#define QUEUE_SIZE	  0x18
#define QUEUE_VECTOR	  0x1a
#define QUEUE_ENABLE	  0x1c
#define QUEUE_NOTIFY_OFF  0x1e
#define QUEUE_DESC	  0x20
#define QUEUE_DRIVER	  0x28
#define QUEUE_DEVICE	  0x30
#define QUEUE_NOTIFY_DATA 0x38
#define QUEUE_RESET_REG	  0x3a

#define D_NEXT		  1u
#define D_WRITE		  2u
#define D_INDIRECT	  4u

/* A structure that a capability names, 4.1.4. */
struct raw_window {
	const struct padma_bar *bar;
	uint32_t offset, length;
};

struct raw;

struct raw_queue {
	struct raw *raw;
	uint16_t index, size;
	bool packed, open;
	uint8_t *desc, *driver, *device; /* its areas */
	uint32_t notify_offset;
	uint16_t notify_data;
	uint16_t next; /* descriptor to be written */
	uint16_t made; /* chains made available, ever; split's index */
	uint16_t seen; /* used ones that were seen; packed: the offset */
	bool wrap, seen_wrap;
	uint16_t lengths[256];	  /* packed: descriptors of a buffer ID */
	const void *memory[1024]; /* the first part of a buffer, by its ID */
};

struct raw {
	struct padma_space *space;
	struct padma_device *device;
	struct raw_window common, notify, isr, config;
	uint32_t multiplier;
	unsigned int window_at; /* the capability of the PCI configuration access, 0: none */
	uint64_t features;	/* as negotiated */
	unsigned int queues;	/* NUM_QUEUES */
	struct raw_queue *q;	/* as many */
};

struct raw_part {
	const void *memory;
	uint32_t bytes;
};

/* Open the device "sim:virtio-net,step,KEYS", find its structures, turn bus mastering on. */
void raw_open(struct raw *raw, const char *keys);
/* Close it, and check that the driver did nothing wrong, and the device no wild DMA. */
void raw_close(struct raw *raw);
/* Close it after @errors breaches of the specification, of which the first has a @word. */
void raw_close_after(struct raw *raw, unsigned int errors, const char *word);

/* Page aligned memory, zeros. */
void *raw_memory(struct raw *raw, size_t bytes);
uint64_t raw_dma(const struct raw *raw, const void *memory);

uint32_t raw_read(struct raw *raw, uint32_t offset, unsigned int width);
void raw_write(struct raw *raw, uint32_t offset, uint32_t value, unsigned int width);
uint32_t raw_config(struct raw *raw, uint32_t offset, unsigned int width);
uint8_t raw_status(struct raw *raw);

/* Reset, up to FEATURES_OK; whether the device agrees. */
bool raw_negotiate(struct raw *raw, uint64_t features);
/* Set a queue up: @size entries, 0 for as many as it can have. */
struct raw_queue *raw_queue(struct raw *raw, unsigned int index, unsigned int size);
void raw_ready(struct raw *raw);
/* All of the above, with queue pair 0 and the control queue, if there is one. */
void raw_start(struct raw *raw, const char *keys, uint64_t features);
/* The control queue, with the features as negotiated. */
unsigned int raw_control_index(struct raw *raw);

/* Descriptors by hand: split. */
void raw_split_desc(struct raw_queue *q, unsigned int at, uint64_t dma, uint32_t bytes,
		    uint16_t flags, uint16_t next);
void raw_split_make(struct raw_queue *q, uint16_t head);

/* Make a buffer available: @out parts to read, then @in to write. By a table of descriptors, if @table. Its ID. */
uint16_t raw_add(struct raw_queue *q, const struct raw_part *parts, unsigned int out,
		 unsigned int in, void *table);
/* Notify, whether or not the device wants that. */
void raw_kick(struct raw_queue *q);
/* Whether the device wants it, for the last @count buffers. */
bool raw_wants_kick(struct raw_queue *q, unsigned int count);
/* The next used buffer. With IN_ORDER it may stand for several. */
bool raw_used(struct raw_queue *q, uint32_t *id, uint32_t *bytes);
/* Ask to be interrupted at the next used buffer, or not to be. */
void raw_want_interrupts(struct raw_queue *q, bool on);

/* A command of the control queue: its answer. */
uint8_t raw_command(struct raw *raw, uint8_t class, uint8_t code, const void *data, uint32_t bytes);

void raw_step(struct raw *raw);

#endif
