/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net.h - a simulated network device (Virtio 1.2, 5.1), between a driver's queues and a wire.
 *
 * model.c makes it of the keys; features.c and control.c are what a driver configures, receive.c and transmit.c its
 * packets, filter.c, flow.c and hash.c which of them it gets, and in which queue.
 */
#ifndef SIM_VIRTIO_NET_NET_H
#define SIM_VIRTIO_NET_NET_H

#include "common.h"
#include "../net/wire.h"
#include "spec.h"
#include "../virtio/transport.h"

#define MAC_BYTES      6u
#define FILTER_MACS    1024u
#define VLANS	       4096u
#define FLOWS	       256u
#define ETHERNET_BYTES 14u
#define VLAN_BYTES     4u

/* The keys. */
struct net_keys {
	struct sim_wire_keys wire;
	uint64_t queues, depth, mtu, vectors, speed;
	uint64_t features, with, without;
	char *mac;
	bool packed, in_order, notify_data, legacy, transitional, odd, late, unmarked;
};

/* 5.1.6.5.1 to 5.1.6.5.3 */
struct net_filter {
	bool modes[CTRL_RX_NOBCAST + 1]; /* by the command that sets it */
	uint8_t macs[FILTER_MACS][MAC_BYTES];
	unsigned int unicast, multicast; /* how many of each, in this order */
	uint8_t vlans[VLANS / 8];
};

/* 5.1.6.5.7, and the hash of 5.1.6.5.6.4 */
struct net_rss {
	bool steers; /* the last command was RSS_CONFIG */
	uint32_t types;
	uint16_t mask, unclassified;
	uint16_t table[RSS_TABLE_ENTRIES];
	uint8_t key[RSS_KEY_BYTES];
};

/* What a frame's headers say. */
struct net_flow {
	uint8_t type;	     /* HASH_* of its protocols; 0xff: it is no IP packet */
	unsigned int ip, l4; /* where the headers are */
	uint8_t addresses[32];
	unsigned int address_bytes; /* of the source, and of the destination */
	uint8_t ports[4];
};

struct net {
	struct padma_sim_function *function;
	struct sim_virtio virtio;
	struct net_keys keys;
	struct sim_wire *wire;
	uint8_t mac_initial[MAC_BYTES];
	uint8_t config[CONFIG_BYTES];
	/* As the driver configures it. */
	unsigned int pairs; /* that it uses */
	uint64_t offloads;  /* NET_GUEST_*: on */
	struct net_filter filter;
	struct net_rss rss;
	uint8_t flows[FLOWS]; /* the queue pair that a flow was last sent by, and 1; 0: none was */
	bool was_up;
	/* The next frame to be received, which has no room yet. */
	bool has_next;
	unsigned int next_pair;
	uint32_t next_hash;
	uint8_t next_report;
	uint64_t waits_since; /* padma_sim_now(), and 1; 0: it does not wait for buffers */
	/* The next frame to be sent, which the wire has no room for. */
	struct sim_virtq_buffer first, buffer;
	struct sim_virtq_used used[SIM_VIRTQ_PARTS];
	uint8_t frame[SIM_FRAME_MAX + HEADER_HASH_BYTES];
};

static inline bool net_has(const struct net *net, unsigned int feature)
{
	return sim_virtio_has(&net->virtio, feature);
}

static inline unsigned int net_header_bytes(const struct net *net)
{
	return net_has(net, NET_HASH_REPORT) ? HEADER_HASH_BYTES : HEADER_BYTES;
}

static inline struct sim_virtq *net_rx_queue(struct net *net, unsigned int pair)
{
	return &net->virtio.queues[2 * pair];
}

static inline struct sim_virtq *net_tx_queue(struct net *net, unsigned int pair)
{
	return &net->virtio.queues[2 * pair + 1];
}

/* 5.1.2: pairs that there are with the features that were accepted. */
static inline unsigned int net_pairs_max(const struct net *net)
{
	return net_has(net, NET_MQ) || net_has(net, NET_RSS) ? (unsigned int)net->keys.queues : 1;
}

static inline uint16_t net_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline void net_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline uint32_t net_get32(const uint8_t *at)
{
	return net_get16(at) | (uint32_t)net_get16(at + 2) << 16;
}

static inline void net_put32(uint8_t *at, uint32_t value)
{
	net_put16(at, value);
	net_put16(at + 2, value >> 16);
}

static inline uint16_t net_order16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* features.c */
extern const struct sim_virtio_ops sim_virtio_net_ops;
/* All that the model has, and what it offers unless keys say otherwise. */
uint64_t sim_virtio_net_features(const struct net_keys *keys);
/* The link is up or down; announce.c's bit may come with it. */
void sim_virtio_net_set_link(struct net *net, bool up);
/* Tell the wire what the receiver takes. */
void sim_virtio_net_set_receiver(struct net *net, bool on);

/* control.c: carry out the commands that wait. How many. */
unsigned int sim_virtio_net_control(struct net *net);

/* transmit.c, receive.c: at most @limit frames. How many. */
unsigned int sim_virtio_net_transmit(struct net *net, unsigned int limit);
unsigned int sim_virtio_net_receive(struct net *net, unsigned int limit);

/* filter.c: whether the driver is to get this frame. */
bool sim_virtio_net_passes(const struct net *net, const struct sim_frame *frame);

/* hash.c: the protocols of a frame; and a hash over its flow, with what it is over. */
void sim_virtio_net_flow(const uint8_t *data, uint32_t bytes, struct net_flow *flow);
/* 5.1.6.4.3: HASH_* and one more, or 0 if there is none. */
uint8_t sim_virtio_net_hash(const struct net_rss *rss, const struct net_flow *flow, uint32_t *hash);
/* The same for both directions of a flow: a row of the table of flows. */
unsigned int sim_virtio_net_row(const struct net_flow *flow);

#endif
