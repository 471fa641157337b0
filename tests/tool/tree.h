/* SPDX-License-Identifier: BSD-3-Clause */
/* tree.h - temporary directory trees with files and links: a fake sysfs and the like. */
#ifndef TESTS_TOOL_TREE_H
#define TESTS_TOOL_TREE_H

#include <limits.h>

struct tree {
	char root[PATH_MAX];
};

/* These assert: call them in the test's main thread. */
void tree_make(struct tree *tree);
void tree_remove(struct tree *tree);

/* Parent directories are created as needed. Paths are relative to the root. */
void tree_directory(const struct tree *tree, const char *path);
void tree_file(const struct tree *tree, const char *path, const char *content);
void tree_link(const struct tree *tree, const char *path, const char *target);

/* The root and a path below it; valid until the next call. */
const char *tree_path(const struct tree *tree, const char *path);

/*
 * A PCI function in a fake sysfs: bus/pci/devices/@address with ids, class and resource, as the
 * kernel writes them (numbers as "0x1b36").
 */
struct tree_pci {
	const char *address;
	const char *vendor;
	const char *device;
	const char *class_code;
	const char *resource; /* NULL: seven empty lines */
	const char *driver;   /* NULL: none */
	const char *group;    /* NULL: none */
};
void tree_pci(const struct tree *tree, const struct tree_pci *function);

#endif
