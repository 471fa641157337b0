// SPDX-License-Identifier: BSD-3-Clause
/* A bad wire: what happens to frames on their way, chosen by the seed. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "backend.h"

/* How long a frame is held back so that others overtake it. */
#define OVERTAKEN_NS	100000u
#define OVERTAKEN_STEPS 2u

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct sim_wire *wire)
{
	uint64_t z = (wire->random += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static bool strikes(struct sim_wire *wire, uint64_t one_in)
{
	return one_in && draw(wire) % one_in == 0;
}

/* A card would find the error by the frame's checksum; this one comes later than that, as in the memory of a switch. The
 * checksum of the packet must be there, or the card that fills it in would hide the error. */
static void corrupt(struct sim_wire *wire, struct sim_box *box)
{
	uint64_t bit = draw(wire) % (box->frame.bytes * 8ull);

	if (sim_box_finish_checksum(box))
		return;
	box->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	box->frame.good = false;
	wire->stats.corrupted++;
}

static uint64_t due_of_next(struct sim_wire *wire)
{
	uint64_t due = padma_sim_now(wire->function) + wire->keys->latency;

	if (!strikes(wire, wire->keys->reorder))
		return due;
	wire->stats.reordered++;
	return due + (wire->function->stepped ? OVERTAKEN_STEPS : OVERTAKEN_NS);
}

void sim_bad_wire_put(struct sim_wire *wire, struct sim_boxes *direction, struct sim_box *box)
{
	const struct sim_wire_keys *keys = wire->keys;
	struct sim_box *twin = NULL;

	if (strikes(wire, keys->loss)) {
		wire->stats.lost++;
		free(box);
		return;
	}
	/* A large segment is struck as a whole: it is not cut yet. */
	if (strikes(wire, keys->corrupt) && box->frame.segment == SIM_SEGMENT_NONE)
		corrupt(wire, box);
	if (strikes(wire, keys->duplicate))
		twin = sim_box_new(&box->frame);
	box->due = due_of_next(wire);
	sim_boxes_put(direction, box);
	if (twin) {
		wire->stats.duplicated++;
		twin->due = due_of_next(wire);
		sim_boxes_put(direction, twin);
	}
}
