/* SPDX-License-Identifier: BSD-3-Clause */
/* sysfs.h - what the kernel tells in small files, links and folders of sysfs. Any thread. */
#ifndef BASE_SYSFS_H
#define BASE_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/* First line of a file without its newline; "" where it cannot be read. Return: @line. */
const char *sysfs_line(const char *path, char *line, size_t bytes);

/* Last part of where the link @path leads; "" where it is none. Return: @name. */
const char *sysfs_link(const char *path, char *name, size_t bytes);

/*
 * Some entry of the folder @path that @wanted takes: its name, where it is shorter than @bytes, in
 * @name; "" where there is none. @ctx is for @wanted. Return: whether there is one.
 */
bool sysfs_entry(const char *path, bool (*wanted)(const char *name, const void *ctx),
		 const void *ctx, char *name, size_t bytes);

#endif
