/* SPDX-License-Identifier: BSD-3-Clause */
/* backend.h - what can be at the other end of a wire. */
#ifndef SIM_NET_BACKEND_H
#define SIM_NET_BACKEND_H

#include "box.h"
#include "sum.h"

/*
 * @open: 0, or a negative errno with the reason noted; wire->backend is NULL until then
 * @close: what open() made
 * @receiver: wire->receives or wire->offloads was set; if the receiver was turned on or off (wire->turned), frames from
 *	before that are lost. May be NULL
 * @link: the card's end is up or down, wire->up; whether the other one is, too. NULL: always
 * @offloads: work that the other end can be left with. NULL: none
 * @has_room: false if the card must wait before it sends. NULL: never
 * @send: send a frame, which is the backend's from now on; whether it arrived
 * @receive: the next frame that arrived, which is the caller's, or NULL
 * @poll: once per turn. May be NULL
 */
struct sim_wire_backend {
	int (*open)(struct sim_wire *wire);
	void (*close)(struct sim_wire *wire);
	void (*receiver)(struct sim_wire *wire);
	bool (*link)(struct sim_wire *wire);
	unsigned int (*offloads)(struct sim_wire *wire);
	bool (*has_room)(struct sim_wire *wire);
	bool (*send)(struct sim_wire *wire, struct sim_box *box);
	struct sim_box *(*receive)(struct sim_wire *wire);
	void (*poll)(struct sim_wire *wire);
};

struct sim_wire {
	const struct sim_wire_backend *backend; /* NULL: nothing is plugged in */
	void *behind;				/* the backend's */
	const struct sim_wire_keys *keys;
	struct padma_sim_function *function;
	bool receives, turned; /* whether it receives, and whether that was just changed */
	unsigned int offloads;
	bool up;			 /* the card's own end */
	bool is_bad;			 /* some key of faults was given */
	struct sim_boxes out, in;	 /* on a bad wire: on their way */
	struct sim_box *current;	 /* what sim_wire_peek() returned */
	const struct sim_frame *endless; /* of the key null */
	uint64_t random;
	struct sim_wire_stats stats;
};

extern const struct sim_wire_backend sim_wire_link_backend, sim_wire_loop_backend,
	sim_wire_tap_backend, sim_wire_pcap_backend, sim_wire_null_backend;

/* bad_wire.c: a frame enters one direction of it; 1, 2 or no boxes come out, in time. It owns the box. */
void sim_bad_wire_put(struct sim_wire *wire, struct sim_boxes *direction, struct sim_box *box);

/* checksum.c: fill in what is missing. 0, or -EINVAL: the marks do not fit the data. */
int sim_box_finish_checksum(struct sim_box *box);

/* segment.c: cut a frame that is marked for it: each segment to @emit, which owns it. Its checksum is left partial. 0,
 * -EINVAL: it cannot be cut; -ENOMEM. */
int sim_frame_cut(const struct sim_frame *frame, int (*emit)(void *ctx, struct sim_box *box),
		  void *ctx);

#endif
