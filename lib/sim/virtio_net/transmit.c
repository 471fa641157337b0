// SPDX-License-Identifier: BSD-3-Clause
/* Packets from the driver to the wire (Virtio 1.2, 5.1.6.2). */
#include <inttypes.h>
#include <string.h>

#include "net.h"

#define TYPE_VLAN	0x8100u
#define TCP_CHECKSUM_AT 16u
#define UDP_CHECKSUM_AT 6u
#define PROTOCOL_TCP	6u
#define PROTOCOL_UDP	17u

/* The header is not as the specification wants it: recorded. False. */
static bool refuse(struct net *net, const char *what, unsigned int value)
{
	padma_sim_driver_error(net->function, "the header of a transmitted packet: %s: %u", what,
			       value);
	return false;
}

static bool read_segment(struct net *net, const uint8_t *header, struct sim_frame *frame)
{
	static const struct {
		uint8_t type, feature;
		enum sim_segment segment;
	} types[] = {{GSO_TCPV4, NET_HOST_TSO4, SIM_SEGMENT_TCP4},
		     {GSO_TCPV6, NET_HOST_TSO6, SIM_SEGMENT_TCP6},
		     {GSO_UDP_L4, NET_HOST_USO, SIM_SEGMENT_UDP}};
	uint8_t type = header[HEADER_GSO_TYPE] & (uint8_t)~GSO_ECN;

	frame->ecn = header[HEADER_GSO_TYPE] & GSO_ECN;
	if (frame->ecn && (!net_has(net, NET_HOST_ECN) || type == GSO_NONE || type == GSO_UDP_L4))
		return refuse(net, "gso_type has ECN", header[HEADER_GSO_TYPE]);
	if (type == GSO_NONE)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type && net_has(net, types[i].feature))
			frame->segment = types[i].segment;
	}
	frame->segment_bytes = net_get16(header + HEADER_GSO_SIZE);
	frame->header_bytes = net_get16(header + HEADER_HDR_LEN);
	if (frame->segment == SIM_SEGMENT_NONE)
		return refuse(net, "gso_type was not accepted", type);
	if (frame->segment_bytes == 0)
		return refuse(net, "gso_size, with a gso_type", 0);
	if (!frame->partial)
		return refuse(net, "a gso_type without NEEDS_CSUM", type);
	return true;
}

