// SPDX-License-Identifier: BSD-3-Clause
/* The table of regions: by their addresses for the device, which are chosen here. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <string.h>
#include <sys/stat.h>

#include "vhost/memory.h"

/* Regions have the alignment of their pages, modulo at least this, and at least this distance from each other. */
#define ALIGN MIB(2)

static uint64_t piece_end(const struct vhost_piece *piece)
{
	return piece->region.guest + piece->region.bytes;
}

struct vhost_piece *vhost_piece_at(const struct vhost_memory *memory, uint64_t va)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct vhost_region *region = &memory->pieces[i]->region;

		if (va - region->user < region->bytes)
			return memory->pieces[i];
	}
	return NULL;
}

void *vhost_memory_at(struct vhost_memory *memory, uint64_t guest, uint64_t *bytes)
{
	void *at = NULL;

	pthread_rwlock_rdlock(&memory->lock);
	for (unsigned int i = 0; i < memory->count && !at; i++) {
		const struct vhost_region *region = &memory->pieces[i]->region;
		uint64_t within = guest - region->guest;

		if (vhost_piece_users(memory->pieces[i]) && within < region->bytes) {
			*bytes = region->bytes - within;
			at = (void *)(uintptr_t)(region->user + within);
		}
	}
	pthread_rwlock_unlock(&memory->lock);
	return at;
}

static uint64_t page_bytes_of(int fd)
{
	struct stat status;

	/* Of hugetlb files, the size of their pages. */
	if (fstat(fd, &status) || status.st_blksize <= 0 ||
	    !is_power_of_two((uint64_t)status.st_blksize))
		return ALIGN;
	return (uint64_t)status.st_blksize > ALIGN ? (uint64_t)status.st_blksize : ALIGN;
}

/* The lowest address from @from on that equals @va modulo @align. */
static uint64_t congruent(uint64_t from, uint64_t va, uint64_t align)
{
	uint64_t at = align_down(from, align) + va % align;

	return at < from ? at + align : at;
}

/* The first gap that is large enough: where, and before which piece. */
static unsigned int find_gap(const struct vhost_memory *memory, struct vhost_region *region,
			     uint64_t align)
{
	uint64_t from = ALIGN;
	unsigned int i;

	for (i = 0; i < memory->count; i++) {
		region->guest = congruent(from, region->user, align);
		if (region->guest + region->bytes + ALIGN <= memory->pieces[i]->region.guest)
			return i;
		from = piece_end(memory->pieces[i]) + ALIGN;
	}
	region->guest = congruent(from, region->user, align);
	return i;
}

int vhost_piece_insert(struct vhost_memory *memory, struct vhost_piece *piece, uint64_t limit)
{
	unsigned int at;

	if (memory->count == VHOST_REGIONS_MAX)
		return -ENOBUFS;
	at = find_gap(memory, &piece->region, page_bytes_of(piece->fd));
	if (limit && piece_end(piece) - 1 > limit)
		return -ENOSPC;
	pthread_rwlock_wrlock(&memory->lock);
	memmove(&memory->pieces[at + 1], &memory->pieces[at],
		(memory->count - at) * sizeof(memory->pieces[0]));
	memory->pieces[at] = piece;
	memory->count++;
	pthread_rwlock_unlock(&memory->lock);
	return 0;
}

void vhost_piece_remove(struct vhost_memory *memory, const struct vhost_piece *piece)
{
	unsigned int at = 0;

	while (memory->pieces[at] != piece)
		at++;
	pthread_rwlock_wrlock(&memory->lock);
	memory->count--;
	memmove(&memory->pieces[at], &memory->pieces[at + 1],
		(memory->count - at) * sizeof(memory->pieces[0]));
	pthread_rwlock_unlock(&memory->lock);
}
