/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.h - an ioctl that a signal cannot make fail.
 */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

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

/* Of an ioctl that answers 0 and nothing else: 0, a negative errno, -EPROTO for any other answer. */
static inline int call_plain(int fd, unsigned long request, void *arg)
{
	int rc = call(fd, request, arg);

	return rc > 0 ? -EPROTO : rc;
}

#endif
