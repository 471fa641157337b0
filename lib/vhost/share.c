// SPDX-License-Identifier: BSD-3-Clause
/* Sharing regions with the processes that serve the devices of a space. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include "vhost/link.h"
#include "vhost/memory.h"

/* A process that is gone, or was given up, maps nothing that matters. */
static bool is_up(const struct vhost_link *link)
{
	return vhost_link_state(link) == VHOST_LINK_UP;
}

static unsigned int regions_used(const struct vhost_memory *memory)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < memory->count; i++)
		used += vhost_piece_users(memory->pieces[i]) != 0;
	return used;
}

/* The whole table. An empty one is not sent: some back ends take it for an error. */
static int send_table(const struct vhost_memory *memory, struct vhost_link *link)
{
	struct vhost_region regions[VHOST_TABLE_REGIONS];
	int fds[VHOST_TABLE_REGIONS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < memory->count; i++) {
		if (!vhost_piece_users(memory->pieces[i]))
			continue;
		if (count == VHOST_TABLE_REGIONS)
			return -ENOBUFS;
		regions[count] = memory->pieces[i]->region;
		fds[count++] = memory->pieces[i]->fd;
	}
	return count ? vhost_set_table(link, regions, fds, count) : 0;
}

/* What the process did wrong, or that it is gone, shows at its device; the others go on. */
static int outcome(const struct vhost_link *link, int rc)
{
	return rc == -EREMOTEIO || rc == -ENOBUFS || is_up(link) ? rc : 0;
}

static int add(const struct vhost_memory *memory, struct vhost_link *link,
	       const struct vhost_piece *piece)
{
	if (!is_up(link))
		return 0;
	if (regions_used(memory) > link->regions_max)
		return -ENOBUFS;
	return outcome(link, link->protocol & VHOST_P_MEM_SLOTS
				     ? vhost_add_region(link, &piece->region, piece->fd)
				     : send_table(memory, link));
}

static int take_away(const struct vhost_memory *memory, struct vhost_link *link,
		     const struct vhost_piece *piece)
{
	if (!is_up(link))
		return 0;
	return outcome(link, link->protocol & VHOST_P_MEM_SLOTS
				     ? vhost_remove_region(link, &piece->region)
				     : send_table(memory, link));
}

/* The first @count processes have what they had before. A table that was refused may have left its process with none. */
static void take_back(struct vhost_memory *memory, struct vhost_piece *piece, unsigned int count)
{
	vhost_piece_set_users(piece, 0);
	for (unsigned int i = 0; i < count; i++)
		(void)take_away(memory, memory->links[i], piece);
	if (!(memory->links[count]->protocol & VHOST_P_MEM_SLOTS))
		(void)take_away(memory, memory->links[count], piece);
}

int vhost_share(struct vhost_memory *memory, struct vhost_piece *piece)
{
	vhost_piece_set_users(piece, 1);
	for (unsigned int i = 0; i < memory->link_count; i++) {
		int rc = add(memory, memory->links[i], piece);

		if (rc) {
			take_back(memory, piece, i);
			return rc;
		}
	}
	return 0;
}

/* The first @count processes map it again, as it stays in use. One that does not shows that at its device. */
static void give_back(struct vhost_memory *memory, struct vhost_piece *piece, unsigned int count)
{
	vhost_piece_set_users(piece, 1);
	for (unsigned int i = 0; i < count; i++)
		(void)add(memory, memory->links[i], piece);
}

int vhost_unshare(struct vhost_memory *memory, struct vhost_piece *piece)
{
	for (unsigned int i = 0; i < memory->link_count; i++) {
		int rc = take_away(memory, memory->links[i], piece);

		if (rc) {
			give_back(memory, piece, i);
			return rc;
		}
	}
	return 0;
}

int vhost_share_all(struct vhost_memory *memory, struct vhost_link *link)
{
	int rc = 0;

	if (regions_used(memory) > link->regions_max)
		return -ENOBUFS;
	if (!(link->protocol & VHOST_P_MEM_SLOTS))
		return send_table(memory, link);
	for (unsigned int i = 0; i < memory->count && rc == 0; i++) {
		const struct vhost_piece *piece = memory->pieces[i];

		if (vhost_piece_users(piece))
			rc = vhost_add_region(link, &piece->region, piece->fd);
	}
	return rc;
}
