/* SPDX-License-Identifier: BSD-3-Clause */
/* box.h - frames with memory of their own, and queues of them in the order in which they are due. */
#ifndef SIM_NET_BOX_H
#define SIM_NET_BOX_H

#include "wire.h"

struct sim_box {
	struct sim_frame frame; /* its data is @bytes */
	uint64_t due;		/* padma_sim_now() from which it can be taken */
	struct sim_box *next;
	uint8_t bytes[];
};

struct sim_boxes {
	struct sim_box *first, *last;
	uint64_t count;
};

/* A copy of a frame, or NULL. free() frees it. */
struct sim_box *sim_box_new(const struct sim_frame *frame);

/* Behind all that are due earlier or at the same time. */
void sim_boxes_put(struct sim_boxes *boxes, struct sim_box *box);
/* The first, which the caller owns then; NULL if there is none that is due at @now. */
struct sim_box *sim_boxes_take(struct sim_boxes *boxes, uint64_t now);
void sim_boxes_free(struct sim_boxes *boxes);

#endif
