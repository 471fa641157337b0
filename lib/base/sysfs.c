// SPDX-License-Identifier: BSD-3-Clause
/* See sysfs.h. */
#include "base/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *sysfs_line(const char *path, char *line, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, line, bytes - 1);

	if (fd >= 0)
		close(fd);
	line[length < 0 ? 0 : length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line;
}

const char *sysfs_link(const char *path, char *name, size_t bytes)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *last;

	target[length < 0 ? 0 : length] = '\0';
	last = strrchr(target, '/');
	snprintf(name, bytes, "%s", last ? last + 1 : target);
	return name;
}

bool sysfs_entry(const char *path, bool (*wanted)(const char *name, const void *ctx),
		 const void *ctx, char *name, size_t bytes)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	name[0] = '\0';
	while (directory && !*name && (entry = readdir(directory))) {
		if (strlen(entry->d_name) < bytes && wanted(entry->d_name, ctx))
			memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
	}
	if (directory)
		closedir(directory);
	return *name;
}
