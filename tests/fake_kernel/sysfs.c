// SPDX-License-Identifier: BSD-3-Clause
/* What sysfs says of the first device: a tree of files, written before the library looks at it. */
#include "test.h"

#include <unistd.h>

#include "device/vfio/find.h"
#include "parts.h"
#include "tool/tree.h"

#define FUNCTION "bus/pci/devices/" FAKE_BDF
#define GROUPS	 "kernel/iommu_groups/9"

static struct tree tree;
/* What the files say already. */
static struct knobs {
	bool written, behind_iommu, no_cdev, no_group;
	enum padma_reset_kind reset_kind;
} shown;

static void remove_tree(void)
{
	tree_remove(&tree);
}

void fake_sysfs_open(void)
{
	if (*tree.root)
		return;
	tree_make(&tree);
	vfio_sysfs = tree.root;
	atexit(remove_tree);
}

/* One of two names, or neither. */
static void choose(const char *folder, bool there, const char *name, const char *other,
		   const char *number)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/dev", folder, other);
	unlink(tree_path(&tree, path));
	snprintf(path, sizeof(path), "%s/%s", folder, other);
	rmdir(tree_path(&tree, path));
	snprintf(path, sizeof(path), "%s/%s/dev", folder, name);
	unlink(tree_path(&tree, path));
	if (there) {
		tree_file(&tree, path, number);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	rmdir(tree_path(&tree, path));
}

bool fake_sysfs_has(const char *path)
{
	return *tree.root && strncmp(path, tree.root, strlen(tree.root)) == 0;
}

static void write_files(void)
{
	static const char *const kinds[] = {"", "pm", "bus", "flr"};
	const bool noiommu = !fake.behind_iommu;

	tree_file(&tree, FUNCTION "/reset_method", kinds[fake.reset_kind]);
	tree_directory(&tree, FUNCTION "/vfio-dev");
	tree_directory(&tree, "class/vfio");
	choose(FUNCTION "/vfio-dev", !fake.no_cdev, noiommu ? "noiommu-vfio0" : "vfio0",
	       noiommu ? "vfio0" : "noiommu-vfio0", "242:1\n");
	choose("class/vfio", !fake.no_group, noiommu ? "noiommu-9" : "9",
	       noiommu ? "9" : "noiommu-9", "241:9\n");
	tree_file(&tree, GROUPS "/name", noiommu ? "vfio-noiommu\n" : "blocked\n");
	unlink(tree_path(&tree, FUNCTION "/iommu_group"));
	unlink(tree_path(&tree, FUNCTION "/driver"));
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../" GROUPS);
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
}

void fake_sysfs_write(void)
{
	const struct knobs now = {true, fake.behind_iommu, fake.no_cdev, fake.no_group,
				  fake.reset_kind};

	if (now.written == shown.written && now.behind_iommu == shown.behind_iommu &&
	    now.no_cdev == shown.no_cdev && now.no_group == shown.no_group &&
	    now.reset_kind == shown.reset_kind)
		return;
	shown = now;
	write_files();
}
