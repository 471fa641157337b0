// SPDX-License-Identifier: BSD-3-Clause
/* Waiting for a register, and delays. */
#define PADMA_PART "device"
#include "base/base.h"

#include <endian.h>
#include <inttypes.h>
#include <time.h>

#include <padma/time.h>

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
	const uint64_t start = padma_ticks_monotonic();
	uint64_t passed;

	/* The time is read after the register accesses before it (padma_after_mmio_read()). */
	while ((passed = padma_ticks_monotonic() - start) < ns) {
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

/* A register and what is wanted of it. */
struct wanted {
	const struct padma_bar *bar;
	uint64_t offset;
	unsigned int width;
	uint64_t mask, want, ones;
};

static uint64_t read_register(const struct wanted *wanted)
{
	switch (wanted->width) {
	case 1:
		return padma_bar_read8(wanted->bar, wanted->offset);
	case 2:
		return padma_bar_read16(wanted->bar, wanted->offset);
	case 4:
		return padma_bar_read32(wanted->bar, wanted->offset);
	default:
		return padma_bar_read64(wanted->bar, wanted->offset);
	}
}

/* One look at the register's @value. 1: not yet; 0, -ENODEV. */
static int judge(const struct wanted *wanted, uint64_t value)
{
	struct padma_device *device = wanted->bar->device;
	const bool met = (value & wanted->mask) == wanted->want;

	if ((value == wanted->ones || (met && value == 0)) && is_gone(device))
		return -ENODEV;
	if (met && value == wanted->ones && !memory_is_on(device))
		return 1;
	return met ? 0 : 1;
}

static int gone(const struct padma_device *device)
{
	return fail(-ENODEV, "%s: the device is gone; close it", device->name);
}

static int check_register(const struct wanted *wanted)
{
	const struct padma_bar *bar = wanted->bar;
	const unsigned int width = wanted->width;

	if (width != 1 && width != 2 && width != 4 && width != 8)
		return fail(-EINVAL, "%s: a register has 1, 2, 4 or 8 bytes, not %u",
			    bar->device->name, width);
	if (wanted->want & ~wanted->mask || wanted->mask & ~wanted->ones)
		return fail(-EINVAL,
			    "%s: 0x%" PRIx64 " has bits that the mask 0x%" PRIx64
			    " lacks, or the mask has more than %u",
			    bar->device->name, wanted->want, wanted->mask, 8 * width);
	if (wanted->offset % width || wanted->offset > bar->bytes ||
	    bar->bytes - wanted->offset < width)
		return fail(-EINVAL, "%s: BAR %u has no %u-bit register at 0x%" PRIx64,
			    bar->device->name, bar->index, 8 * width, wanted->offset);
	return 0;
}

static int timed_out(const struct wanted *wanted, uint64_t value, uint64_t timeout_ns)
{
	struct padma_device *device = wanted->bar->device;

	if (is_gone(device))
		return gone(device);
	return fail(-ETIMEDOUT,
		    "%s: BAR %u, register 0x%" PRIx64 ": reads 0x%0*" PRIx64
		    ", and its bits 0x%" PRIx64 " did not become 0x%" PRIx64
		    " in %.12g ms; reset the device",
		    device->name, wanted->bar->index, wanted->offset, (int)wanted->width * 2, value,
		    wanted->mask, wanted->want, (double)timeout_ns / NS_PER_MS);
}

static int wait_for(const struct wanted *wanted, uint64_t timeout_ns)
{
	const uint64_t start = padma_ticks_monotonic(), end = add_capped(start, timeout_ns);
	uint64_t now, value, pause = PAUSE_NS;
	int rc;

	for (;;) {
		now = padma_ticks_monotonic();
		value = read_register(wanted);
		rc = judge(wanted, value);
		if (rc <= 0)
			return rc ? gone(wanted->bar->device) : 0;
		if (now >= end)
			return timed_out(wanted, value, timeout_ns);
		if (now - start < SPIN_NS) {
			padma_cpu_relax();
			continue;
		}
		sleep_ns(pause < end - now ? pause : end - now);
		if (pause < LONGEST_PAUSE_NS)
			pause += PAUSE_NS;
	}
}

int padma_bar_wait(const struct padma_bar *bar, uint64_t offset, unsigned int width, uint64_t mask,
		   uint64_t want, uint64_t timeout_ns)
{
	const struct wanted wanted = {
		.bar = bar,
		.offset = offset,
		.width = width,
		.mask = mask,
		.want = want,
		.ones = width < 8 ? (1ull << 8 * width) - 1 : UINT64_MAX,
	};
	int rc = check_register(&wanted);

	return rc ? rc : wait_for(&wanted, timeout_ns);
}
