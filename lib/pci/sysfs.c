// SPDX-License-Identifier: BSD-3-Clause
/* See sysfs.h. */
#include "pci/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <padma/error.h>

const char *path_make(char path[PATH_MAX], const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	if (length < 0 || length >= PATH_MAX)
		path[0] = '\0';
	return path;
}

int pci_roots_of(const struct padma_pci_bind_params *params, const char *address,
		 struct pci_roots *roots)
{
	static const char digits[] = "0123456789abcdefABCDEF:.";

	roots->sysfs = params && params->sysfs ? params->sysfs : "/sys";
	roots->proc = params && params->proc ? params->proc : "/proc";
	roots->dev = params && params->dev ? params->dev : "/dev";
	roots->machine = !params || (!params->sysfs && !params->proc && !params->dev);
	path_make(roots->function, "%s/bus/pci/devices/%s", roots->sysfs, address);
	/* Nothing that could lead to another directory. */
	if (strchr(address, ':') && address[strspn(address, digits)] == '\0' &&
	    access(roots->function, F_OK) == 0)
		return 0;
	return padma_fail(-ENODEV, "pci",
			  "%.64s: there is no such PCI function; give an address as the list of "
			  "devices prints it, like 0000:00:04.0",
			  address);
}

bool line_read(const char *path, char *line, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	line[0] = '\0';
	if (fd < 0)
		return false;
	length = read(fd, line, bytes - 1);
	close(fd);
	if (length < 0)
		return false;
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

bool number_read(const char *path, struct pci_number *number)
{
	char line[32];

	return line_read(path, line, sizeof(line)) &&
	       sscanf(line, "%u:%u", &number->major, &number->minor) == 2;
}

bool node_is(const char *path, unsigned int type, struct pci_number number)
{
	struct stat about;

	return stat(path, &about) == 0 && (about.st_mode & S_IFMT) == type &&
	       about.st_rdev == makedev(number.major, number.minor);
}

unsigned int pci_class_code(const struct pci_roots *roots)
{
	char path[PATH_MAX], line[16];

	line_read(path_make(path, "%s/class", roots->function), line, sizeof(line));
	return (unsigned int)strtoul(line, NULL, 16);
}

bool group_is_dummy(const char *function)
{
	char path[PATH_MAX], name[32];

	line_read(path_make(path, "%s/iommu_group/name", function), name, sizeof(name));
	return strcmp(name, "vfio-noiommu") == 0;
}

/* sysfs takes the value from a single write(); a partial write has no effect. */
int line_write(const char *path, const char *text)
{
	char line[128];
	int fd, length = snprintf(line, sizeof(line), "%s\n", text);
	int error = 0;

	if ((size_t)length >= sizeof(line))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, line, (size_t)length) < 0)
		error = -errno;
	close(fd);
	return error;
}

const char *link_name(const char *path, char *name, size_t bytes)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *last;

	target[length < 0 ? 0 : length] = '\0';
	last = strrchr(target, '/');
	snprintf(name, bytes, "%s", last ? last + 1 : target);
	return name;
}