/* What the driver left in the field is the sum over the pseudo header, with the length of all that follows. */
static uint16_t pseudo_sum(const struct net_flow *flow, uint8_t protocol, uint32_t bytes)
{
	uint32_t sum = protocol + (bytes >> 16) + (bytes & 0xffff);

	for (unsigned int i = 0; i < 2 * flow->address_bytes; i += 2)
		sum += net_order16(flow->addresses + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* As far as the headers are understood: TCP or UDP, without extension headers. */
static bool sum_is_right(struct net *net, const struct sim_frame *frame)
{
	struct net_flow flow;
	bool is_tcp;
	uint16_t sum, expected;

	sim_virtio_net_flow(frame->data, frame->bytes, &flow);
	is_tcp = flow.type == HASH_TCPV4 || flow.type == HASH_TCPV6;
	if (!is_tcp && flow.type != HASH_UDPV4 && flow.type != HASH_UDPV6)
		return true;
	if (frame->checksum_start != flow.l4 ||
	    frame->checksum_offset != (is_tcp ? TCP_CHECKSUM_AT : UDP_CHECKSUM_AT))
		return refuse(net, "csum_start is not the TCP or UDP header",
			      frame->checksum_start);
	sum = net_order16(frame->data + flow.l4 + frame->checksum_offset);
	expected = pseudo_sum(&flow, is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP, frame->bytes - flow.l4);
	if (sum != expected && !(sum % 0xffff == 0 && expected % 0xffff == 0))
		return refuse(net, "the checksum field is not the pseudo-header sum", sum);
	/* 5.1.6.2.1: exact, if the driver has promised that. */
	if (net_has(net, NET_GUEST_HDRLEN) && frame->segment != SIM_SEGMENT_NONE &&
	    frame->header_bytes != flow.l4 + (is_tcp ? (frame->data[flow.l4 + 12] >> 4) * 4u : 8u))
		return refuse(net, "hdr_len", frame->header_bytes);
	return true;
}

static bool read_checksum(struct net *net, const uint8_t *header, struct sim_frame *frame)
{
	uint8_t flags = header[HEADER_FLAGS];

	if (flags & ~FLAG_NEEDS_CSUM || (flags && !net_has(net, NET_CSUM)))
		return refuse(net, "flags", flags);
	frame->partial = flags & FLAG_NEEDS_CSUM;
	if (!frame->partial)
		return true;
	frame->checksum_start = net_get16(header + HEADER_CSUM_START);
	frame->checksum_offset = net_get16(header + HEADER_CSUM_OFFSET);
	if ((uint32_t)frame->checksum_start + frame->checksum_offset + 2 > frame->bytes)
		return refuse(net, "csum_start is beyond the packet", frame->checksum_start);
	return true;
}

static bool size_is_right(struct net *net, const struct sim_frame *frame)
{
	uint32_t most = (uint32_t)net->keys.mtu + ETHERNET_BYTES;

	if (frame->bytes < ETHERNET_BYTES)
		return refuse(net, "no Ethernet header: bytes", frame->bytes);
	if (net_order16(frame->data + 12) == TYPE_VLAN)
		most += VLAN_BYTES;
	if (net_has(net, NET_MTU) && frame->segment == SIM_SEGMENT_NONE && frame->bytes > most)
		return refuse(net, "longer than the MTU allows: bytes", frame->bytes);
	return true;
}

static bool read_header(struct net *net, const uint8_t *header, struct sim_frame *frame)
{
	if (net_get16(header + HEADER_NUM_BUFFERS))
		return refuse(net, "num_buffers", net_get16(header + HEADER_NUM_BUFFERS));
	if (!read_checksum(net, header, frame) || !read_segment(net, header, frame) ||
	    !size_is_right(net, frame))
		return false;
	return !frame->partial || sum_is_right(net, frame);
}

static void remember_flow(struct net *net, const struct sim_frame *frame, unsigned int pair)
{
	struct net_flow flow;

	if (net->pairs < 2 || net->rss.steers || pair >= UINT8_MAX)
		return;
	sim_virtio_net_flow(frame->data, frame->bytes, &flow);
	net->flows[sim_virtio_net_row(&flow)] = (uint8_t)(pair + 1);
}

/* 0: it is sent, or never can be; -EAGAIN: later. */
static int send(struct net *net, struct sim_virtq *queue, unsigned int pair)
{
	const struct sim_virtq_buffer *buffer = &net->buffer;
	uint32_t header_bytes = net_header_bytes(net);
	struct sim_frame frame;

	if (buffer->readable_bytes < header_bytes + 1ull ||
	    buffer->readable_bytes > sizeof(net->frame) || buffer->writable) {
		padma_sim_driver_error(net->function,
				       "queue %u: a packet of %" PRIu64
				       " bytes with its header, and "
				       "%u writable parts",
				       queue->index, buffer->readable_bytes, buffer->writable);
		return 0;
	}
	if (sim_wire_is_null(net->wire))
		return 0;
	if (!sim_virtq_read(queue, buffer, 0, net->frame, (uint32_t)buffer->readable_bytes)) {
		sim_virtio_need_reset(&net->virtio);
		return 0;
	}
	frame = (struct sim_frame){.data = net->frame + header_bytes,
				   .bytes = (uint32_t)buffer->readable_bytes - header_bytes};
	if (!read_header(net, net->frame, &frame))
		return 0;
	remember_flow(net, &frame, pair);
	return sim_wire_send(net->wire, &frame) == -EAGAIN ? -EAGAIN : 0;
}

static unsigned int send_queue(struct net *net, unsigned int pair, unsigned int limit)
{
	struct sim_virtq *queue = net_tx_queue(net, pair);
	unsigned int done = 0;

	while (done < limit) {
		struct sim_virtq_mark mark = sim_virtq_mark(queue);

		if (sim_virtq_take(queue, &net->buffer) <= 0)
			break;
		if (pair >= net->pairs) {
			/* 5.1.6.5.6.1 */
			padma_sim_driver_error(net->function,
					       "queue %u is used, with %u queue pairs enabled",
					       queue->index, net->pairs);
		} else if (send(net, queue, pair) == -EAGAIN) {
			const struct sim_virtq_used back = {.id = net->buffer.id};

			sim_virtq_untake(queue, &mark, &back, 1);
			break;
		}
		sim_virtq_put(queue, &net->buffer, 0);
		done++;
	}
	sim_virtq_publish(queue);
	return done;
}

unsigned int sim_virtio_net_transmit(struct net *net, unsigned int limit)
{
	unsigned int pairs = net_pairs_max(net), done = 0;

	for (unsigned int pair = 0; pair < pairs && done < limit; pair++) {
		if (sim_virtq_is_ready(net_tx_queue(net, pair)))
			done += send_queue(net, pair, limit - done);
	}
	return done;
}
