/* SPDX-License-Identifier: BSD-3-Clause */
/* net.h - the port and its queues, as the files of this driver share them. */
#ifndef VIRTIO_NET_NET_H
#define VIRTIO_NET_NET_H

#include <padma/net/driver.h>
#include <padma/pmd/leftover.h>
#include <padma/virtio/queue.h>

#include "spec.h"

/* Segments of a packet that is transmitted; with the header, entries of an indirect table. */
#define SEGMENTS_MAX	  31u
#define RSS_ENTRIES_MAX	  512u
/* Ethernet header and two tags. */
#define FRAME_EXTRA	  22u
#define FRAME_LEAST	  14u
/* An IPv6 packet with the longest payload, Ethernet and two tags (5.1.6.3). */
#define FRAME_MOST	  (14u + 2 * 4u + 40u + 65535u)
/* A frame before segmentation: the largest IP packet. */
#define TSO_FRAME_MAX	  (65535u + FRAME_EXTRA)
#define VLAN_BITMAP_BYTES 512u

struct net;

struct rx_queue {
	struct padma_rx_queue rx;
	struct padma_virtqueue *vq;
	uint64_t word_offset; /* of a received packet: offset, length 0, room, no tag */
	uint64_t word_rest;   /* of it: segment size, header lengths, port, queue, references */
	uint32_t room_bytes;
	uint32_t start; /* where the device begins to write in a room: the header */
	uint32_t header_bytes;
	uint32_t used_least; /* bytes that the device writes for a packet in one buffer */
	uint32_t used_most;
	bool guard, mergeable, hash, armed;
	bool csum, tso4, tso6; /* what headers may say */
	unsigned int stride;   /* packets that make one buffer */
	struct padma_packet *partial,
		*last; /* a packet of several buffers, of which some are missing */
	unsigned int missing;
	struct padma_space *space;
	struct net *net;
};

struct tx_queue {
	struct padma_tx_queue tx;
	struct padma_virtqueue *vq;
	struct padma_space *space;
	uint32_t header_bytes;
	uint32_t frame_most;
	bool guard;
	/* Headers of packets that have no room for one, by identifier. */
	struct header *headers;
	padma_dma_t headers_dma;
	struct net *net;
};

struct control {
	struct padma_virtqueue *vq;
	uint8_t *buffer; /* memory for one command */
	padma_dma_t dma;
	uint64_t commands, refused;
};

struct net {
	struct padma_port port;
	struct padma_virtio *virtio;
	uint64_t offered; /* when it was opened */
	unsigned int pairs;
	unsigned int pairs_max;
	bool started;
	struct control control;
	/* For pairs of which the program uses one queue: 2 i is the receive queue of pair i, 2 i + 1 the other. */
	struct padma_virtqueue **spare;
	uint8_t vlans[VLAN_BITMAP_BYTES]; /* that the device has in its filter */
	uint64_t announcements;
	struct padma_leftover leftover;
};

static inline struct net *net_of(struct padma_port *port)
{
	return (struct net *)(void *)port;
}

static inline struct rx_queue *rx_of(struct padma_rx_queue *queue)
{
	return (struct rx_queue *)(void *)queue;
}

static inline struct tx_queue *tx_of(struct padma_tx_queue *queue)
{
	return (struct tx_queue *)(void *)queue;
}

static inline const char *net_name(const struct net *net)
{
	return padma_device_name(net->port.device);
}

static inline bool offers(const struct net *net, unsigned int bit)
{
	return net->offered & PADMA_VIRTIO_BIT(bit);
}

static inline bool has(const struct net *net, unsigned int bit)
{
	return padma_virtio_has(net->virtio, bit);
}

/* The vector of MSI-X for virtio; INTx has none. */
static inline unsigned int queue_vector(const struct net *net, int vector)
{
	if (vector < 0 || padma_device_irq_kind(net->port.device) != PADMA_IRQ_MSIX)
		return PADMA_VIRTIO_NO_VECTOR;
	return (unsigned int)vector;
}

#endif
