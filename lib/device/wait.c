// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for a register, and delays. */
#define PADMA_PART "device"
#include "base/base.h"

#include <endian.h>
#include <inttypes.h>
#include <time.h>

#include "device/provider.h"

/* For so long a processor is kept: less than a sleep takes. */
#define SPIN_NS		   20000u
/* Sleeps between two reads: short at first. */
#define PAUSE_NS	   10000u
#define LONGEST_PAUSE_NS   100000u

#define NS_PER_SECOND	   1000000000u
#define NS_PER_MS	   1000000u

/* PCI Local Bus 3.0, 6.2.2 */
#define PCI_COMMAND	   0x04u
#define PCI_COMMAND_MEMORY (1u << 1)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void sleep_ns(uint64_t ns)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(ns / NS_PER_SECOND),
		.tv_nsec = (long)(ns % NS_PER_SECOND),
	};

	/* A signal ends it early: the caller looks at the time. */
	nanosleep(&pause, NULL);
}

void padma_delay_ns(uint64_t ns)
{
	const uint64_t start = now_ns();
	uint64_t passed;

	/* The time is read after the register accesses before it (padma_after_mmio_read()). */
	while ((passed = now_ns() - start) < ns) {
		if (ns - passed <= SPIN_NS)
			padma_cpu_relax();
		else
			sleep_ns(ns - passed);
	}
}

/* False if the Command register has turned the function's memory off: its registers read as all ones. */
static bool memory_is_on(struct padma_device *device)
{
	uint16_t command = 0;

	return device->ops->config_read(device, PCI_COMMAND, &command, sizeof(command)) == 0 &&
	       le16toh(command) & PCI_COMMAND_MEMORY;
}

/* All ones and zeros are what a function that left the bus reads as: whether it is still there. */
static bool is_gone(struct padma_device *device)
{
	return padma_device_check(device) == PADMA_DEVICE_GONE;
}

/* One look at the register's @value. 1: not yet; 0, -ENODEV. */
static int judge(struct padma_device *device, uint32_t value, uint32_t mask, uint32_t want)
{
	const bool met = (value & mask) == want;

	if ((value == UINT32_MAX || (met && value == 0)) && is_gone(device))
		return -ENODEV;
	if (met && value == UINT32_MAX && !memory_is_on(device))
		return 1;
	return met ? 0 : 1;
}

static int gone(const struct padma_device *device)
{
	return fail(-ENODEV, "%s: the device is gone; close it", device->name);
}

static int check_register(const struct padma_bar *bar, uint64_t offset, uint32_t mask,
			  uint32_t want)
{
	if (want & ~mask)
		return fail(-EINVAL, "%s: 0x%" PRIx32 " has bits that the mask 0x%" PRIx32 " lacks",
			    bar->device->name, want, mask);
	if (offset % 4 || offset > bar->bytes || bar->bytes - offset < 4)
		return fail(-EINVAL, "%s: BAR %u has no 32-bit register at 0x%" PRIx64,
			    bar->device->name, bar->index, offset);
	return 0;
}

int padma_bar_wait32(const struct padma_bar *bar, uint64_t offset, uint32_t mask, uint32_t want,
		     uint64_t timeout_ns)
{
	struct padma_device *device = bar->device;
	const uint64_t start = now_ns(), end = add_capped(start, timeout_ns);
	uint64_t now, pause = PAUSE_NS;
	uint32_t value;
	int rc = check_register(bar, offset, mask, want);

	while (rc == 0) {
		now = now_ns();
		value = padma_bar_read32(bar, offset);
		rc = judge(device, value, mask, want);
		if (rc <= 0)
			return rc ? gone(device) : 0;
		if (now >= end)
			return is_gone(device)
				       ? gone(device)
				       : fail(-ETIMEDOUT,
					      "%s: BAR %u, register 0x%" PRIx64
					      ": reads 0x%08" PRIx32 ", and its bits 0x%" PRIx32
					      " did not become 0x%" PRIx32 " in %" PRIu64
					      " ms; reset the device",
					      device->name, bar->index, offset, value, mask, want,
					      timeout_ns / NS_PER_MS);
		rc = 0;
		if (now - start < SPIN_NS) {
			padma_cpu_relax();
			continue;
		}
		sleep_ns(pause < end - now ? pause : end - now);
		if (pause < LONGEST_PAUSE_NS)
			pause += PAUSE_NS;
	}
	return rc;
}
