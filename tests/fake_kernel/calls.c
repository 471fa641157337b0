// SPDX-License-Identifier: BSD-3-Clause
/* What the library calls of the kernel, and of itself where the machine would answer; see fake_kernel.h. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/iommufd_uapi.h"
#include "kernel/vfio_uapi.h"
#include "kernel/pagemap.h"
#include "space/backend.h"
#include "fail_nth.h"
#include "parts.h"

/* There where the program is a padma_fail_nth_test(): calls of the kernel fail with the others, and what
 * the kernel itself does is not counted. */
#pragma weak fail_nth
#pragma weak fail_nth_exempt

int __real_open(const char *path, int flags, ...);
int __real_access(const char *path, int mode);
int __real_fstat(int fd, struct stat *about);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes);
bool __wrap_platform_dma_is_physical(const char *root, char *reason);
int __wrap_access(const char *path, int mode);
int __wrap_fstat(int fd, struct stat *about);
bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES]);

struct fake_kernel fake;

void fake_note(const char *event)
{
	size_t used = strlen(fake.events);

	snprintf(fake.events + used, sizeof(fake.events) - used, "%s ", event);
}

/* Every page is at the address that it has in the process: no need to be root. */
int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes)
{
	assert_true(fd >= 0);
	*phys = va;
	*bytes = length;
	return -fake.pagemap_error;
}

bool __wrap_platform_dma_is_physical(const char *root, char *reason)
{
	assert_string_equal(root, "");
	if (fake.encrypted)
		snprintf(reason, BACKEND_REASON_BYTES, "memory is encrypted");
	return !fake.encrypted;
}

/* The real one looks for nodes in the machine's own /dev. */
bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES])
{
	snprintf(text, BACKEND_REASONS_BYTES, "kind %d (a reason)", (int)kind);
	return fake.nothing_works;
}

/* "/dev/vfio/devices/noiommu-vfio0" */
static int open_device_node(const char *path)
{
	const char *digit = path + strcspn(path, "0123456789");

	if (fake_fails(&fake.node_open_errors))
		return fake_answer(fake.node_open_error);
	return fake_device_open((unsigned int)strtoul(digit, NULL, 10));
}

static int fake_open(const char *path, int flags, mode_t mode)
{
	if (strcmp(path, "/dev/iommu") == 0)
		return fake_iommufd_open();
	if (strncmp(path, "/dev/vfio/", 10) != 0)
		return __real_open(path, flags, mode);
	assert_true(flags & O_CLOEXEC);
	if (strncmp(path, "/dev/vfio/devices/", 18) == 0)
		return open_device_node(path);
	if (strcmp(path, "/dev/vfio/vfio") == 0)
		return fake_container_open();
	assert_string_equal(path, "/dev/vfio/noiommu-9");
	return fake_group_open();
}

static bool system_fails(const char *what, int error)
{
	return fail_nth && fail_nth(what, error);
}

static void in_kernel(bool begin)
{
	if (fail_nth_exempt)
		fail_nth_exempt(begin);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int rc;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (system_fails(path, EMFILE))
		return -1;
	in_kernel(true);
	rc = fake_open(path, flags, mode);
	in_kernel(false);
	return rc;
}

static int fake_close(int fd)
{
	struct fake_device *device = fake_device_of(fd);

	if (fake_is_iommufd(fd))
		fake_iommufd_close();
	else if (device)
		fake_device_close(device);
	else if (fake_is_group(fd) || fake_is_container(fd))
		fake_group_close(fd);
	return __real_close(fd);
}

int __wrap_close(int fd)
{
	int rc;

	in_kernel(true);
	rc = fake_close(fd);
	in_kernel(false);
	return rc;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	struct fake_device *device = fake_device_of(fd);

	if (fake_is_iommufd(fd))
		return fake_iommufd_ioctl(request, arg);
	if (device)
		return fake_device_ioctl(device, request, arg);
	if (fake_is_group(fd) || fake_is_container(fd))
		return fake_group_ioctl(fd, request, arg);
	return __real_ioctl(fd, request, arg);
}

/* Releasing something needs no resource: IOMMU_DESTROY, IOAS_UNMAP, DETACH, interrupts off. */
static bool gives_back(int fd, unsigned long request, const void *arg)
{
	const struct uapi_vfio_irq_set *set = arg;
	unsigned int number = request & 0xff;

	if (fake_is_iommufd(fd))
		return number == UAPI_IOMMU_DESTROY || number == UAPI_IOMMU_IOAS_UNMAP;
	return number == UAPI_VFIO_DETACH_PT || (number == UAPI_VFIO_SET_IRQS && set->count == 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int rc;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!gives_back(fd, request, arg) && system_fails("ioctl", ENOMEM))
		return -1;
	in_kernel(true);
	rc = fake_ioctl(fd, request, arg);
	in_kernel(false);
	return rc;
}

int __wrap_fstat(int fd, struct stat *about)
{
	int rc = __real_fstat(fd, about);

	if (rc || !(fake_device_of(fd) || fake_is_group(fd)))
		return rc;
	about->st_mode = S_IFCHR | 0600;
	about->st_rdev = fake_is_group(fd) ? makedev(241, 9) : makedev(242, 1);
	if (fake.node_of_another)
		about->st_rdev = makedev(1, 3);
	return 0;
}

/* The library begins so when it looks for a device's nodes. */
int __wrap_access(const char *path, int mode)
{
	in_kernel(true);
	if (fake_sysfs_has(path))
		fake_sysfs_write();
	in_kernel(false);
	return __real_access(path, mode);
}
