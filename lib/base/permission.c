// SPDX-License-Identifier: BSD-3-Clause
/* See permission.h. */
#include "base/permission.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/sysfs.h"

/* The mode in force is the one in brackets: "none [integrity] confidentiality". */
static bool locked_down(const char *root)
{
	char path[PATH_MAX], line[64];

	snprintf(path, sizeof(path), "%.4000s/sys/kernel/security/lockdown", root);
	sysfs_line(path, line, sizeof(line));
	return *line && !strstr(line, "[none]");
}

const char *permission_advice(const char *root, unsigned int capability, const char *name)
{
	static _Thread_local char text[192];

	if (!procfs_may(root, capability))
		snprintf(text, sizeof(text), "%s is needed, and this process does not hold it",
			 name);
	else if (!procfs_initial_namespace(root))
		snprintf(text, sizeof(text),
			 "%s is needed in the initial user namespace, and this process is in "
			 "another, as in a container",
			 name);
	else if (locked_down(root))
		snprintf(text, sizeof(text),
			 "this process holds %s, but the kernel is locked down "
			 "(/sys/kernel/security/lockdown)",
			 name);
	else
		snprintf(text, sizeof(text),
			 "this process holds %s: a security module, a seccomp filter or a "
			 "container's rules for devices refuse it",
			 name);
	return text;
}

const char *permission_to_open(int error)
{
	if (geteuid() != 0)
		return "permission denied; run as root, or let the user read and write it";
	if (error == -EPERM)
		return "not permitted, although the user is root: a container needs the device "
		       "among those it may use";
	return "permission denied, although the user is root: a user namespace or a security "
	       "module refuses it";
}
