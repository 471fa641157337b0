/* SPDX-License-Identifier: BSD-3-Clause */
/* edu.h - QEMU's edu, which raises interrupts on command (QEMU's docs/specs/edu), and waiting for them. */
#ifndef TESTS_VM_EDU_H
#define TESTS_VM_EDU_H

#include "vm_fixture.h"

#include <poll.h>
#include <sys/eventfd.h>

/* Where CMakeLists.txt puts it. */
#define EDU		"0000:01:00.0"

/* Its registers: identification, which interrupts are raised, to raise some, to acknowledge some. */
#define EDU_ID		0x00
#define EDU_ID_VALUE	0x010000ed
#define EDU_RAISED	0x24
#define EDU_RAISE	0x60
#define EDU_ACKNOWLEDGE 0x64

/* How long to wait for an event that must not come, and for one that must come. */
#define SILENCE_MS	300
#define ARRIVES_MS	60000

/* The eventfd that interrupts signal. */
static int irq_event;

static inline void expect_silence(void)
{
	struct pollfd fd = {.fd = irq_event, .events = POLLIN};

	assert_int_equal(poll(&fd, 1, SILENCE_MS), 0);
}

static inline struct padma_device *open_at(struct padma_space *space, const char *address)
{
	struct padma_device *device = NULL;

	must(padma_device_open(space, address, &device));
	return device;
}

static inline void raise_irq(const struct padma_bar *edu, uint32_t bits)
{
	padma_bar_write32(edu, EDU_RAISE, bits);
}

static inline void acknowledge(const struct padma_bar *edu)
{
	padma_bar_write32(edu, EDU_ACKNOWLEDGE, UINT32_MAX);
	assert_int_equal(padma_bar_read32(edu, EDU_RAISED), 0);
}

#endif
