/* SPDX-License-Identifier: BSD-3-Clause */
/* sysfs.h - small files, links and directories of sysfs. Any thread. */
#ifndef BASE_SYSFS_H
#define BASE_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/* First line of a file without its newline; "" if it cannot be read. Return: @line. */
const char *sysfs_line(const char *path, char *line, size_t bytes);

/* Last component of the target of the link @path; "" if it is no link. Return: @name. */
const char *sysfs_link(const char *path, char *name, size_t bytes);

/*
 * Find an entry of the directory @path that @wanted accepts: its name, if it is shorter than @bytes, in
 * @name; "" if there is none. @ctx is for @wanted. Return: whether there is one.
 */
bool sysfs_entry(const char *path, bool (*wanted)(const char *name, const void *ctx),
		 const void *ctx, char *name, size_t bytes);

#endif
