// SPDX-License-Identifier: BSD-3-Clause
/* See node.h. */
#define PADMA_PART "device"
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device/node.h"

bool device_node_is(int fd, const char *number)
{
	char found[NODE_NUMBER_BYTES];
	struct stat about;

	if (fstat(fd, &about) || !S_ISCHR(about.st_mode))
		return false;
	snprintf(found, sizeof(found), "%u:%u", major(about.st_rdev), minor(about.st_rdev));
	return strcmp(found, number) == 0;
}

int device_node_refuse(const char *address, const char *path, const char *number)
{
	return fail(-ENODEV,
		    "%s: %s is not its node: sysfs gives its number as %s, and the node has "
		    "another; /dev must be a devtmpfs or udev's, or the node be recreated",
		    address, path, *number ? number : "(none)");
}
