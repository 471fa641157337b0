/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.h - an ioctl that a signal cannot make fail.
 */
#ifndef IOMMUFD_CALL_H
#define IOMMUFD_CALL_H

#include <errno.h>
#include <sys/ioctl.h>

/* 0 or what the ioctl answered, or a negative errno. */
static inline int call(int fd, unsigned long request, void *arg)
{
	int rc;

	do {
		rc = ioctl(fd, request, arg);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

#endif
