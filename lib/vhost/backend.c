// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend "vhost": memory that other processes map, which serve the devices.
 *
 * All memory is of files without a name (memfd), whose descriptors go to those processes. The dma addresses are those
 * that padma gives the regions in the memory table. No privileges, no kernel interface but memfd and sockets; nothing
 * needs to be pinned, since a process reaches memory by its page tables. When this process is killed, its memory lives
 * on until the others have unmapped it: nothing of it is written that somebody else has got meanwhile.
 */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <stdlib.h>
#include <unistd.h>

#include "kernel/vma_file.h"
#include "space/attach.h"
#include "vhost/backend.h"
#include "vhost/link.h"
#include "vhost/memory.h"

/* Chunks double what there is, beginning with this: with the 8 regions of a back end that has no more, 4 GiB. */
#define FIRST_CHUNK MIB(32)

static struct vhost_memory *memory_of(struct backend *backend)
{
	return container_of(backend, struct vhost_memory, backend);
}

struct vhost_memory *vhost_memory_of(struct padma_space *space)
{
	struct backend *backend = space_backend(space);

	return backend->ops == &vhost_backend_ops ? memory_of(backend) : NULL;
}

static bool works(char *reason)
{
	(void)reason;
	return true;
}

static int open_backend(const struct padma_space_params *params, const void *window,
			size_t window_bytes, struct backend **backend)
{
	struct vhost_memory *memory = calloc(1, sizeof(*memory));

	(void)params;
	if (!memory)
		return fail(-ENOMEM, "no memory for a backend");
	memory->backend =
		(struct backend){.ops = &vhost_backend_ops, .iommufd = -1, .resolves = true};
	memory->window = (uintptr_t)window;
	memory->window_bytes = window_bytes;
	pthread_rwlock_init(&memory->lock, NULL);
	*backend = &memory->backend;
	return 0;
}

static void free_piece(struct vhost_piece *piece)
{
	close(piece->fd);
	free(piece);
}

static void close_backend(struct backend *backend)
{
	struct vhost_memory *memory = memory_of(backend);

	for (unsigned int i = 0; i < memory->count; i++)
		free_piece(memory->pieces[i]);
	pthread_rwlock_destroy(&memory->lock);
	free(memory);
}

/* Owns @fd. */
static int new_piece(struct vhost_memory *memory, uint64_t va, uint64_t bytes, uint64_t offset,
		     int fd)
{
	struct vhost_piece *piece = calloc(1, sizeof(*piece));
	int rc;

	if (!piece) {
		close(fd);
		return -ENOMEM;
	}
	*piece = (struct vhost_piece){.region = {.user = va, .bytes = bytes, .offset = offset},
				      .fd = fd};
	rc = vhost_piece_insert(memory, piece, memory->backend.map_limit);
	if (rc)
		free_piece(piece);
	return rc;
}

static int take_file(struct backend *backend, uint64_t va, uint64_t bytes, int fd)
{
	int rc = new_piece(memory_of(backend), va, bytes, 0, fd);

	switch (rc) {
	case 0:
		return 0;
	case -ENOSPC:
		return fail(rc, "no dma addresses are left below the limit of the request");
	case -ENOBUFS:
		return fail(-ENOMEM,
			    "the space has %u regions of memory already; open it with "
			    "larger chunk_bytes",
			    VHOST_REGIONS_MAX);
	default:
		return fail(rc, "no memory for a region");
	}
}

/* Without what is a region already: the file may have been mapped further since. */
static void clip(const struct vhost_memory *memory, struct vma_file *file, uint64_t va)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct vhost_region *region = &memory->pieces[i]->region;
		uint64_t end = region->user + region->bytes;

		if (region->user > va && region->user < file->end)
			file->end = region->user;
		if (end <= va && end > file->start) {
			file->offset += end - file->start;
			file->start = end;
		}
	}
}

/* Memory of the program's: the whole stretch of its file becomes a region. */
static int take_registered(struct vhost_memory *memory, uint64_t va, uint64_t bytes)
{
	struct vma_file file;
	int rc = vma_file_at(va, &file), fd;

	if (rc)
		return rc;
	if (!file.is_memfd || !file.shared || !file.writable)
		return -EOPNOTSUPP;
	clip(memory, &file, va);
	if (bytes > file.end - va)
		return -EXDEV;
	fd = vma_file_open(&file);
	if (fd < 0)
		return fd;
	return new_piece(memory, file.start, file.end - file.start, file.offset, fd);
}

