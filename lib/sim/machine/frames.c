// SPDX-License-Identifier: BSD-3-Clause
/* See frames.h. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <sys/mman.h>

#include "sim/machine/frames.h"

/* A scattered layout's runs have 1 to 6 frames: what 16 MiB of hugepages were seen to give on
 * Linux 7.3. */
#define LONGEST_CLUSTER 6
/* One cluster in so many is low: in the first 1/2, 1/4 ... 1/2^16 of the frames. A machine with hundreds of
 * GiB has some free memory that a device of few address lines reaches, too. */
#define LOW_CLUSTERS	4
#define LOW_SHIFT_MAX	16

/* splitmix64 (Steele, Lea, Flood 2014): small, and the same layout for the same seed everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static size_t bitmap_bytes(const struct sim_frames *frames)
{
	return (frames->count + 63) / 64 * sizeof(uint64_t);
}

int sim_frames_open(struct sim_frames *frames, uint64_t first_pa, uint64_t frame_bytes,
		    uint64_t count, enum padma_sim_layout layout, uint64_t seed)
{
	*frames = (struct sim_frames){
		.first_pa = first_pa,
		.frame_bytes = frame_bytes,
		.count = count,
		.layout = layout,
		.random = seed,
		.cursor = layout == PADMA_SIM_REVERSED ? count - 1 : 0,
	};
	frames->used = mmap(NULL, bitmap_bytes(frames), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (frames->used == MAP_FAILED) {
		frames->used = NULL;
		return fail(-ENOMEM, "no memory for the simulated machine's frames");
	}
	return 0;
}

void sim_frames_close(struct sim_frames *frames)
{
	if (frames->used)
		munmap(frames->used, bitmap_bytes(frames));
	frames->used = NULL;
}

static bool is_used(const struct sim_frames *frames, uint64_t i)
{
	return frames->used[i / 64] >> (i % 64) & 1;
}

static uint64_t cluster_start(struct sim_frames *frames)
{
	uint64_t random = next_random(&frames->random), range = frames->count;

	if (random >> 32 & (LOW_CLUSTERS - 1))
		return random % range;
	range >>= 1 + (random >> 40) % LOW_SHIFT_MAX;
	return range ? random % range : 0;
}

/* Where this layout prefers the next frame. */
static uint64_t wanted(struct sim_frames *frames)
{
	switch (frames->layout) {
	case PADMA_SIM_RANDOM:
		return next_random(&frames->random) % frames->count;
	case PADMA_SIM_SCATTERED:
		if (frames->cluster == 0) {
			frames->cluster = 1 + next_random(&frames->random) % LONGEST_CLUSTER;
			frames->cursor = cluster_start(frames);
		}
		frames->cluster--;
		break;
	case PADMA_SIM_ORDERED:
	case PADMA_SIM_REVERSED:
		break;
	}
	return frames->cursor;
}

uint64_t sim_frames_take(struct sim_frames *frames)
{
	uint64_t step = frames->layout == PADMA_SIM_REVERSED ? frames->count - 1 : 1;
	uint64_t i;

	if (frames->in_use == frames->count)
		return 0;
	i = wanted(frames);
	while (is_used(frames, i)) {
		i = (i + step) % frames->count;
		frames->cluster = 0;
	}
	frames->used[i / 64] |= 1ull << (i % 64);
	frames->in_use++;
	frames->cursor = (i + step) % frames->count;
	return frames->first_pa + i * frames->frame_bytes;
}

void sim_frames_give(struct sim_frames *frames, uint64_t pa)
{
	uint64_t i = (pa - frames->first_pa) / frames->frame_bytes;

	frames->used[i / 64] &= ~(1ull << (i % 64));
	frames->in_use--;
}
