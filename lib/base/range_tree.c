// SPDX-License-Identifier: BSD-3-Clause
/* See range_tree.h. */
#include "base/range_tree.h"

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014): neighbours get unrelated priorities. */
static uint64_t priority(const struct range_node *node)
{
	uint64_t z = node->start + 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

struct range_node *range_tree_from(const struct range_tree *tree, uint64_t key)
{
	struct range_node *node = tree->root, *found = NULL;

	while (node) {
		if (range_last(node) >= key) {
			found = node;
			node = node->below;
		} else {
			node = node->above;
		}
	}
	return found;
}

struct range_node *range_tree_find(const struct range_tree *tree, uint64_t key)
{
	struct range_node *node = range_tree_from(tree, key);

	return node && node->start <= key ? node : NULL;
}

struct range_node *range_tree_next(const struct range_tree *tree, const struct range_node *node)
{
	uint64_t last = range_last(node);

	return last == UINT64_MAX ? NULL : range_tree_from(tree, last + 1);
}

bool range_tree_overlaps(const struct range_tree *tree, uint64_t start, uint64_t len)
{
	const struct range_node *node = range_tree_from(tree, start);

	return node && node->start <= start + (len - 1);
}

/* What lies before @start and what lies behind it, as two trees. */
static void split(struct range_node *tree, uint64_t start, struct range_node **below,
		  struct range_node **above)
{
	while (tree) {
		if (tree->start < start) {
			*below = tree;
			below = &tree->above;
			tree = tree->above;
		} else {
			*above = tree;
			above = &tree->below;
			tree = tree->below;
		}
	}
	*below = NULL;
	*above = NULL;
}

/* Two trees, one of them wholly below the other, as one at @link. */
static void join(struct range_node **link, struct range_node *below, struct range_node *above)
{
	while (below && above) {
		if (priority(below) >= priority(above)) {
			*link = below;
			link = &below->above;
			below = below->above;
		} else {
			*link = above;
			link = &above->below;
			above = above->below;
		}
	}
	*link = below ? below : above;
}

bool range_tree_insert(struct range_tree *tree, struct range_node *node)
{
	struct range_node **link = &tree->root;
	uint64_t rank = priority(node);

	if (range_tree_overlaps(tree, node->start, node->len))
		return false;
	while (*link && priority(*link) >= rank)
		link = node->start < (*link)->start ? &(*link)->below : &(*link)->above;
	split(*link, node->start, &node->below, &node->above);
	*link = node;
	return true;
}

void range_tree_remove(struct range_tree *tree, struct range_node *node)
{
	struct range_node **link = &tree->root;

	while (*link != node)
		link = node->start < (*link)->start ? &(*link)->below : &(*link)->above;
	join(link, node->below, node->above);
}