/* With its first user a piece is in the table. */
static int add_user(struct vhost_memory *memory, struct vhost_piece *piece)
{
	unsigned int users = vhost_piece_users(piece);

	if (!users)
		return vhost_share(memory, piece);
	vhost_piece_set_users(piece, users + 1);
	return 0;
}

static void drop(struct vhost_memory *memory, struct vhost_piece *piece)
{
	vhost_piece_remove(memory, piece);
	free_piece(piece);
}

static int map(struct backend *backend, struct uapi_ioas_map *map)
{
	struct vhost_memory *memory = memory_of(backend);
	struct vhost_piece *piece = vhost_piece_at(memory, map->iova);
	int rc;

	if (map->iova != map->user_va)
		return -EOPNOTSUPP;
	if (!piece) {
		rc = take_registered(memory, map->iova, map->length);
		if (rc)
			return rc;
		piece = vhost_piece_at(memory, map->iova);
	}
	if (map->length > piece->region.user + piece->region.bytes - map->iova)
		return -EXDEV;
	rc = add_user(memory, piece);
	if (rc)
		drop(memory, piece);
	return rc;
}

static int unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	struct vhost_memory *memory = memory_of(backend);
	struct vhost_piece *piece = vhost_piece_at(memory, unmap->iova);
	unsigned int users = piece ? vhost_piece_users(piece) : 0;
	int rc;

	if (!users)
		return -ENOENT;
	vhost_piece_set_users(piece, users - 1);
	if (users > 1)
		return 0;
	rc = vhost_unshare(memory, piece);
	if (rc == 0)
		drop(memory, piece);
	return rc;
}

static int get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	const struct vhost_piece *piece = vhost_piece_at(memory_of(backend), get_pa->iova);
	uint64_t within, left;

	if (get_pa->length == 0)
		return -EINVAL;
	if (!piece || !vhost_piece_users(piece))
		return -ENOENT;
	within = get_pa->iova - piece->region.user;
	left = piece->region.bytes - within;
	get_pa->out_phys = piece->region.guest + within;
	get_pa->length = get_pa->length < left ? get_pa->length : left;
	return 0;
}

static size_t chunk_bytes(const struct backend *backend)
{
	return backend->mapped_bytes > FIRST_CHUNK ? align_up(backend->mapped_bytes, MIB(2))
						   : FIRST_CHUNK;
}

static int attach(struct backend *backend, const struct space_device *device)
{
	struct vhost_memory *memory = memory_of(backend);
	int rc;

	if (memory->link_count == sizeof(memory->links) / sizeof(memory->links[0]))
		return -EMFILE;
	rc = vhost_share_all(memory, device->context);
	if (rc == 0)
		memory->links[memory->link_count++] = device->context;
	return rc;
}

static int detach(struct backend *backend, const struct space_device *device)
{
	struct vhost_memory *memory = memory_of(backend);
	unsigned int at = 0;

	while (at < memory->link_count && memory->links[at] != device->context)
		at++;
	if (at < memory->link_count)
		memory->links[at] = memory->links[--memory->link_count];
	return 0;
}

static const char *advice(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
		return "only memory of a memfd, mapped shared and writable, can be used by another "
		       "process; map it from memfd_create(), or allocate it from the space";
	case -EBADF:
		return "the descriptor of its memfd is closed; keep it open until the memory is "
		       "registered";
	case -EXDEV:
		return "it is not one mapping of one memfd; register each part alone";
	case -ENOBUFS:
		return "the process that serves a device accepts no more memory regions; open "
		       "the space with larger chunk_bytes";
	case -EREMOTEIO:
		return "the process that serves a device refuses to map it";
	case -EPIPE:
		return "the process that serves a device is gone";
	case -EMFILE:
		return "the space has as many devices as it can";
	default:
		return NULL;
	}
}

const struct backend_ops vhost_backend_ops = {
	.name = "vhost",
	.what = "memory is shared with the processes that serve the devices",
	.ordinary_pages = true,
	.chooses_dma = true,
	.kinds = BACKEND_TAKES(SPACE_DEVICE_VHOST),
	.works = works,
	.open = open_backend,
	.close = close_backend,
	.map = map,
	.unmap = unmap,
	.take_file = take_file,
	.chunk_bytes = chunk_bytes,
	.get_pa = get_pa,
	.attach = attach,
	.detach = detach,
	.advice = advice,
};
