/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h - what a simulated network card is plugged into.
 *
 * A model embeds a struct sim_wire_keys in its state and SIM_WIRE_KEYS() in its table of keys, and opens the wire in
 * create(). From run() it sends the frames that its driver transmits, and takes those that arrive:
 *
 *     sim_wire_poll(wire);
 *     sim_wire_send(wire, &frame);
 *     while ((frame = sim_wire_peek(wire)) && there_is_a_buffer) {
 *             ...
 *             sim_wire_take(wire);
 *     }
 *
 * What is behind the wire is one of the backends: another card of this process (link=NAME), the card itself (loop), the
 * kernel's network stack (tap=NAME), files (pcap=IN:OUT), or frames without end (null). Without any of these keys
 * nothing is plugged in, and the link is down. The keys loss, duplicate, corrupt, reorder and latency make it a bad wire, in
 * both directions; the same seed makes the same choices.
 *
 * Threading: all calls for one wire from one thread at a time, as a model's functions are. No backend has a thread
 * of its own. Two cards of a link have two wires, which may be used by two threads.
 */
#ifndef SIM_NET_WIRE_H
#define SIM_NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim/model.h>

/* The longest frame, with everything that segmentation is left to do: an IP packet of 64 KiB and its link header. */
#define SIM_FRAME_MAX (65535u + 64u)

struct sim_wire;

/* The keys' values; zero is "not given" for all but @null_bytes and @room. */
struct sim_wire_keys {
	char *link, *tap, *pcap;
	bool loop, null;
	uint64_t null_bytes; /* of a frame of null, without its checksum (FCS) */
	bool pause;	     /* a full link stops its sender; otherwise the frame is lost */
	uint64_t room;	     /* frames that wait for the receiver of a link or loop */
	uint64_t loss, duplicate, corrupt, reorder; /* one frame in so many; 0: none */
	uint64_t latency;			    /* ns, or steps of a stepped device */
};

#define SIM_WIRE_KEY(state, member, key, kind, field, least, most, first, means)                   \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_##kind,                                       \
		.offset = offsetof(state, member.field), .min = (least), .max = (most),            \
		.initial = (first), .help = (means)                                                \
	}

/* The rows of a model's table of keys; @member is the struct sim_wire_keys in @state. */
#define SIM_WIRE_KEYS(state, member)                                                               \
	SIM_WIRE_KEY(state, member, "link", TEXT, link, 1, 63, 0,                                  \
		     "back to back with the other card of that name"),                             \
		SIM_WIRE_KEY(state, member, "loop", FLAG, loop, 0, 0, 0,                           \
			     "receives what it sends"),                                            \
		SIM_WIRE_KEY(state, member, "tap", TEXT, tap, 1, 15, 0,                            \
			     "an interface of the kernel"),                                        \
		SIM_WIRE_KEY(state, member, "pcap", TEXT, pcap, 1, 4095, 0,                        \
			     "IN:OUT: receives capture file IN, writes OUT"),                      \
		SIM_WIRE_KEY(state, member, "null", FLAG, null, 0, 0, 0,                           \
			     "receives endlessly, and discards what it sends"),                    \
		SIM_WIRE_KEY(state, member, "frame", NUMBER, null_bytes, 42, 65535, 64,            \
			     "with null: bytes of a frame"),                                       \
		SIM_WIRE_KEY(state, member, "pause", FLAG, pause, 0, 0, 0,                         \
			     "a full link stops its sender instead of losing frames"),             \
		SIM_WIRE_KEY(state, member, "room", NUMBER, room, 1, 1u << 20, 1024,               \
			     "frames that a link or loop queues"),                                 \
		SIM_WIRE_KEY(state, member, "loss", NUMBER, loss, 0, UINT64_MAX, 0,                \
			     "one frame in N is lost"),                                            \
		SIM_WIRE_KEY(state, member, "duplicate", NUMBER, duplicate, 0, UINT64_MAX, 0,      \
			     "one in N is duplicated"),                                            \
		SIM_WIRE_KEY(state, member, "corrupt", NUMBER, corrupt, 0, UINT64_MAX, 0,          \
			     "one in N is corrupted by a flipped bit"),                            \
		SIM_WIRE_KEY(state, member, "reorder", NUMBER, reorder, 0, UINT64_MAX, 0,          \
			     "one in N is reordered"),                                             \
		SIM_WIRE_KEY(state, member, "latency", NUMBER, latency, 0, UINT64_MAX / 2, 0,      \
			     "nanoseconds, or steps, on the wire")

