/* SPDX-License-Identifier: BSD-3-Clause */
/* tree.h - make a directory tree from a seed, and compare it with another. */
#ifndef DEMO_TREE_H
#define DEMO_TREE_H

#include <stdint.h>

struct tree {
	uint64_t bytes; /* of all files, holes included */
	unsigned int files;
	unsigned int directories;
	unsigned int links;
	unsigned int depth;
};

/*
 * Make about @bytes of files below @root (which is created): deep paths, sparse and empty files,
 * links; the same for the same seed. Return: the exit code, after complaining (unless interrupted).
 */
int tree_make(const char *root, uint64_t seed, uint64_t bytes, struct tree *tree);

/*
 * Check that @copy holds exactly what @root holds: names, kinds, sizes, permissions, link targets and
 * every byte of every file. A lost+found directory of the copy does not count. Return: the exit
 * code, after complaining about the first difference (unless interrupted).
 */
int tree_compare(const char *root, const char *copy);

/* Remove a tree; errors are ignored. */
void tree_remove(const char *root);

#endif
