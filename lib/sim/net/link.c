// SPDX-License-Identifier: BSD-3-Clause
/*
 * Two cards of this process back to back, by the name of their link; or a card that is its own peer. What a card sends
 * waits in the queue of the other end until its model takes it.
 *
 * Threading: a link has a lock, as its two cards may run in two threads; the list of links has another.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "backend.h"

struct end {
	bool plugged, up, receives;
	unsigned int offloads;
	uint64_t room;
	struct sim_boxes queue; /* to be received here */
};

struct link {
	char *name; /* NULL: of a loop */
	struct link *next;
	pthread_mutex_t lock;
	struct end ends[2];
};

/* One card's view of it. */
struct plug {
	struct link *link;
	struct end *here, *there;
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct link *links;

static struct link *link_new(const char *name)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->name = name ? strdup(name) : NULL;
	if (name && !link->name) {
		free(link);
		return NULL;
	}
	pthread_mutex_init(&link->lock, NULL);
	return link;
}

static void link_free(struct link *link)
{
	pthread_mutex_destroy(&link->lock);
	free(link->name);
	free(link);
}

static struct link *find_locked(const char *name)
{
	struct link *link = links;

	while (link && strcmp(link->name, name) != 0)
		link = link->next;
	return link;
}

static void end_plug(struct link *link, struct end *end, uint64_t room)
{
	pthread_mutex_lock(&link->lock);
	*end = (struct end){.plugged = true, .up = true, .room = room};
	pthread_mutex_unlock(&link->lock);
}

/* The end of a link that is free: it is made, if there is none of that name. */
static int take_end(struct plug *plug, const char *name, uint64_t room)
{
	unsigned int free_end = 0;
	struct link *link;

	pthread_mutex_lock(&list_lock);
	link = find_locked(name);
	if (!link) {
		link = link_new(name);
		if (link) {
			link->next = links;
			links = link;
		}
	} else {
		free_end = link->ends[0].plugged;
	}
	if (link && !link->ends[free_end].plugged) {
		plug->link = link;
		plug->here = &link->ends[free_end];
		plug->there = &link->ends[!free_end];
		end_plug(link, plug->here, room);
	}
	pthread_mutex_unlock(&list_lock);
	return plug->link ? 0 : link ? -EBUSY : -ENOMEM;
}

static int link_open(struct sim_wire *wire)
{
	struct plug *plug = calloc(1, sizeof(*plug));
	int rc = plug ? take_end(plug, wire->keys->link, wire->keys->room) : -ENOMEM;

	if (rc) {
		free(plug);
		return fail(
			rc,
			rc == -EBUSY
				? "%s: two cards are on the link %s already; give it another name"
				: "%s: no memory for the link %s",
			wire->function->name, wire->keys->link);
	}
	wire->behind = plug;
	return 0;
}

static void remove_locked(struct link *link)
{
	struct link **at = &links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	link_free(link);
}

static void link_close(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;
	struct link *link = plug->link;

	pthread_mutex_lock(&list_lock);
	pthread_mutex_lock(&link->lock);
	sim_boxes_free(&plug->here->queue);
	*plug->here = (struct end){.plugged = false};
	pthread_mutex_unlock(&link->lock);
	if (!plug->there->plugged)
		remove_locked(link);
	pthread_mutex_unlock(&list_lock);
	free(plug);
}

static void link_receiver(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;

	pthread_mutex_lock(&plug->link->lock);
	if (wire->turned)
		sim_boxes_free(&plug->here->queue);
	plug->here->receives = wire->receives;
	plug->here->offloads = wire->offloads;
	pthread_mutex_unlock(&plug->link->lock);
}

static bool link_link(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;
	bool up;

	pthread_mutex_lock(&plug->link->lock);
	plug->here->up = wire->up;
	up = plug->there->plugged && plug->there->up;
	pthread_mutex_unlock(&plug->link->lock);
	return up;
}

static unsigned int link_offloads(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;
	unsigned int offloads;

	pthread_mutex_lock(&plug->link->lock);
	offloads = plug->there->offloads;
	pthread_mutex_unlock(&plug->link->lock);
	return offloads;
}

/* Only a receiver that takes frames is waited for. */
static bool link_has_room(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;
	struct end *there = plug->there;
	bool has_room;

	if (!wire->keys->pause)
		return true;
	pthread_mutex_lock(&plug->link->lock);
	has_room = !there->receives || there->queue.count < there->room;
	pthread_mutex_unlock(&plug->link->lock);
	return has_room;
}

static bool link_send(struct sim_wire *wire, struct sim_box *box)
{
	struct plug *plug = wire->behind;
	struct end *there = plug->there;
	bool arrives;

	box->due = 0;
	pthread_mutex_lock(&plug->link->lock);
	/* With pause there was room; what one large segment became may be more than that. */
	arrives = there->receives && (wire->keys->pause || there->queue.count < there->room);
	if (arrives)
		sim_boxes_put(&there->queue, box);
	pthread_mutex_unlock(&plug->link->lock);
	if (!arrives)
		free(box);
	return arrives;
}

static struct sim_box *link_receive(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;
	struct sim_box *box;

	pthread_mutex_lock(&plug->link->lock);
	box = sim_boxes_take(&plug->here->queue, 0);
	pthread_mutex_unlock(&plug->link->lock);
	return box;
}

const struct sim_wire_backend sim_wire_link_backend = {
	.open = link_open,
	.close = link_close,
	.receiver = link_receiver,
	.link = link_link,
	.offloads = link_offloads,
	.has_room = link_has_room,
	.send = link_send,
	.receive = link_receive,
};

static int loop_open(struct sim_wire *wire)
{
	struct plug *plug = calloc(1, sizeof(*plug));
	struct link *link = link_new(NULL);

	if (!plug || !link) {
		free(plug);
		if (link)
			link_free(link);
		return fail(-ENOMEM, "%s: no memory for a loop", wire->function->name);
	}
	*plug = (struct plug){.link = link, .here = &link->ends[0], .there = &link->ends[0]};
	end_plug(link, plug->here, wire->keys->room);
	wire->behind = plug;
	return 0;
}

static void loop_close(struct sim_wire *wire)
{
	struct plug *plug = wire->behind;

	sim_boxes_free(&plug->here->queue);
	link_free(plug->link);
	free(plug);
}

const struct sim_wire_backend sim_wire_loop_backend = {
	.open = loop_open,
	.close = loop_close,
	.receiver = link_receiver,
	.link = link_link,
	.offloads = link_offloads,
	.has_room = link_has_room,
	.send = link_send,
	.receive = link_receive,
};
