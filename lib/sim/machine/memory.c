// SPDX-License-Identifier: BSD-3-Clause
/*
 * The simulated machine's physical memory: frames with an address, and the user memory behind each.
 *
 * Window memory is given frames of 2 MiB (or of its page size), other memory frames of 4 KiB from a
 * part of the address space of their own. A table by frame number leads from an address back to
 * memory. The table is as large as the address space is and mostly never touched.
 */
#define PADMA_PART "sim"
#include "base/base.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "sim/machine/memory.h"
#include "sim/machine/memory_private.h"
#include "sim/machine/word.h"

#define LOWEST_PA   MIB(16)
#define SMALL_SPACE GIB(256)

int sim_memory_open(struct sim_memory **memory, const struct padma_sim_params *params,
		    uint64_t frame_bytes, uint64_t large_bytes)
{
	struct sim_memory *m = calloc(1, sizeof(*m));
	uint64_t seed = params->seed ? params->seed : 1;
	uint64_t lowest = params->lowest_dma ? params->lowest_dma : LOWEST_PA;
	uint64_t small_pa;

	if (!m)
		return fail(-ENOMEM, "no memory for a simulated machine");
	lowest = align_up(lowest, frame_bytes);
	small_pa = lowest + large_bytes;
	m->small_count = SMALL_SPACE / SIM_SMALL_BYTES;
	m->large_count = large_bytes / frame_bytes;
	m->large = mmap(NULL, m->large_count * sizeof(*m->large), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	m->small = mmap(NULL, m->small_count * sizeof(*m->small), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	m->chains = mmap(NULL, SIM_CHAINS * sizeof(*m->chains), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_rwlock_init(&m->lock, NULL);
	if (m->large == MAP_FAILED || m->small == MAP_FAILED || m->chains == MAP_FAILED ||
	    sim_frames_open(&m->large_frames, lowest, frame_bytes, m->large_count, params->layout,
			    seed) ||
	    sim_frames_open(&m->small_frames, small_pa, SIM_SMALL_BYTES, m->small_count,
			    params->layout, seed ^ UINT32_MAX)) {
		sim_memory_close(m);
		return fail(-ENOMEM, "no address space for a simulated machine's memory");
	}
	*memory = m;
	return 0;
}

void sim_memory_close(struct sim_memory *m)
{
	if (!m)
		return;
	sim_frames_close(&m->large_frames);
	sim_frames_close(&m->small_frames);
	if (m->large != MAP_FAILED)
		munmap(m->large, m->large_count * sizeof(*m->large));
	if (m->small != MAP_FAILED)
		munmap(m->small, m->small_count * sizeof(*m->small));
	if (m->chains != MAP_FAILED)
		munmap(m->chains, SIM_CHAINS * sizeof(*m->chains));
	pthread_rwlock_destroy(&m->lock);
	free(m);
}

static struct sim_frame *frame_in(struct sim_frame *table, const struct sim_frames *frames,
				  uint64_t pa)
{
	uint64_t i = (pa - frames->first_pa) / frames->frame_bytes;

	return pa >= frames->first_pa && i < frames->count ? &table[i] : NULL;
}

struct sim_frame *sim_memory_frame(struct sim_memory *m, uint64_t pa, uint64_t *frame_bytes)
{
	struct sim_frame *frame = frame_in(m->large, &m->large_frames, pa);

	*frame_bytes = m->large_frames.frame_bytes;
	if (frame)
		return frame;
	*frame_bytes = SIM_SMALL_BYTES;
	return frame_in(m->small, &m->small_frames, pa);
}

static uint32_t *chain_of(const struct sim_memory *m, uint64_t va, uint64_t frame_bytes)
{
	/* Knuth's multiplicative hash: neighbours are not in neighbouring chains. */
	uint64_t hash = (va / frame_bytes) * 0x9e3779b97f4a7c15ull;

	return &m->chains[(hash >> 32) % SIM_CHAINS];
}

static struct sim_frame *frame_numbered(const struct sim_memory *m, uint32_t number)
{
	return number <= m->small_count ? &m->small[number - 1]
					: &m->large[number - 1 - m->small_count];
}

/* The link to the number of the frame behind @va, a frame's first byte; of one that is 0 if there is
 * none. */
static uint32_t *link_of(const struct sim_memory *m, uint64_t va, bool large)
{
	uint32_t *link = chain_of(m, va, large ? m->large_frames.frame_bytes : SIM_SMALL_BYTES);

	while (*link && (frame_numbered(m, *link)->va != (char *)(uintptr_t)va ||
			 (*link > m->small_count) != large))
		link = &frame_numbered(m, *link)->next;
	return link;
}

static uint64_t pa_of(const struct sim_memory *m, uint32_t number)
{
	if (number <= m->small_count)
		return m->small_frames.first_pa + (uint64_t)(number - 1) * SIM_SMALL_BYTES;
	return m->large_frames.first_pa +
	       (number - 1 - m->small_count) * m->large_frames.frame_bytes;
}

static uint32_t number_of(const struct sim_memory *m, uint64_t pa, bool large)
{
	if (!large)
		return (uint32_t)(1 + (pa - m->small_frames.first_pa) / SIM_SMALL_BYTES);
	return (uint32_t)(1 + m->small_count +
			  (pa - m->large_frames.first_pa) / m->large_frames.frame_bytes);
}

uint64_t sim_memory_take(struct sim_memory *m, char *va, bool large)
{
	uint64_t pa = sim_frames_take(large ? &m->large_frames : &m->small_frames);
	uint32_t *link = link_of(m, (uintptr_t)va, large);
	uint64_t frame_bytes;

	if (!pa)
		return 0;
	*sim_memory_frame(m, pa, &frame_bytes) = (struct sim_frame){.va = va, .users = 1};
	*link = number_of(m, pa, large);
	return pa;
}

void sim_memory_give(struct sim_memory *m, uint64_t pa)
{
	uint64_t frame_bytes;
	struct sim_frame *frame = sim_memory_frame(m, pa, &frame_bytes);
	bool large = frame_bytes != SIM_SMALL_BYTES;

	*link_of(m, (uintptr_t)frame->va, large) = frame->next;
	frame->va = NULL;
	sim_frames_give(large ? &m->large_frames : &m->small_frames, pa);
}

/* The number of the frame that holds @va, or 0. */
static uint32_t number_at(const struct sim_memory *m, uint64_t va)
{
	uint32_t number = *link_of(m, align_down(va, SIM_SMALL_BYTES), false);

	return number ? number : *link_of(m, align_down(va, m->large_frames.frame_bytes), true);
}

uint64_t sim_memory_share(struct sim_memory *m, uint64_t va)
{
	uint32_t number = number_at(m, va);
	struct sim_frame *frame = number ? frame_numbered(m, number) : NULL;

	if (!frame)
		return 0;
	frame->users++;
	return pa_of(m, number) + (va - (uintptr_t)frame->va);
}

bool sim_memory_has_frame(const struct sim_memory *m, uint64_t va, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += SIM_SMALL_BYTES) {
		if (number_at(m, va + at))
			return true;
	}
	return false;
}

/* Memory behind @pa and how far it goes on within its frame; NULL where nothing is mapped. */
PADMA_INLINE char *translate(struct sim_memory *m, uint64_t pa, size_t *bytes)
{
	uint64_t frame_bytes;
	struct sim_frame *frame = sim_memory_frame(m, pa, &frame_bytes);
	uint64_t within;

	if (!frame || !frame->va)
		return NULL;
	within = pa & (frame_bytes - 1);
	*bytes = frame_bytes - within;
	return frame->va + within;
}

/* First look at all of it, so that a transfer that faults moves nothing. Lock held. */
static int check(struct sim_memory *m, uint64_t pa, size_t bytes, uint64_t *fault_pa)
{
	size_t there;

	for (; bytes; pa += there, bytes -= there) {
		if (!translate(m, pa, &there)) {
			*fault_pa = pa;
			return -EFAULT;
		}
		if (there > bytes)
			there = bytes;
	}
	return 0;
}

/* Across frames. Lock held. */
static int read_pieces(struct sim_memory *m, uint64_t pa, char *to, size_t bytes,
		       uint64_t *fault_pa)
{
	size_t there = 0;
	int rc = check(m, pa, bytes, fault_pa);

	for (; rc == 0 && bytes; pa += there, to += there, bytes -= there) {
		const char *from = translate(m, pa, &there);

		if (there > bytes)
			there = bytes;
		memcpy(to, from, there);
	}
	return rc;
}

static int write_pieces(struct sim_memory *m, uint64_t pa, const char *from, size_t bytes,
			uint64_t *fault_pa)
{
	size_t there = 0;
	int rc = check(m, pa, bytes, fault_pa);

	for (; rc == 0 && bytes; pa += there, from += there, bytes -= there) {
		char *to = translate(m, pa, &there);

		if (there > bytes)
			there = bytes;
		memcpy(to, from, there);
	}
	return rc;
}

int sim_memory_read(struct sim_memory *m, uint64_t pa, void *to, size_t bytes, uint64_t *fault_pa)
{
	size_t there = 0;
	const char *from;
	int rc = 0;

	pthread_rwlock_rdlock(&m->lock);
	from = translate(m, pa, &there);
	if (PADMA_LIKELY(from && bytes <= there))
		memcpy(to, from, bytes);
	else
		rc = read_pieces(m, pa, to, bytes, fault_pa);
	pthread_rwlock_unlock(&m->lock);
	return rc;
}

int sim_memory_write(struct sim_memory *m, uint64_t pa, const void *from, size_t bytes,
		     uint64_t *fault_pa)
{
	size_t there = 0;
	char *to;
	int rc = 0;

	pthread_rwlock_rdlock(&m->lock);
	to = translate(m, pa, &there);
	if (PADMA_LIKELY(to && bytes <= there))
		memcpy(to, from, bytes);
	else
		rc = write_pieces(m, pa, from, bytes, fault_pa);
	pthread_rwlock_unlock(&m->lock);
	return rc;
}

int sim_memory_store(struct sim_memory *m, uint64_t pa, uint64_t value, unsigned int width,
		     uint64_t *fault_pa)
{
	size_t there;
	char *to;

	*fault_pa = pa;
	if (!sim_is_word(pa, width))
		return -EFAULT;
	pthread_rwlock_rdlock(&m->lock);
	to = translate(m, pa, &there);
	if (to)
		sim_store_word(to, value, width);
	pthread_rwlock_unlock(&m->lock);
	return to ? 0 : -EFAULT;
}

int sim_memory_load(struct sim_memory *m, uint64_t pa, uint64_t *value, unsigned int width,
		    uint64_t *fault_pa)
{
	size_t there;
	const char *from;

	*fault_pa = pa;
	if (!sim_is_word(pa, width))
		return -EFAULT;
	pthread_rwlock_rdlock(&m->lock);
	from = translate(m, pa, &there);
	if (from)
		*value = sim_load_word(from, width);
	pthread_rwlock_unlock(&m->lock);
	return from ? 0 : -EFAULT;
}

void sim_memory_flush(struct sim_memory *m, uint64_t pa, size_t bytes)
{
#if defined(__x86_64__)
	uint64_t end = pa + bytes;
	size_t there;

	pthread_rwlock_rdlock(&m->lock);
	for (pa = align_down(pa, 64); pa < end; pa += 64) {
		char *line = translate(m, pa, &there);

		if (line)
			_mm_clflush(line);
	}
	_mm_mfence();
	pthread_rwlock_unlock(&m->lock);
#else
	(void)m;
	(void)pa;
	(void)bytes;
#endif
}
