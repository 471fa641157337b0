/* SPDX-License-Identifier: BSD-3-Clause */
/* pci_fixture.h - a tree of files in the place of /sys and /proc. */
#ifndef PCI_PCI_FIXTURE_H
#define PCI_PCI_FIXTURE_H

#include "test.h"

#include <stdio.h>

#include "tool/tree.h"

static struct tree tree;

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void remove_path(const char *path)
{
	assert_int_equal(remove(tree_path(&tree, path)), 0);
}

static void expect_content(const char *path, const char *content)
{
	char text[64] = "";
	FILE *file = fopen(tree_path(&tree, path), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, content);
}

#endif
