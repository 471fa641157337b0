/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h - the memory of a space of the backend "vhost", as other processes map it.
 *
 * Each chunk of the window, and each file with registered memory, is a region: memory that is contiguous in the
 * process, in a file, and for the device. Regions do not touch each other for the device, so that no run of dma
 * addresses is of two regions: a back end may look each up in one.
 *
 * Threading: what changes regions has the space's lock, and the lock of the regions beside it, which is all that those
 * who look up need.
 */
#ifndef VHOST_MEMORY_H
#define VHOST_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "space/backend.h"
#include "vhost/spec.h"

struct vhost_link;

/* What a device has to say to share more than this: see VHOST_P_MEM_SLOTS. */
#define VHOST_REGIONS_MAX 512u

struct vhost_piece {
	struct vhost_region region;
	int fd;
	unsigned int users; /* MAPs within it, atomic; 0: its file has come, its MAP has not */
};

struct vhost_memory {
	struct backend backend;
	uint64_t window;
	uint64_t window_bytes;
	pthread_rwlock_t lock;
	struct vhost_piece *pieces[VHOST_REGIONS_MAX]; /* by their address for the device */
	unsigned int count;
	struct vhost_link *links[16]; /* attached devices */
	unsigned int link_count;
};

static inline unsigned int vhost_piece_users(const struct vhost_piece *piece)
{
	return __atomic_load_n(&piece->users, __ATOMIC_RELAXED);
}

static inline void vhost_piece_set_users(struct vhost_piece *piece, unsigned int users)
{
	__atomic_store_n(&piece->users, users, __ATOMIC_RELAXED);
}

/* The memory of a space, or NULL if its backend is another. */
struct vhost_memory *vhost_memory_of(struct padma_space *space);

/* Where the process has the memory at the dma address @guest, and in *bytes how far it goes on; NULL if there is none. Any
 * thread. */
void *vhost_memory_at(struct vhost_memory *memory, uint64_t guest, uint64_t *bytes);

/* regions.c: with the space's lock. */
struct vhost_piece *vhost_piece_at(const struct vhost_memory *memory, uint64_t va);
/* Take @piece in, whose address for the device is chosen, at most @limit (0: any), and aligned to its file's pages. 0, -ENOBUFS
 * (too many), -ENOSPC. */
int vhost_piece_insert(struct vhost_memory *memory, struct vhost_piece *piece, uint64_t limit);
void vhost_piece_remove(struct vhost_memory *memory, const struct vhost_piece *piece);

/*
 * share.c, with the space's lock: @piece gets its first user, and every attached process maps it; or, without users, every
 * process unmaps it. 0, or with the users and all as before -ENOBUFS (one of them takes no more), -EREMOTEIO (it refuses). A
 * process that is gone needs nothing.
 */
int vhost_share(struct vhost_memory *memory, struct vhost_piece *piece);
int vhost_unshare(struct vhost_memory *memory, struct vhost_piece *piece);
/* All of it with one more process. 0, and the same errors. */
int vhost_share_all(struct vhost_memory *memory, struct vhost_link *link);

#endif
