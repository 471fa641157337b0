// SPDX-License-Identifier: BSD-3-Clause
/*
 * See pin_fault.h. The rules are those of check_vma_flags() in Linux's mm/gup.c, with FOLL_WRITE and
 * FOLL_LONGTERM; the facts are those of /proc/self/smaps (proc_pid_smaps(5)).
 */
#include "memory/pin_fault.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#define FLAGS_BYTES 160
#define TMPFS	    0x01021994 /* linux/magic.h */
#define RAMFS	    0x858458f6
#define HUGETLBFS   0x958458f6

typedef unsigned long long ull;

/* One mapping of the process. */
struct mapping {
	uint64_t start;
	uint64_t end;
	char access[5]; /* "rw-s" */
	char device[16];
	char file[PATH_MAX];
	char flags[FLAGS_BYTES]; /* of its line VmFlags, each with a blank before and behind */
};

/* "55d0a0000-55d0a1000 rw-p 00000000 08:01 1234   /path" */
static bool starts_mapping(const char *line, struct mapping *mapping)
{
	struct mapping m = {0};
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %15s %*u %n", &m.start, &m.end, m.access,
		   m.device, &path) != 4)
		return false;
	if (path)
		snprintf(m.file, sizeof(m.file), "%.*s", (int)strcspn(line + path, "\n"),
			 line + path);
	*mapping = m;
	return true;
}

/* The next mapping with all its facts: its last line is that of its flags. */
static bool next_mapping(FILE *smaps, struct mapping *mapping)
{
	char line[PATH_MAX + 128];

	mapping->end = 0;
	while (fgets(line, sizeof(line), smaps)) {
		if (strncmp(line, "VmFlags:", 8) == 0) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(mapping->flags, sizeof(mapping->flags), "%.*s ", FLAGS_BYTES - 2,
				 line + 8);
			return mapping->end;
		}
		(void)starts_mapping(line, mapping);
	}
	return false;
}

static bool has(const struct mapping *mapping, const char *flag)
{
	return strstr(mapping->flags, flag);
}

/* The type of the file system on a device "08:01", by mountinfo; "" if it is not mounted here. */
static void type_of(const char *root, const char *device, char type[32])
{
	char path[PATH_MAX], line[PATH_MAX], major_minor[16];
	unsigned int major, minor;
	FILE *file;

	type[0] = '\0';
	if (sscanf(device, "%x:%x", &major, &minor) != 2)
		return;
	snprintf(major_minor, sizeof(major_minor), " %u:%u ", major & 0xfff, minor & 0xfffff);
	snprintf(path, sizeof(path), "%.4000s/proc/self/mountinfo", root);
	file = fopen(path, "re");
	while (file && !*type && fgets(line, sizeof(line), file)) {
		const char *dash = strstr(line, " - ");

		if (dash && strstr(line, major_minor))
			(void)sscanf(dash, " - %31s", type);
	}
	if (file)
		fclose(file);
}

/* File systems without a disk keep their pages: nothing is written back. */
static bool is_memory(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "devtmpfs") == 0 ||
	       strcmp(type, "ramfs") == 0 || strcmp(type, "hugetlbfs") == 0;
}

/* A shared file mapping whose pages are written back (writable_file_mapping_allowed()). */
static bool is_on_disk(const char *root, const struct mapping *mapping, char type[32])
{
	struct statfs fs;

	if (mapping->access[3] != 's' || mapping->file[0] != '/')
		return false;
	type_of(root, mapping->device, type);
	if (*type)
		return !is_memory(type);
	/* Not by its device: btrfs has one for each subvolume. */
	snprintf(type, 32, "a disk");
	return statfs(mapping->file, &fs) == 0 && fs.f_type != TMPFS && fs.f_type != RAMFS &&
	       (unsigned long)fs.f_type != HUGETLBFS;
}

static bool is_secret(const struct mapping *mapping)
{
	return strncmp(mapping->file, "/secretmem", 10) == 0;
}

