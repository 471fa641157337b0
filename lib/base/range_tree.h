/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * range_tree.h - an ordered set of disjoint ranges of 64-bit numbers.
 *
 * Intrusive: a range is a node inside the caller's structure, so nothing is allocated and nothing
 * can fail but an overlap. A change or a search takes a number of steps that grows with the
 * logarithm of the number of ranges: a treap, whose priorities are hashes of the ranges' starts.
 * Not locked.
 */
#ifndef BASE_RANGE_TREE_H
#define BASE_RANGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [start, start + len): len is at least 1, and the range ends at 2^64 at the latest. */
struct range_node {
	struct range_node *below; /* ranges before this one */
	struct range_node *above; /* ranges behind it */
	uint64_t start;
	uint64_t len;
};

/* Empty when all zero. */
struct range_tree {
	struct range_node *root;
};

static inline uint64_t range_last(const struct range_node *node)
{
	return node->start + (node->len - 1);
}

/* Insert @node, whose start and len are set. False: it overlaps a range, and is not inserted. */
bool range_tree_insert(struct range_tree *tree, struct range_node *node);

/* Take out @node, which is in the tree. */
void range_tree_remove(struct range_tree *tree, struct range_node *node);

/* The lowest range that has a number at or above @key, or NULL. */
struct range_node *range_tree_from(const struct range_tree *tree, uint64_t key);

/* The range that holds @key, or NULL. */
struct range_node *range_tree_find(const struct range_tree *tree, uint64_t key);

/* The range behind @node, or NULL. */
struct range_node *range_tree_next(const struct range_tree *tree, const struct range_node *node);

/* Whether a range shares a number with [start, start + len), len at least 1. */
bool range_tree_overlaps(const struct range_tree *tree, uint64_t start, uint64_t len);

/* The ranges in their order. The body may remove @node, and no other. */
#define range_tree_for_each(node, next_node, tree)                                                 \
	for ((node) = range_tree_from((tree), 0);                                                  \
	     (node) && ((next_node) = range_tree_next((tree), (node)), true);                      \
	     (node) = (next_node))

#endif
