/* SPDX-License-Identifier: BSD-3-Clause */
/* vm_fixture.h - spaces on a real kernel, the machine's devices, and pagemap's answers. */
#ifndef TESTS_VM_FIXTURE_H
#define TESTS_VM_FIXTURE_H

#include "must.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

static inline void expect_error(int rc, int error, const char *words)
{
	if (rc != -error || !strstr(padma_last_error(), words))
		print_error("%d: '%s' is not in: %s\n", rc, words, padma_last_error());
	assert_int_equal(rc, -error);
	assert_non_null(strstr(padma_last_error(), words));
}

/* The address of the machine's device number @index; valid until the next call. */
static inline const char *bdf(unsigned int index)
{
	static char address[32];
	const char *all = getenv("PADMA_BDF");

	for (; all && index; index--) {
		all = strchr(all, ' ');
		all = all ? all + 1 : NULL;
	}
	if (!all)
		fail_msg("$PADMA_BDF has too few devices");
	else
		snprintf(address, sizeof(address), "%.*s", (int)strcspn(all, " "), all);
	return address;
}

static inline struct padma_space *open_space_of(const char *backend)
{
	const struct padma_space_params params = {.backend = backend, .chunk_bytes = 2 << 20};
	struct padma_space *space = NULL;

	must(padma_space_open(&params, &space));
	return space;
}

static inline struct padma_space *open_space(void)
{
	return open_space_of("noiommu");
}

static inline struct padma_device *open_device(struct padma_space *space, unsigned int index)
{
	struct padma_device *device = NULL;

	must(padma_device_open(space, bdf(index), &device));
	return device;
}

/* For a device that the test knows to be quiet, as it set up nothing. */
static inline void master_the_bus(struct padma_device *device)
{
	padma_device_declare_quiesced(device);
	must(padma_device_bus_master(device, true));
}

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bits 0-54 the frame. */
static inline uint64_t pagemap_phys(const void *va)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &entry, 8, (off_t)((uintptr_t)va / 4096 * 8)), 8);
	close(fd);
	assert_int_equal(entry >> 63, 1);
	return (entry & ((1ull << 55) - 1)) * 4096 + (uintptr_t)va % 4096;
}

/* Every page of it: the lookup, the run, and pagemap agree. */
static inline void check_addresses(struct padma_space *space, const char *va, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += 4096) {
		struct padma_run run = padma_run(space, va + at, bytes - at);

		assert_int_equal(padma_dma(space, va + at), pagemap_phys(va + at));
		assert_int_equal(run.dma, pagemap_phys(va + at));
		assert_true(run.len >= 1);
		assert_int_equal(run.dma + run.len - 1, pagemap_phys(va + at + run.len - 1));
	}
}

/* The Command register, as the kernel reads it. */
static inline uint16_t command_register(unsigned int index)
{
	char path[128];
	uint16_t command = 0;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf(index));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &command, 2, 4), 2);
	close(fd);
	return command;
}

/* NVMe Base 2.0, 3.5.1, as far as it takes to make the controller ready. */
static inline void make_ready(struct padma_space *space, const struct padma_bar *bar)
{
	void *rings;

	must(padma_space_alloc(space, 8192, NULL, &rings));
	memset(rings, 0, 8192);
	padma_bar_write32(bar, 0x24, 0x000f000f);
	padma_bar_write64(bar, 0x28, padma_dma(space, rings));
	padma_bar_write64(bar, 0x30, padma_dma(space, (char *)rings + 4096));
	padma_bar_write32(bar, 0x14, 0x00460001);
	for (int i = 0; i < 3000 && !(padma_bar_read32(bar, 0x1c) & 1); i++)
		usleep(10000);
	assert_int_equal(padma_bar_read32(bar, 0x1c) & 3, 1);
}

/* A file of sysfs, below bus/pci. */
static inline void write_sysfs(const char *directory, const char *file, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/%s/%s", directory, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Without a driver nothing needs unbinding. */
	if (fd < 0)
		return;
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void write_function(const char *address, const char *file, const char *text)
{
	char directory[64];

	snprintf(directory, sizeof(directory), "devices/%s", address);
	write_sysfs(directory, file, text);
}

/* Bind the function to @driver, from whatever driver it is bound to. */
static inline void give_to(const char *address, const char *driver)
{
	write_function(address, "driver/unbind", address);
	write_function(address, "driver_override", driver);
	write_sysfs(".", "drivers_probe", address);
}

#endif
