// SPDX-License-Identifier: BSD-3-Clause
/* A card's end of a wire: its backend by the keys, and frames on their way to it and from it. */
#include <stdlib.h>

#include "common.h"
#include "backend.h"

static const struct sim_wire_backend *chosen(const struct sim_wire_keys *keys, unsigned int *count)
{
	const struct {
		bool given;
		const struct sim_wire_backend *backend;
	} all[] = {
		{keys->link != NULL, &sim_wire_link_backend},
		{keys->loop, &sim_wire_loop_backend},
		{keys->tap != NULL, &sim_wire_tap_backend},
		{keys->pcap != NULL, &sim_wire_pcap_backend},
		{keys->null, &sim_wire_null_backend},
	};
	const struct sim_wire_backend *backend = NULL;

	*count = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].given) {
			backend = all[i].backend;
			++*count;
		}
	}
	return backend;
}

int sim_wire_open(struct sim_wire **opened, const struct sim_wire_keys *keys,
		  struct padma_sim_function *function)
{
	unsigned int count;
	const struct sim_wire_backend *backend = chosen(keys, &count);
	struct sim_wire *wire;
	int rc;

	if (count > 1)
		return fail(-EINVAL,
			    "%s: a card has one wire; give one of link, loop, tap, pcap and null",
			    function->name);
	wire = calloc(1, sizeof(*wire));
	if (!wire)
		return fail(-ENOMEM, "%s: no memory for its wire", function->name);
	wire->keys = keys;
	wire->function = function;
	wire->random = function->seed;
	wire->up = true;
	wire->is_bad =
		keys->loss || keys->duplicate || keys->corrupt || keys->reorder || keys->latency;
	rc = backend ? backend->open(wire) : 0;
	if (rc) {
		free(wire);
		return rc;
	}
	wire->backend = backend;
	*opened = wire;
	return 0;
}

static void forget(struct sim_wire *wire)
{
	free(wire->current);
	wire->current = NULL;
	sim_boxes_free(&wire->in);
}

void sim_wire_close(struct sim_wire *wire)
{
	if (!wire)
		return;
	forget(wire);
	sim_boxes_free(&wire->out);
	if (wire->backend)
		wire->backend->close(wire);
	free(wire);
}

void sim_wire_receiver(struct sim_wire *wire, bool on, unsigned int offloads)
{
	wire->turned = on != wire->receives;
	if (wire->turned)
		forget(wire);
	wire->receives = on;
	wire->offloads = on ? offloads : 0;
	if (wire->backend && wire->backend->receiver)
		wire->backend->receiver(wire);
}

bool sim_wire_link(struct sim_wire *wire)
{
	wire->up = !(wire->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_LINK_DOWN));
	if (!wire->backend)
		return false;
	/* Also while this end is down: the other one is to see that. */
	if (wire->backend->link && !wire->backend->link(wire))
		return false;
	return wire->up;
}

bool sim_wire_is_null(const struct sim_wire *wire)
{
	return wire->endless != NULL;
}

void sim_wire_stats(const struct sim_wire *wire, struct sim_wire_stats *stats)
{
	*stats = wire->stats;
}

static void deliver(struct sim_wire *wire, struct sim_box *box)
{
	if (wire->backend->send(wire, box))
		wire->stats.sent++;
	else
		wire->stats.full++;
}

static int put_on_wire(void *ctx, struct sim_box *box)
{
	struct sim_wire *wire = ctx;

	if (wire->is_bad)
		sim_bad_wire_put(wire, &wire->out, box);
	else
		deliver(wire, box);
	return 0;
}

/* A frame that need not be cut any more. */
static int complete_and_put(void *ctx, struct sim_box *box)
{
	struct sim_wire *wire = ctx;
	unsigned int offloads = wire->backend->offloads ? wire->backend->offloads(wire) : 0;

	if (!(offloads & SIM_OFFLOAD_CHECKSUM) && sim_box_finish_checksum(box)) {
		free(box);
		return -EINVAL;
	}
	return put_on_wire(wire, box);
}