static bool explains(const char *root, const struct mapping *m, uint64_t va,
		     struct sentence *sentence)
{
	char type[32];

	if (m->access[1] != 'w')
		sentence_add(sentence, "0x%llx is mapped without write permission (%s %.128s)",
			     (ull)va, m->access, m->file);
	else if (has(m, " pf ") || has(m, " io "))
		sentence_add(sentence,
			     "0x%llx is a device's registers or memory (%.128s), not the machine's "
			     "memory: no IOAS takes it by its virtual address",
			     (ull)va, m->file);
	else if (is_secret(m))
		sentence_add(sentence, "0x%llx is memory of memfd_secret(), hidden from devices",
			     (ull)va);
	else if (is_on_disk(root, m, type))
		sentence_add(sentence,
			     "0x%llx is a shared mapping of %.128s on %s, whose pages are written "
			     "back to the disk and are not pinned: map it with MAP_PRIVATE, or use "
			     "a file on tmpfs or hugetlbfs, or a memfd",
			     (ull)va, m->file, type);
	else if (has(m, " ht "))
		sentence_add(sentence,
			     "0x%llx is a mapping of hugepages that are not there: write to it "
			     "first, or map it with MAP_POPULATE",
			     (ull)va);
	else if (m->file[0] == '/')
		sentence_add(sentence,
			     "0x%llx is a mapping of %.128s; does the file end before that?",
			     (ull)va, m->file);
	else
		return false;
	return true;
}

/* Only what the kind of a mapping forbids, not the state of its pages. */
static bool forbids(const char *root, const struct mapping *m)
{
	char type[32];

	return m->access[1] != 'w' || has(m, " pf ") || has(m, " io ") || is_secret(m) ||
	       is_on_disk(root, m, type);
}

/* The position of the walk. */
struct walk {
	const char *root;
	FILE *smaps;
	struct mapping mapping; /* the one at or above the last address looked at */
	bool more;		/* there is one */
	struct mapping
		suspect; /* the first whose pages may be missing, from where it is of interest */
};

/* The first in [va, end) that cannot be pinned, whatever the state of its pages. */
static bool walk_range(struct walk *w, uint64_t va, uint64_t end, struct sentence *sentence)
{
	while (va < end) {
		const struct mapping *m = &w->mapping;

		while (w->more && m->end <= va)
			w->more = next_mapping(w->smaps, &w->mapping);
		if (!w->more || m->start > va) {
			sentence_add(sentence, "nothing is mapped at 0x%llx", (ull)va);
			return true;
		}
		if (forbids(w->root, m))
			return explains(w->root, m, va, sentence);
		if (!w->suspect.end && (has(m, " ht ") || m->file[0] == '/')) {
			w->suspect = *m;
			w->suspect.start = va;
		}
		va = m->end;
	}
	return false;
}

bool mapping_explains_some(const char *root, mapping_next next, void *ctx,
			   struct sentence *sentence)
{
	struct walk w = {.root = root};
	uint64_t va, bytes;
	char path[PATH_MAX];
	bool found = false;

	snprintf(path, sizeof(path), "%.4000s/proc/self/smaps", root);
	w.smaps = fopen(path, "re");
	if (!w.smaps)
		return false;
	w.more = next_mapping(w.smaps, &w.mapping);
	while (!found && next(ctx, &va, &bytes))
		found = walk_range(&w, va, va + bytes, sentence);
	fclose(w.smaps);
	if (!found && w.suspect.end)
		found = explains(root, &w.suspect, w.suspect.start, sentence);
	return found;
}

struct one_range {
	uint64_t va;
	uint64_t bytes;
};

static bool next_of_one(void *ctx, uint64_t *va, uint64_t *bytes)
{
	struct one_range *range = ctx;

	*va = range->va;
	*bytes = range->bytes;
	range->bytes = 0;
	return *bytes;
}

bool mapping_explains(const char *root, uint64_t va, uint64_t bytes, struct sentence *sentence)
{
	struct one_range range = {va, bytes};

	return mapping_explains_some(root, next_of_one, &range, sentence);
}
