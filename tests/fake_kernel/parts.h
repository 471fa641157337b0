/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parts.h - the parts of the fake kernel: calls.c is what the library calls, iommufd.c is /dev/iommu, device.c
 * the devices behind VFIO, group.c a group and its container, sysfs.c where they are found.
 *
 * Each part knows its descriptors; its open and ioctl answer as the kernel's do, by fake_answer().
 */
#ifndef TESTS_FAKE_KERNEL_PARTS_H
#define TESTS_FAKE_KERNEL_PARTS_H

#include <errno.h>

#include "fake_kernel.h"

#define COMMAND_BME 4u

int __real_close(int fd);

/* 0, or -1 with errno. */
static inline int fake_answer(int error)
{
	if (error)
		errno = error;
	return error ? -1 : 0;
}

/* A call that fails so many times, then no more. */
static inline bool fake_fails(int *times)
{
	if (*times == 0)
		return false;
	--*times;
	return true;
}

/* Add a word to fake.events. */
void fake_note(const char *event);

/* iommufd.c: one at a time */
bool fake_is_iommufd(int fd);
int fake_iommufd_open(void);
void fake_iommufd_close(void);
int fake_iommufd_ioctl(unsigned long request, void *arg);
/* VFIO_DEVICE_ATTACH_IOMMUFD_PT: 0 or an errno. */
int fake_page_table_attach(struct fake_device *device, uint32_t pt_id);

/* sysfs.c */
void fake_sysfs_open(void);
bool fake_sysfs_has(const char *path);
void fake_sysfs_write(void);

/* device.c */
#define FAKE_DEVID(device) (3u + (uint32_t)((device)-fake.devices))
struct fake_device *fake_device_of(int fd); /* NULL: none */
int fake_device_open(unsigned int index);
void fake_device_close(struct fake_device *device);
int fake_device_ioctl(struct fake_device *device, unsigned long request, void *arg);

/* group.c */
bool fake_is_group(int fd);
bool fake_is_container(int fd);
int fake_group_open(void);
int fake_container_open(void);
void fake_group_close(int fd);
int fake_group_ioctl(int fd, unsigned long request, const void *arg);

#endif