static bool must_be_cut(const struct sim_frame *frame, unsigned int offloads)
{
	static const unsigned int needed[] = {
		[SIM_SEGMENT_NONE] = 0,
		[SIM_SEGMENT_TCP4] = SIM_OFFLOAD_TCP4 | SIM_OFFLOAD_CHECKSUM,
		[SIM_SEGMENT_TCP6] = SIM_OFFLOAD_TCP6 | SIM_OFFLOAD_CHECKSUM,
		[SIM_SEGMENT_UDP] = SIM_OFFLOAD_UDP | SIM_OFFLOAD_CHECKSUM,
	};
	unsigned int need = needed[frame->segment] | (frame->ecn ? SIM_OFFLOAD_ECN : 0);

	return frame->segment != SIM_SEGMENT_NONE && (offloads & need) != need;
}

static bool is_marked_right(const struct sim_frame *frame)
{
	return !frame->partial ||
	       (uint32_t)frame->checksum_start + frame->checksum_offset + 2 <= frame->bytes;
}

int sim_wire_send(struct sim_wire *wire, const struct sim_frame *frame)
{
	struct sim_box *box;
	int rc;

	if (wire->endless) {
		wire->stats.sent++;
		return 0;
	}
	if (!sim_wire_link(wire)) {
		wire->stats.down++;
		return 0;
	}
	if (wire->backend->has_room && !wire->backend->has_room(wire))
		return -EAGAIN;
	if (!is_marked_right(frame)) {
		wire->stats.malformed++;
		return -EINVAL;
	}
	if (must_be_cut(frame, wire->backend->offloads ? wire->backend->offloads(wire) : 0)) {
		rc = sim_frame_cut(frame, complete_and_put, wire);
	} else {
		box = sim_box_new(frame);
		rc = box ? complete_and_put(wire, box) : -ENOMEM;
	}
	wire->stats.malformed += rc == -EINVAL;
	return rc == -EINVAL ? rc : 0;
}

unsigned int sim_wire_poll(struct sim_wire *wire)
{
	uint64_t now = padma_sim_now(wire->function);
	unsigned int moved = 0;
	struct sim_box *box;

	if (!wire->backend)
		return 0;
	while ((box = sim_boxes_take(&wire->out, now))) {
		deliver(wire, box);
		moved++;
	}
	if (wire->backend->poll)
		wire->backend->poll(wire);
	return moved;
}

/* A part of a frame that was cut: before all that are on their way. */
static int put_first(void *ctx, struct sim_box *box)
{
	struct sim_wire *wire = ctx;

	sim_boxes_put(&wire->in, box);
	return 0;
}

/* Frames with work that the receiver has stopped to take since they were sent. NULL if it became several, which are put
 * in front of the others. */
static struct sim_box *adapt(struct sim_wire *wire, struct sim_box *box)
{
	if (must_be_cut(&box->frame, wire->offloads)) {
		wire->stats.malformed += sim_frame_cut(&box->frame, put_first, wire) != 0;
	} else if (box->frame.partial && !(wire->offloads & SIM_OFFLOAD_CHECKSUM) &&
		   sim_box_finish_checksum(box)) {
		wire->stats.malformed++;
	} else {
		return box;
	}
	free(box);
	return NULL;
}

static void fetch(struct sim_wire *wire)
{
	struct sim_box *box;

	while (wire->in.count < wire->keys->room && (box = wire->backend->receive(wire)))
		sim_bad_wire_put(wire, &wire->in, box);
}

static struct sim_box *next_box(struct sim_wire *wire)
{
	struct sim_box *box, *ready = NULL;

	if (wire->is_bad)
		fetch(wire);
	do {
		box = NULL;
		if (wire->in.count)
			box = sim_boxes_take(&wire->in, padma_sim_now(wire->function));
		else if (!wire->is_bad)
			box = wire->backend->receive(wire);
		if (box)
			ready = adapt(wire, box);
	} while (box && !ready);
	return ready;
}

const struct sim_frame *sim_wire_peek(struct sim_wire *wire)
{
	if (wire->endless)
		return wire->endless;
	if (!wire->current && wire->backend && wire->receives && sim_wire_link(wire))
		wire->current = next_box(wire);
	return wire->current ? &wire->current->frame : NULL;
}

void sim_wire_take(struct sim_wire *wire)
{
	wire->stats.received++;
	if (wire->endless)
		return;
	free(wire->current);
	wire->current = NULL;
}
