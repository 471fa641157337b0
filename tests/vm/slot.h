/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slot.h - hot-plug of drives: QEMU's monitor, and the power of a slot.
 *
 * A drive in a slot (--nvme slot=1) is alone behind its port. Its power is bit 10 of Slot Control, its
 * indicator bits 9:8 (PCI Express Base 5.0, 7.5.3.10). When both are switched off QEMU deletes what is
 * in the slot at once (hw/pci/pcie.c, pcie_cap_slot_write_config()). With the power on again it looks as if
 * the drive had been pulled out: bits 3 and 5 notify the kernel then, and not before, that the slot is
 * empty. With only the power off the drive stays but does not respond, and the kernel is not notified.
 */
#ifndef TESTS_VM_SLOT_H
#define TESTS_VM_SLOT_H

#include "vm_fixture.h"

#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

#define PCI_CAPABILITIES   0x34
#define PCI_EXPRESS_ID	   0x10
#define SLOT_CONTROL	   0x18
#define SLOT_TELL_PRESENCE (1u << 3)
#define SLOT_INTERRUPT	   (1u << 5)
#define SLOT_INDICATOR_OFF (3u << 8)
#define SLOT_POWER_OFF	   (1u << 10)

static inline double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Run a shell command. Not by fork(): a copy of this process would hold the device, too. */
__attribute__((format(printf, 1, 2))) static inline int shell(const char *format, ...)
{
	char command[512];
	char *words[] = {(char *)"sh", (char *)"-c", command, NULL};
	va_list args;
	pid_t child;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ) ||
	    waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Poll a shell condition. Return: whether it became true within @seconds. */
static inline bool comes_true(double seconds, const char *condition)
{
	double start = seconds_now();

	while (shell("%s", condition)) {
		if (seconds_now() - start > seconds)
			return false;
		usleep(100000);
	}
	return true;
}

/* The configuration space of the port that @address is behind: opened. */
static inline int port_config(const char *address)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/../config", address);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Where its Slot Control is, or -1. PCI Local Bus 3.0, 6.7: the list of capabilities. */
static inline off_t slot_control(int config)
{
	uint8_t at = PCI_CAPABILITIES, entry[2];

	if (pread(config, &at, 1, PCI_CAPABILITIES) != 1)
		return -1;
	for (int i = 0; i < 48 && at >= 0x40; i++, at = entry[1]) {
		if (pread(config, entry, 2, at) != 2)
			return -1;
		if (entry[0] == PCI_EXPRESS_ID)
			return at + SLOT_CONTROL;
	}
	return -1;
}

static inline bool write_control(int config, off_t at, uint16_t clear, uint16_t set)
{
	uint16_t control;

	if (pread(config, &control, 2, at) != 2)
		return false;
	control = (uint16_t)((control & ~clear) | set);
	return pwrite(config, &control, 2, at) == 2;
}

/* Turn off the drive's power. Any thread. Return: whether it succeeded. */
static inline bool slot_power_off(int config)
{
	return write_control(config, slot_control(config), 0, SLOT_POWER_OFF);
}

/* Pull the drive out. Any thread. Return: whether it succeeded. */
static inline bool slot_pull(int config)
{
	off_t at = slot_control(config);

	return write_control(config, at, SLOT_INTERRUPT, SLOT_POWER_OFF | SLOT_INDICATOR_OFF) &&
	       write_control(config, at, SLOT_POWER_OFF, SLOT_TELL_PRESENCE | SLOT_INTERRUPT);
}

#endif