/* Work on frames that a receiver may be left with. */
#define SIM_OFFLOAD_CHECKSUM (1u << 0) /* struct sim_frame.partial */
#define SIM_OFFLOAD_TCP4     (1u << 1) /* SIM_SEGMENT_TCP4, and so on; each of them with _CHECKSUM */
#define SIM_OFFLOAD_TCP6     (1u << 2)
#define SIM_OFFLOAD_ECN	     (1u << 3) /* also of segments with CWR set */
#define SIM_OFFLOAD_UDP	     (1u << 4)

enum sim_segment {
	SIM_SEGMENT_NONE,
	SIM_SEGMENT_TCP4,
	SIM_SEGMENT_TCP6,
	SIM_SEGMENT_UDP, /* each segment a datagram of its own, over IPv4 or IPv6 */
};

/**
 * struct sim_frame - a frame, from the destination address on, without its checksum (FCS)
 * @data: its bytes
 * @bytes: how many
 * @partial: its TCP or UDP checksum covers the pseudo header only: the sum from @checksum_start on is missing in it
 * @good: the TCP or UDP checksum is known to be right
 * @checksum_start: offset of the TCP or UDP header
 * @checksum_offset: of the field in that header
 * @segment: how it is to be cut, with @partial; SIM_SEGMENT_NONE: it is not
 * @ecn: it has CWR set, which only the first segment keeps (RFC 3168, 6.1.2)
 * @segment_bytes: payload of a segment
 * @header_bytes: before the payload
 */
struct sim_frame {
	const uint8_t *data;
	uint32_t bytes;
	bool partial, good;
	uint16_t checksum_start, checksum_offset;
	enum sim_segment segment;
	bool ecn;
	uint16_t segment_bytes, header_bytes;
};

/* What went over a wire, and what did not. */
struct sim_wire_stats {
	uint64_t sent, received;
	uint64_t full; /* lost: the receiver's queue was full, or it was not ready */
	uint64_t lost, duplicated, corrupted, reordered;
	uint64_t down; /* lost: the link was down */
	uint64_t
		malformed; /* lost: it cannot be cut, or its checksum cannot be filled in, as marked */
};

/**
 * sim_wire_open() - plug a card in
 * @wire: set to the wire
 * @keys: the model's; they stay as they are until the wire is closed
 * @function: the card's: for its name, its clock, its seed, and the fault link-down
 *
 * Return: 0, or a negative errno with the reason noted: -EINVAL (keys that contradict each other), -EBUSY (a link has
 * two cards already), -EPERM (tap without privileges), -ENOENT (no such file, or no tap), -ENOMEM.
 */
int sim_wire_open(struct sim_wire **wire, const struct sim_wire_keys *keys,
		  struct padma_sim_function *function);
/* NULL is ignored. */
void sim_wire_close(struct sim_wire *wire);

/*
 * The receiver is on, and takes frames with this work left to do (SIM_OFFLOAD_*; all else is done before it gets
 * them). While it is off, frames that arrive are lost, as at first. Turning it on or off loses those that wait; changing
 * the work does not.
 */
void sim_wire_receiver(struct sim_wire *wire, bool on, unsigned int offloads);

/* Whether the link is up. */
bool sim_wire_link(struct sim_wire *wire);

/* Once per turn of the model: what is late on the wire moves, and the other end sees this one's state. How many frames
 * moved. */
unsigned int sim_wire_poll(struct sim_wire *wire);

/* Frames without end (the key null): the same frame for any queue, and what is sent need not be read. */
bool sim_wire_is_null(const struct sim_wire *wire);

/*
 * Send a frame; its data is copied. 0, also for a frame that the wire loses; -EAGAIN if it must be sent again later,
 * because the receiver is to be waited for; -EINVAL if its marks do not fit its data, and it was not sent.
 */
int sim_wire_send(struct sim_wire *wire, const struct sim_frame *frame);

/* The next frame that arrived, valid until sim_wire_take() or the next call of another function; NULL if none. */
const struct sim_frame *sim_wire_peek(struct sim_wire *wire);
void sim_wire_take(struct sim_wire *wire);

void sim_wire_stats(const struct sim_wire *wire, struct sim_wire_stats *stats);

#endif
