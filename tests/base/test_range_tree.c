// SPDX-License-Identifier: BSD-3-Clause
/* Ordered sets of ranges: random changes against a plain array, and how deep a tree becomes. */
#include "test.h"

#include <stdbool.h>

#include "base/range_tree.h"

#define KEYS  200u
#define STEPS 20000
#define MANY  100000u

/* The slot of each key that a range holds, or -1. */
struct model {
	struct range_tree tree;
	struct range_node nodes[KEYS];
	bool used[KEYS];
	int owner[KEYS];
};

static const struct range_node *expected_from(const struct model *m, uint64_t key)
{
	for (; key < KEYS; key++) {
		if (m->owner[key] >= 0)
			return &m->nodes[m->owner[key]];
	}
	return NULL;
}

static void check_all(const struct model *m)
{
	struct range_node *node, *next;
	uint64_t at = 0;

	for (uint64_t key = 0; key < KEYS; key++) {
		const struct range_node *from = expected_from(m, key);

		assert_ptr_equal(range_tree_from(&m->tree, key), from);
		assert_ptr_equal(range_tree_find(&m->tree, key), m->owner[key] < 0 ? NULL : from);
	}
	assert_null(range_tree_from(&m->tree, KEYS));
	range_tree_for_each(node, next, &m->tree)
	{
		assert_ptr_equal(node, expected_from(m, at));
		at = range_last(node) + 1;
	}
	assert_null(expected_from(m, at));
}

static void own(struct model *m, const struct range_node *node, int slot)
{
	for (uint64_t key = node->start; key <= range_last(node); key++)
		m->owner[key] = slot;
}

static void add(struct model *m, unsigned int slot, uint64_t *seed)
{
	struct range_node *node = &m->nodes[slot];
	bool free = true;

	node->start = test_random(seed) % KEYS;
	node->len = 1 + test_random(seed) % 9;
	if (node->start + node->len > KEYS)
		node->len = KEYS - node->start;
	for (uint64_t key = node->start; key <= range_last(node); key++)
		free &= m->owner[key] < 0;
	assert_int_equal(range_tree_overlaps(&m->tree, node->start, node->len), !free);
	assert_int_equal(range_tree_insert(&m->tree, node), free);
	m->used[slot] = free;
	if (free)
		own(m, node, (int)slot);
}

static void test_random_changes(void **state)
{
	static struct model m;
	uint64_t seed = test_seed();

	(void)state;
	for (unsigned int i = 0; i < KEYS; i++)
		m.owner[i] = -1;
	for (int step = 0; step < STEPS; step++) {
		unsigned int slot = test_random(&seed) % KEYS;

		if (m.used[slot]) {
			range_tree_remove(&m.tree, &m.nodes[slot]);
			own(&m, &m.nodes[slot], -1);
			m.used[slot] = false;
		} else {
			add(&m, slot, &seed);
		}
		if (step % 50 == 0)
			check_all(&m);
	}
}

static void test_the_ends_of_the_numbers(void **state)
{
	struct range_node first = {.start = 0, .len = 1}, last = {.start = UINT64_MAX, .len = 1};
	struct range_node rest = {.start = 1, .len = UINT64_MAX - 1};
	struct range_node all = {.start = 0, .len = UINT64_MAX};
	struct range_tree tree = {0};

	(void)state;
	assert_null(range_tree_from(&tree, 0));
	assert_true(range_tree_insert(&tree, &last));
	assert_true(range_tree_insert(&tree, &first));
	assert_false(range_tree_insert(&tree, &all));
	assert_true(range_tree_insert(&tree, &rest));
	assert_ptr_equal(range_tree_next(&tree, &first), &rest);
	assert_ptr_equal(range_tree_next(&tree, &rest), &last);
	assert_null(range_tree_next(&tree, &last));
	assert_ptr_equal(range_tree_find(&tree, UINT64_MAX - 1), &rest);
}

static unsigned int depth(const struct range_node *node)
{
	unsigned int below = node ? depth(node->below) : 0, above = node ? depth(node->above) : 0;

	return node ? 1 + (below > above ? below : above) : 0;
}

/* Neither an order nor a distance of ranges makes a tree deep: 2^17 ranges need 17 levels at least. */
static void test_depth(void **state)
{
	static const uint64_t strides[] = {1, 2, 4096, 8192, 2 << 20, 1 << 30};
	struct range_node *nodes = calloc(MANY, sizeof(*nodes));

	(void)state;
	assert_non_null(nodes);
	for (size_t s = 0; s < ARRAY_SIZE(strides); s++) {
		struct range_tree up = {0}, down = {0};

		for (uint64_t i = 0; i < MANY; i++) {
			nodes[i] = (struct range_node){.start = i * strides[s], .len = 1};
			assert_true(range_tree_insert(&up, &nodes[i]));
		}
		assert_true(depth(up.root) < 64);
		for (uint64_t i = MANY; i-- > 0;) {
			range_tree_remove(&up, &nodes[i]);
			assert_true(range_tree_insert(&down, &nodes[i]));
		}
		assert_null(up.root);
		assert_true(depth(down.root) < 64);
	}
	free(nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_changes),
		cmocka_unit_test(test_the_ends_of_the_numbers),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
