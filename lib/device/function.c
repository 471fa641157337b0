// SPDX-License-Identifier: BSD-3-Clause
/* See function.h. */
#include "base/base.h"
#include "base/sysfs.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "device/function.h"

bool function_is_address(const char *name)
{
	/* Domains have 4 digits, or 8 if a machine has many (Linux, Documentation/PCI). */
	size_t domain = strspn(name, "0123456789abcdefABCDEF");
	const char *rest = name + domain;

	return domain >= 4 && domain <= 8 && rest[0] == ':' && isxdigit(rest[1]) &&
	       isxdigit(rest[2]) && rest[3] == ':' && isxdigit(rest[4]) && isxdigit(rest[5]) &&
	       rest[6] == '.' && rest[7] >= '0' && rest[7] <= '7' && rest[8] == '\0';
}

bool function_is_in_dummy_group(const char *directory)
{
	char path[PATH_MAX], name[64];

	snprintf(path, sizeof(path), "%.4000s/iommu_group/name", directory);
	return strcmp(sysfs_line(path, name, sizeof(name)), "vfio-noiommu") == 0;
}
