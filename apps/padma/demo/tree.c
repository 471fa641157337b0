// SPDX-License-Identifier: BSD-3-Clause
/* See tree.h. */
#include "demo/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/command.h"
#include "common/interrupt.h"
#include "common/random.h"

#define DEEPEST	  12
#define LARGEST	  (6u << 20)
#define BLOCK	  65536u
#define HOLE_STEP (256u << 10)

struct maker {
	struct tree *tree;
	uint64_t random;
	uint64_t wanted;
	unsigned int names;
};

static int system_error(const char *path)
{
	return complain("%s: %s", path, strerror(errno));
}

static void fill(unsigned char *block, size_t bytes, uint64_t *random)
{
	for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
		uint64_t word = next_random(random);

		memcpy(block + i, &word, bytes - i < sizeof(word) ? bytes - i : sizeof(word));
	}
}

static int write_all(int fd, const unsigned char *data, size_t bytes, off_t at)
{
	while (bytes) {
		ssize_t n = pwrite(fd, data, bytes, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* A sparse file has data in every fourth piece only. */
static int write_file(int fd, uint64_t bytes, bool sparse, uint64_t *random)
{
	unsigned char block[BLOCK];

	for (uint64_t at = 0; at < bytes; at += BLOCK) {
		size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;

		if (sparse && at / HOLE_STEP % 4)
			continue;
		fill(block, n, random);
		if (write_all(fd, block, n, (off_t)at))
			return -1;
	}
	return ftruncate(fd, (off_t)bytes);
}

/* Mostly small files, some large, some empty. */
static uint64_t pick_size(struct maker *m)
{
	uint64_t kind = next_random(&m->random) % 16;

	if (kind == 0)
		return 0;
	if (kind < 9)
		return 1 + next_random(&m->random) % 8192;
	if (kind < 13)
		return 1 + next_random(&m->random) % (512u << 10);
	return 1 + next_random(&m->random) % LARGEST;
}

static int make_file(struct maker *m, const char *path)
{
	uint64_t bytes = pick_size(m);
	bool sparse = bytes > HOLE_STEP && next_random(&m->random) % 4 == 0;
	int fd, rc;

	if (bytes > m->wanted - m->tree->bytes)
		bytes = m->wanted - m->tree->bytes;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  next_random(&m->random) % 2 ? 0644 : 0600);
	if (fd < 0)
		return system_error(path);
	rc = write_file(fd, bytes, sparse, &m->random);
	if (close(fd) || rc)
		return system_error(path);
	m->tree->bytes += bytes;
	m->tree->files++;
	return 0;
}

static int make_link(struct maker *m, const char *path)
{
	char target[64];

	snprintf(target, sizeof(target), "../nowhere/%llx",
		 (unsigned long long)next_random(&m->random));
	if (symlink(target, path))
		return system_error(path);
	m->tree->links++;
	return 0;
}

/* Make directories down to @depth, so that the deepest path exists for every seed. */
static int make_directory(struct maker *m, const char *path, unsigned int depth);

static int make_entry(struct maker *m, const char *parent, unsigned int depth, bool directory)
{
	char path[PATH_MAX];

	if (interrupted())
		return EXIT_FAILURE;
	if (snprintf(path, sizeof(path), "%s/%c%u-%llx", parent, directory ? 'd' : 'f', m->names++,
		     (unsigned long long)(next_random(&m->random) & 0xffffff)) >= (int)sizeof(path))
		return complain("%s: the path is too long; give a shorter --dir", parent);
	if (directory)
		return make_directory(m, path, depth);
	return next_random(&m->random) % 24 == 0 ? make_link(m, path) : make_file(m, path);
}

static int make_directory(struct maker *m, const char *path, unsigned int depth)
{
	unsigned int files = 1 + (unsigned int)(next_random(&m->random) % 6);
	int code = 0;

	if (mkdir(path, 0755))
		return system_error(path);
	m->tree->directories++;
	if (depth > m->tree->depth)
		m->tree->depth = depth;
	for (unsigned int i = 0; i < files && code == 0; i++)
		code = make_entry(m, path, depth, false);
	if (code == 0 && depth < DEEPEST && m->tree->bytes < m->wanted)
		code = make_entry(m, path, depth + 1, true);
	return code;
}

int tree_make(const char *root, uint64_t seed, uint64_t bytes, struct tree *tree)
{
	struct maker m = {.tree = tree, .random = seed, .wanted = bytes};
	int code;

	*tree = (struct tree){0};
	if (mkdir(root, 0755))
		return system_error(root);
	code = 0;
	while (code == 0 && tree->bytes < bytes)
		code = make_entry(&m, root, 1, true);
	return code;
}

static int read_block(int fd, unsigned char *block, off_t at)
{
	ssize_t n;

	do
		n = pread(fd, block, BLOCK, at);
	while (n < 0 && errno == EINTR);
	return (int)n;
}

static int compare_open_files(int a, int b, const char *path)
{
	unsigned char x[BLOCK], y[BLOCK];

	for (off_t at = 0;; at += BLOCK) {
		int n = read_block(a, x, at), m = read_block(b, y, at);

		if (n < 0 || m < 0)
			return system_error(path);
		if (n != m || memcmp(x, y, (size_t)n) != 0)
			return complain("%s differs from what was written, between bytes %lld and "
					"%lld",
					path, (long long)at, (long long)at + BLOCK);
		if (n == 0)
			return 0;
	}
}

static int compare_files(const char *path, const char *copy)
{
	int a = open(path, O_RDONLY | O_CLOEXEC);
	int b = open(copy, O_RDONLY | O_CLOEXEC);
	int code;

	if (a < 0)
		code = system_error(path);
	else if (b < 0)
		code = system_error(copy);
	else
		code = compare_open_files(a, b, copy);
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	return code;
}

static int compare_links(const char *path, const char *copy)
{
	char a[PATH_MAX], b[PATH_MAX];
	ssize_t n = readlink(path, a, sizeof(a)), m = readlink(copy, b, sizeof(b));

	if (n < 0 || m < 0)
		return system_error(n < 0 ? path : copy);
	if (n != m || memcmp(a, b, (size_t)n) != 0)
		return complain("%s has another link target than what was written", copy);
	return 0;
}

static int compare_entry(const FTSENT *entry, const char *copy)
{
	const struct stat *a = entry->fts_statp;
	struct stat b;

	if (lstat(copy, &b))
		return system_error(copy);
	/* Not the set-group-ID bit: a new directory inherits it from its parent. */
	if ((a->st_mode ^ b.st_mode) & (S_IFMT | 0777) && !S_ISLNK(a->st_mode))
		return complain("%s has mode 0%o, not 0%o", copy, b.st_mode, a->st_mode);
	if (S_ISLNK(a->st_mode))
		return compare_links(entry->fts_accpath, copy);
	if (!S_ISREG(a->st_mode))
		return 0;
	if (a->st_size != b.st_size)
		return complain("%s has %lld bytes, not %lld", copy, (long long)b.st_size,
				(long long)a->st_size);
	return compare_files(entry->fts_accpath, copy);
}

static bool counts(const FTSENT *entry)
{
	return entry->fts_info != FTS_DP &&
	       !(entry->fts_level == 1 && strcmp(entry->fts_name, "lost+found") == 0);
}

static FTS *open_walk(const char *root)
{
	char *roots[] = {(char *)(uintptr_t)root, NULL};

	return fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

/* The number of entries of a tree, or -1. */
static long count_entries(const char *root)
{
	FTS *walk = open_walk(root);
	FTSENT *entry;
	long count = 0;

	if (!walk)
		return -1;
	while ((entry = fts_read(walk)))
		count += counts(entry);
	fts_close(walk);
	return count;
}

int tree_compare(const char *root, const char *copy)
{
	FTS *walk = open_walk(root);
	char path[PATH_MAX];
	FTSENT *entry;
	long count = 0;
	int code = 0;

	if (!walk)
		return system_error(root);
	while (code == 0 && (entry = fts_read(walk))) {
		if (!counts(entry))
			continue;
		if (interrupted())
			code = EXIT_FAILURE;
		count++;
		snprintf(path, sizeof(path), "%s%s", copy, entry->fts_path + strlen(root));
		/* The root itself was created by the extraction. */
		if (code == 0 && entry->fts_level > 0)
			code = compare_entry(entry, path);
	}
	fts_close(walk);
	if (code == 0 && count_entries(copy) != count)
		code = complain("%s holds %ld entries, not the %ld that were written", copy,
				count_entries(copy), count);
	return code;
}

void tree_remove(const char *root)
{
	FTS *walk = open_walk(root);
	FTSENT *entry;

	if (!walk)
		return;
	while ((entry = fts_read(walk))) {
		if (entry->fts_info == FTS_D)
			continue;
		if (entry->fts_info == FTS_DP)
			(void)rmdir(entry->fts_accpath);
		else
			(void)unlink(entry->fts_accpath);
	}
	fts_close(walk);
}
