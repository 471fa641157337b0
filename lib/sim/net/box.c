// SPDX-License-Identifier: BSD-3-Clause
/* Frames that wait. */
#include <stdlib.h>
#include <string.h>

#include "box.h"

struct sim_box *sim_box_new(const struct sim_frame *frame)
{
	struct sim_box *box = malloc(sizeof(*box) + frame->bytes);

	if (!box)
		return NULL;
	*box = (struct sim_box){.frame = *frame};
	box->frame.data = box->bytes;
	memcpy(box->bytes, frame->data, frame->bytes);
	return box;
}

void sim_boxes_put(struct sim_boxes *boxes, struct sim_box *box)
{
	struct sim_box **link = &boxes->first;

	if (boxes->last && boxes->last->due <= box->due)
		link = &boxes->last->next;
	while (*link && (*link)->due <= box->due)
		link = &(*link)->next;
	box->next = *link;
	*link = box;
	if (!box->next)
		boxes->last = box;
	boxes->count++;
}

struct sim_box *sim_boxes_take(struct sim_boxes *boxes, uint64_t now)
{
	struct sim_box *box = boxes->first;

	if (!box || box->due > now)
		return NULL;
	boxes->first = box->next;
	if (!boxes->first)
		boxes->last = NULL;
	boxes->count--;
	box->next = NULL;
	return box;
}

void sim_boxes_free(struct sim_boxes *boxes)
{
	struct sim_box *box;

	while ((box = sim_boxes_take(boxes, UINT64_MAX)))
		free(box);
}
