// SPDX-License-Identifier: BSD-3-Clause
/* See pin_shortage.h. */
#include "memory/pin_shortage.h"

#include <linux/capability.h>

#include "base/procfs.h"
#include "base/shortage.h"

typedef unsigned long long ull;

/*
 * Without CAP_IPC_LOCK all that is pinned counts, hugepages too (iopt_pages in Linux's
 * drivers/iommu/iommufd/pages.c; mlock(2)). Return: the room that is left, at most.
 */
static uint64_t look_at_limit(const char *root, uint64_t bytes, uint64_t pinned,
			      struct sentence *sentence)
{
	uint64_t limit = procfs_limit(root, "Max locked memory");
	uint64_t left;

	if (limit == PROCFS_UNLIMITED ||
	    (procfs_may(root, CAP_IPC_LOCK) && procfs_initial_namespace(root)))
		return PROCFS_UNLIMITED;
	left = limit > pinned ? limit - pinned : 0;
	if (bytes > left)
		sentence_add(sentence,
			     "%llu KiB may be locked and %llu KiB are: raise the limit (ulimit -l) "
			     "or give CAP_IPC_LOCK",
			     (ull)limit >> 10, (ull)pinned >> 10);
	return left;
}

/*
 * Pages in ZONE_MOVABLE are moved out of it before they are pinned (migrate_longterm_unpinnable_folios()
 * in mm/gup.c): that needs room elsewhere.
 */
static void look_at_movable(const char *root, uint64_t bytes, struct sentence *sentence)
{
	uint64_t movable, elsewhere;

	procfs_movable(root, &movable, &elsewhere);
	if (movable && elsewhere < bytes)
		sentence_add(sentence,
			     "%llu MiB of the machine's memory are in ZONE_MOVABLE, where nothing "
			     "is pinned, and only %llu KiB are free elsewhere: boot with a smaller "
			     "movablecore= or a larger kernelcore=, or put hotplugged memory "
			     "online_kernel",
			     (ull)movable >> 20, (ull)elsewhere >> 10);
}

/* The likely reason if none was measured: without a remedy. */
static void say_unexplained(const char *root, struct sentence *sentence)
{
	uint64_t movable, elsewhere;

	procfs_movable(root, &movable, &elsewhere);
	if (movable)
		sentence_add(sentence,
			     "the kernel has no memory for that, maybe for want of pieces that are "
			     "large enough outside ZONE_MOVABLE (%llu KiB are free there)",
			     (ull)elsewhere >> 10);
	else
		sentence_add(sentence, "the kernel has no memory for that, and none of the limits "
				       "that were looked at stands in the way; its log may say "
				       "more");
}

void pin_shortage(const char *root, uint64_t bytes, uint64_t pinned, bool by_user,
		  struct sentence *sentence)
{
	uint64_t locked = procfs_number(root, "/proc/self/status", "VmLck:", 0) << 10;
	struct sentence found = {""};
	uint64_t left = look_at_limit(root, bytes, by_user ? pinned : locked, &found);

	look_at_movable(root, bytes, &found);
	shortage_of_memory(root, bytes, &found);
	if (!*found.text && by_user && left != PROCFS_UNLIMITED)
		sentence_add(&found,
			     "more may be pinned than the limit on locked memory allows to all "
			     "processes of the user together (ulimit -l): raise it or give "
			     "CAP_IPC_LOCK");
	if (!*found.text)
		say_unexplained(root, &found);
	sentence_add(sentence, "%s", found.text);
}
