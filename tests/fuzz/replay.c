// SPDX-License-Identifier: BSD-3-Clause
/*
 * A main() for compilers without libFuzzer: feeds files to a target, each unchanged and then with a
 * few bytes changed, the same ones in every run.
 *
 *   TARGET [FILE | FOLDER]...
 */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>

#define VARIANTS   16u
#define MOST_BYTES (1u << 20)

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* In memory of exactly its size, so that a sanitizer detects a read past its end. */
static void run(const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	if (!copy)
		exit(1);
	memcpy(copy, data, bytes);
	(void)LLVMFuzzerTestOneInput(copy, bytes);
	free(copy);
}

static void run_variants(uint8_t *data, size_t bytes)
{
	uint64_t seed = bytes;

	run(data, bytes);
	for (unsigned int i = 0; bytes && i < VARIANTS; i++) {
		size_t at = next_random(&seed) % bytes;
		uint8_t was = data[at];

		data[at] = (uint8_t)next_random(&seed);
		run(data, i % 4 == 3 ? at : bytes);
		data[at] = was;
	}
}

/* Return: the number of inputs; an unreadable file ends the test. */
static unsigned int replay_file(const char *path)
{
	uint8_t *data = malloc(MOST_BYTES);
	FILE *file = fopen(path, "rb");
	size_t bytes;

	if (!file || !data) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	bytes = fread(data, 1, MOST_BYTES, file);
	fclose(file);
	run_variants(data, bytes);
	free(data);
	return 1;
}

static unsigned int replay(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	unsigned int count = 0;
	char file[PATH_MAX];

	if (!folder)
		return replay_file(path);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		count += replay_file(file);
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	unsigned int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%u inputs, each with %u variants\n", count, VARIANTS);
	/* A missing corpus would pass unnoticed. */
	return count == 0;
}
