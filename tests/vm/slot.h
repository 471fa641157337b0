/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slot.h - drives that come and go: QEMU's monitor, and the power of a slot.
 *
 * A drive in a slot (--nvme slot=1) is alone behind its port. Its power is bit 10 of Slot Control, its
 * indicator bits 9:8 (PCI Express Base 5.0, 7.5.3.10). QEMU deletes what is in the slot when both are
 * switched off, without asking the kernel (hw/pci/pcie.c, pcie_cap_slot_write_config()); with the power
 * alone the drive stays, and answers nothing.
 */
#ifndef TESTS_VM_SLOT_H
#define TESTS_VM_SLOT_H

#include "vm_fixture.h"

#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

#define PCI_CAPABILITIES    0x34
#define PCI_EXPRESS_ID	    0x10
#define SLOT_CONTROL	    0x18
#define SLOT_INDICATOR_MASK (3u << 8)
#define SLOT_INDICATOR_OFF  (3u << 8)
#define SLOT_POWER_OFF	    (1u << 10)

static inline double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A shell's command. Not by fork(): a copy of this process would hold the device, too. */
static inline int shell(const char *format, ...)
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

/* Poll a shell's condition. Return: whether it came true within @seconds. */
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

/* Any thread. Return: whether the slot was switched off; @indicator: its indicator, too. */
static inline bool slot_power_off(int config, bool indicator)
{
	off_t at = slot_control(config);
	uint16_t control;

	if (at < 0 || pread(config, &control, 2, at) != 2)
		return false;
	control |= SLOT_POWER_OFF;
	if (indicator)
		control = (uint16_t)((control & ~SLOT_INDICATOR_MASK) | SLOT_INDICATOR_OFF);
	return pwrite(config, &control, 2, at) == 2;
}

#endif
