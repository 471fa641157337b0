// SPDX-License-Identifier: BSD-3-Clause
/* See cgroup.h. */
#include "base/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sysfs.h"

/* Where a controller's groups are: the mount, and this process's group below it. */
struct place {
	char mount[PATH_MAX];
	char group[PATH_MAX];
	bool version_2;
};

/* Names of a limit and of what counts against it, below a group. */
struct pair {
	char limit[64];
	char used[64];
};

static FILE *open_proc(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/proc/self/%s", root, name);
	return fopen(path, "re");
}

/* Whether @word is one of a list that is separated by commas. */
static bool lists(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length) {
		bool starts = at == list || at[-1] == ',';

		if (starts && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

/*
 * Of /proc/self/cgroup, "0::/group" (version 2) or "4:cpu,hugetlb:/group" (version 1; where a
 * controller is there, it is in no group of version 2).
 */
static bool find_group(const char *root, const char *controller, struct place *place)
{
	FILE *file = open_proc(root, "cgroup");
	bool found = false;
	char line[PATH_MAX];

	while (file && fgets(line, sizeof(line), file)) {
		char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
		bool version_1;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		version_1 = lists(names + 1, controller);
		if (!version_1 && (names[1] || found))
			continue;
		snprintf(place->group, sizeof(place->group), "%s", path);
		place->version_2 = !version_1;
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}

/* A line of mountinfo (proc_pid_mountinfo(5)): its root, its place, and whether it is the one. */
static bool is_mount_of(char *line, const char *controller, bool version_2, char **top, char **at)
{
	char *dash = strstr(line, " - "), *save, *type, *options = NULL;

	if (!dash)
		return false;
	*dash = '\0';
	type = strtok_r(dash + 3, " \n", &save);
	(void)strtok_r(NULL, " \n", &save); /* its source */
	options = strtok_r(NULL, " \n", &save);
	if (!type || strcmp(type, version_2 ? "cgroup2" : "cgroup") != 0)
		return false;
	if (!version_2 && !(options && lists(options, controller)))
		return false;
	(void)strtok_r(line, " ", &save); /* identifier, parent, device */
	(void)strtok_r(NULL, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	*top = strtok_r(NULL, " ", &save);
	*at = strtok_r(NULL, " ", &save);
	return *top && *at;
}

/* A mount may show only a part of the tree, from the group @top on. */
static void cut_top(char *group, const char *top)
{
	size_t length = strlen(top);

	if (length > 1 && strncmp(group, top, length) == 0 &&
	    (group[length] == '/' || group[length] == '\0'))
		memmove(group, group + length, strlen(group + length) + 1);
}

static bool find_mount(const char *root, const char *controller, struct place *place)
{
	FILE *file = open_proc(root, "mountinfo");
	bool found = false;
	char line[PATH_MAX];
	char *top, *at;

	while (file && !found && fgets(line, sizeof(line), file)) {
		found = is_mount_of(line, controller, place->version_2, &top, &at);
		if (!found)
			continue;
		snprintf(place->mount, sizeof(place->mount), "%.2000s%.2000s", root, at);
		cut_top(place->group, top);
	}
	if (file)
		fclose(file);
	return found;
}

/* A number of bytes, or none: "max" in version 2. */
static bool read_bytes(const char *path, uint64_t *bytes)
{
	char line[64], *end;

	*bytes = strtoull(sysfs_line(path, line, sizeof(line)), &end, 10);
	return end != line;
}

static void look_at(const char *mount, const char *group, const struct pair *pair,
		    struct cgroup_room *tightest)
{
	struct cgroup_room room;
	char used[PATH_MAX];

	snprintf(room.file, sizeof(room.file), "%.2000s%.2000s/%s", mount, group, pair->limit);
	snprintf(used, sizeof(used), "%.2000s%.2000s/%s", mount, group, pair->used);
	if (!read_bytes(room.file, &room.limit) || !read_bytes(used, &room.used))
		return;
	if (!*tightest->file || cgroup_left(&room) < cgroup_left(tightest))
		*tightest = room;
}

/* From the process's own group up. */
static bool find_tightest(struct place *place, const struct pair *pairs, size_t n,
			  struct cgroup_room *room)
{
	char *slash;

	room->file[0] = '\0';
	do {
		slash = strrchr(place->group, '/');
		if (slash && !slash[1])
			*slash = '\0';
		for (size_t i = 0; i < n; i++)
			look_at(place->mount, place->group, &pairs[i], room);
		slash = strrchr(place->group, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return *room->file;
}

static bool find_place(const char *root, const char *controller, struct place *place)
{
	return find_group(root, controller, place) && find_mount(root, controller, place);
}

/* As the kernel writes sizes in the names (mem_fmt() in mm/hugetlb_cgroup.c). */
static void size_name(size_t page_bytes, char name[16])
{
	if (page_bytes >= 1u << 30)
		snprintf(name, 16, "%zuGB", page_bytes >> 30);
	else if (page_bytes >= 1u << 20)
		snprintf(name, 16, "%zuMB", page_bytes >> 20);
	else
		snprintf(name, 16, "%zuKB", page_bytes >> 10);
}

bool cgroup_hugetlb(const char *root, size_t page_bytes, struct cgroup_room *room)
{
	static const char *const formats[2][4] = {
		{"limit_in_bytes", "usage_in_bytes", "rsvd.limit_in_bytes", "rsvd.usage_in_bytes"},
		{"max", "current", "rsvd.max", "rsvd.current"},
	};
	struct pair pairs[2];
	struct place place;
	char size[16];

	if (!find_place(root, "hugetlb", &place))
		return false;
	size_name(page_bytes, size);
	for (size_t i = 0; i < 2; i++) {
		const char *const *names = &formats[place.version_2][2 * i];

		snprintf(pairs[i].limit, sizeof(pairs[i].limit), "hugetlb.%s.%s", size, names[0]);
		snprintf(pairs[i].used, sizeof(pairs[i].used), "hugetlb.%s.%s", size, names[1]);
	}
	return find_tightest(&place, pairs, 2, room);
}

bool cgroup_memory(const char *root, struct cgroup_room *room)
{
	static const struct pair version_1 = {"memory.limit_in_bytes", "memory.usage_in_bytes"};
	static const struct pair version_2 = {"memory.max", "memory.current"};
	struct place place;

	if (!find_place(root, "memory", &place))
		return false;
	return find_tightest(&place, place.version_2 ? &version_2 : &version_1, 1, room);
}
