// SPDX-License-Identifier: BSD-3-Clause
/* Temporary directory trees. */
#include "tree.h"
#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

void tree_make(struct tree *tree)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(tree->root, sizeof(tree->root), "%s/padma-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(tree->root));
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about, (void)kind, (void)where;
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	assert_int_equal(nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *tree_path(const struct tree *tree, const char *path)
{
	static char full[2 * PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	return full;
}

static void make_parents(char *full)
{
	for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0777) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void tree_directory(const struct tree *tree, const char *path)
{
	char full[2 * PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s/", tree->root, path);
	make_parents(full);
}

void tree_file(const struct tree *tree, const char *path, const char *content)
{
	char full[2 * PATH_MAX];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	make_parents(full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void tree_link(const struct tree *tree, const char *path, const char *target)
{
	char full[2 * PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	make_parents(full);
	assert_int_equal(symlink(target, full), 0);
}

static void attribute(const struct tree *tree, const char *address, const char *name,
		      const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", address, name);
	tree_file(tree, path, value);
}

static void relation(const struct tree *tree, const char *address, const char *name,
		     const char *kind, const char *value)
{
	char path[256], target[256];

	snprintf(target, sizeof(target), "%s/%s", kind, value);
	tree_directory(tree, target);
	snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", address, name);
	snprintf(target, sizeof(target), "../../../../%s/%s", kind, value);
	tree_link(tree, path, target);
}

void tree_pci(const struct tree *tree, const struct tree_pci *function)
{
	static const char none[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	char empty[7 * sizeof(none)] = "";

	for (unsigned int i = 0; i < 7; i++)
		memcpy(empty + i * (sizeof(none) - 1), none, sizeof(none));
	attribute(tree, function->address, "vendor", function->vendor);
	attribute(tree, function->address, "device", function->device);
	attribute(tree, function->address, "class", function->class_code);
	attribute(tree, function->address, "revision", "0x02\n");
	attribute(tree, function->address, "irq", "0\n");
	attribute(tree, function->address, "subsystem_vendor", "0x1af4\n");
	attribute(tree, function->address, "subsystem_device", "0x1100\n");
	attribute(tree, function->address, "resource",
		  function->resource ? function->resource : empty);
	if (function->driver)
		relation(tree, function->address, "driver", "bus/pci/drivers", function->driver);
	if (function->group)
		relation(tree, function->address, "iommu_group", "kernel/iommu_groups",
			 function->group);
}
