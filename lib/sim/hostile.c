// SPDX-License-Identifier: BSD-3-Clause
/* Deciding which accesses are mutated, mutating them, and remembering it. */
#include "sim/hostile.h"

#include <endian.h>
#include <string.h>

/* One of the constants of SplitMix64 (Steele, Lea, Flood 2014): a stream of well mixed numbers by index. */
#define GOLDEN	     0x9e3779b97f4a7c15ull
#define READS_STREAM 0x5851f42d4c957f2dull
/* Random bytes that replace others. */
#define FIELD_BYTES  8u

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* The @draw-th number of access @number. */
static uint64_t draw(uint64_t seed, uint64_t number, unsigned int which)
{
	return mix(mix(seed + GOLDEN * number) + GOLDEN * (which + 1));
}

static enum padma_sim_mutation_kind pick(uint32_t kinds, uint64_t random)
{
	unsigned int n = (unsigned int)(random % (unsigned int)__builtin_popcount(kinds));

	while (n--)
		kinds &= kinds - 1;
	return (enum padma_sim_mutation_kind)__builtin_ctz(kinds);
}

/* Whether the next access of this sort is to be mutated. */
static bool strikes(const struct sim_hostile *hostile, const struct sim_hostile_sort *sort,
		    uint64_t seed)
{
	return sort->kinds && sort->count > hostile->after &&
	       draw(seed, sort->count, 0) % hostile->rate == 0;
}

/* The bytes that take the place of some of [0, bytes) of an access: where, how many, and which. */
static void mutate(enum padma_sim_mutation_kind kind, uint64_t where, uint64_t what,
		   const struct sim_hostile_sort *sort, const uint8_t *from, size_t bytes,
		   struct sim_hostile_write *write)
{
	size_t most = kind == PADMA_SIM_MUTATION_RANDOM ? FIELD_BYTES : SIM_HOSTILE_BYTES;

	write->keep_bytes = bytes;
	write->count = kind == PADMA_SIM_MUTATION_FLIP ? 1 : bytes < most ? bytes : most;
	write->offset = (size_t)(where % (bytes - write->count + 1));
	switch (kind) {
	case PADMA_SIM_MUTATION_FLIP:
		write->bytes[0] = from[write->offset] ^ (uint8_t)(1u << what % 8);
		break;
	case PADMA_SIM_MUTATION_RANDOM:
		memcpy(write->bytes, &what, write->count);
		break;
	case PADMA_SIM_MUTATION_ZEROS:
		memset(write->bytes, 0, write->count);
		break;
	case PADMA_SIM_MUTATION_ONES:
		memset(write->bytes, 0xff, write->count);
		break;
	case PADMA_SIM_MUTATION_STALE:
		memcpy(write->bytes, sort->last, write->count);
		break;
	case PADMA_SIM_MUTATION_DROP:
	case PADMA_SIM_MUTATION_TORN:
		write->keep_bytes = kind == PADMA_SIM_MUTATION_DROP ? 0 : (size_t)(what % bytes);
		write->offset = write->keep_bytes;
		write->count = 0;
		break;
	}
}

static void remember(struct sim_hostile *hostile, const struct padma_sim_mutation *about,
		     const uint8_t *from, const struct sim_hostile_write *write)
{
	struct padma_sim_mutation *entry =
		&hostile->history[hostile->mutations++ % SIM_HOSTILE_HISTORY];
	size_t lost = about->bytes - write->keep_bytes, count = write->count ? write->count : lost;
	size_t shown = count < sizeof(entry->before) ? count : sizeof(entry->before);

	*entry = *about;
	entry->first = write->offset;
	entry->count = count;
	memcpy(entry->before, from + write->offset, shown);
	if (write->count)
		memcpy(entry->after, write->bytes, shown);
}

static void keep_last(struct sim_hostile_sort *sort, const uint8_t *from, size_t bytes)
{
	memcpy(sort->last, from, bytes < sizeof(sort->last) ? bytes : sizeof(sort->last));
}

bool sim_hostile_write(struct sim_hostile *hostile, uint64_t pa, const void *from, size_t bytes,
		       struct sim_hostile_write *write)
{
	struct sim_hostile_sort *sort = &hostile->writes;
	struct padma_sim_mutation about = {.bar = -1, .at = pa, .bytes = bytes};
	bool struck;

	if (bytes == 0)
		return false;
	about.access = ++sort->count;
	struck = strikes(hostile, sort, hostile->seed);
	if (struck) {
		about.kind = pick(sort->kinds, draw(hostile->seed, sort->count, 1));
		mutate(about.kind, draw(hostile->seed, sort->count, 2),
		       draw(hostile->seed, sort->count, 3), sort, from, bytes, write);
		remember(hostile, &about, from, write);
	}
	keep_last(sort, from, bytes);
	return struck;
}

bool sim_hostile_store(struct sim_hostile *hostile, uint64_t pa, uint64_t *value,
		       unsigned int width)
{
	uint64_t word = htole64(*value);
	struct sim_hostile_write write;

	if (!sim_hostile_write(hostile, pa, &word, width, &write))
		return true;
	/* A word is stored at once: the part that is lost is the whole. */
	if (write.keep_bytes < width)
		return false;
	memcpy((uint8_t *)&word + write.offset, write.bytes, write.count);
	*value = le64toh(word);
	return true;
}

uint64_t sim_hostile_read(struct sim_hostile *hostile, unsigned int bar, uint64_t offset,
			  uint64_t value, unsigned int width)
{
	struct sim_hostile_sort *sort = &hostile->reads;
	struct padma_sim_mutation about = {.bar = (int)bar, .at = offset, .bytes = width};
	uint64_t seed = hostile->seed ^ READS_STREAM, word = htole64(value);
	struct sim_hostile_write write;

	about.access = ++sort->count;
	if (strikes(hostile, sort, seed)) {
		uint64_t model = word;

		about.kind = pick(sort->kinds, draw(seed, sort->count, 1));
		mutate(about.kind, draw(seed, sort->count, 2), draw(seed, sort->count, 3), sort,
		       (const uint8_t *)&model, width, &write);
		remember(hostile, &about, (const uint8_t *)&model, &write);
		memcpy((uint8_t *)&word + write.offset, write.bytes, write.count);
	}
	value = htole64(value);
	keep_last(sort, (const uint8_t *)&value, sizeof(value));
	return le64toh(word);
}

unsigned int sim_hostile_kept(const struct sim_hostile *hostile)
{
	return hostile->mutations < SIM_HOSTILE_HISTORY ? (unsigned int)hostile->mutations
							: SIM_HOSTILE_HISTORY;
}

const struct padma_sim_mutation *sim_hostile_latest(const struct sim_hostile *hostile,
						    unsigned int back)
{
	return &hostile->history[(hostile->mutations - back) % SIM_HOSTILE_HISTORY];
}
