// SPDX-License-Identifier: BSD-3-Clause
/* Frames from the wire to the driver (Virtio 1.2, 5.1.6.3 and 5.1.6.4). */
#include <string.h>

#include "net.h"

/* How long a frame waits for buffers before it is lost; with pause frames much longer. */
#define WAIT_NS		  100000000ull
#define WAIT_STEPS	  64u
#define WAIT_PAUSE_FACTOR 64u
/* A header and a short frame are written at once. */
#define SHORT_BYTES	  256u

static void make_header(const struct net *net, const struct sim_frame *frame, unsigned int buffers,
			uint8_t *header)
{
	static const uint8_t types[] = {[SIM_SEGMENT_NONE] = GSO_NONE,
					[SIM_SEGMENT_TCP4] = GSO_TCPV4,
					[SIM_SEGMENT_TCP6] = GSO_TCPV6,
					[SIM_SEGMENT_UDP] = GSO_UDP_L4};

	memset(header, 0, HEADER_HASH_BYTES);
	net_put16(header + HEADER_NUM_BUFFERS, buffers);
	if (net->offloads & VIRTIO_BIT(NET_GUEST_CSUM))
		header[HEADER_FLAGS] = frame->partial ? FLAG_NEEDS_CSUM
				       : frame->good  ? FLAG_DATA_VALID
						      : 0;
	if (frame->partial) {
		net_put16(header + HEADER_CSUM_START, frame->checksum_start);
		net_put16(header + HEADER_CSUM_OFFSET, frame->checksum_offset);
	}
	if (frame->segment != SIM_SEGMENT_NONE) {
		header[HEADER_GSO_TYPE] =
			(uint8_t)(types[frame->segment] | (frame->ecn ? GSO_ECN : 0));
		net_put16(header + HEADER_GSO_SIZE, frame->segment_bytes);
		net_put16(header + HEADER_HDR_LEN, frame->header_bytes);
	}
	net_put32(header + HEADER_HASH, net->next_hash);
	net_put16(header + HEADER_HASH_REPORT, net->next_report);
}

/* The bytes of the packet that the buffer takes, the header not counted. */
static uint32_t fill(struct net *net, struct sim_virtq *queue,
		     const struct sim_virtq_buffer *buffer, uint32_t header_bytes,
		     const uint8_t *data, uint32_t bytes)
{
	uint64_t room = buffer->writable_bytes - header_bytes;
	uint32_t count = room < bytes ? (uint32_t)room : bytes;

	if (count && !sim_virtq_write(queue, buffer, header_bytes, data, count))
		sim_virtio_need_reset(&net->virtio);
	return count;
}

static bool is_receive_buffer(struct net *net, const struct sim_virtq *queue,
			      const struct sim_virtq_buffer *buffer)
{
	if (!buffer->readable && buffer->writable_bytes >= net_header_bytes(net))
		return true;
	padma_sim_driver_error(
		net->function,
		"queue %u: a receive buffer with %u readable parts, and too few bytes "
		"for the header",
		queue->index, buffer->readable);
	sim_virtio_need_reset(&net->virtio);
	return false;
}

/* A frame in a buffer that it fits in with its header. */
static void put_short(struct net *net, struct sim_virtq *queue, const struct sim_frame *frame)
{
	uint32_t header_bytes = net_header_bytes(net);
	uint8_t bytes[SHORT_BYTES];

	make_header(net, frame, 1, bytes);
	memcpy(bytes + header_bytes, frame->data, frame->bytes);
	if (!sim_virtq_write(queue, &net->first, 0, bytes, header_bytes + frame->bytes))
		sim_virtio_need_reset(&net->virtio);
	sim_virtq_put(queue, &net->first, header_bytes + frame->bytes);
}

/* The rest of a frame in further buffers: how many there are of it, or 0: too few are available. */
static unsigned int fill_others(struct net *net, struct sim_virtq *queue,
				const struct sim_frame *frame, uint32_t at)
{
	unsigned int count = 1;

	while (at < frame->bytes && count < SIM_VIRTQ_PARTS &&
	       sim_virtq_take(queue, &net->buffer) > 0) {
		uint32_t bytes;

		net->used[count] = (struct sim_virtq_used){.id = net->buffer.id,
							   .descriptors = net->buffer.descriptors};
		if (!is_receive_buffer(net, queue, &net->buffer))
			return 0;
		bytes = fill(net, queue, &net->buffer, 0, frame->data + at, frame->bytes - at);
		net->used[count++].bytes = bytes;
		at += bytes;
	}
	net->used[0].bytes += net_header_bytes(net);
	return at < frame->bytes ? 0 : count;
}

static void give_back(struct net *net, struct sim_virtq *queue, const struct sim_virtq_mark *mark)
{
	unsigned int count = 0;

	/* used[] ends where a buffer is not held any more. */
	while (count < SIM_VIRTQ_PARTS && net->used[count].descriptors)
		count++;
	sim_virtq_untake(queue, mark, net->used, count);
}

/* 1: the driver has it; 0: there are too few buffers now; -EMSGSIZE: no buffer can take it. */
static int deliver(struct net *net, struct sim_virtq *queue, const struct sim_frame *frame)
{
	struct sim_virtq_mark mark = sim_virtq_mark(queue);
	uint32_t header_bytes = net_header_bytes(net), done;
	uint8_t header[HEADER_HASH_BYTES];
	unsigned int count;

	if (sim_virtq_take(queue, &net->first) <= 0)
		return 0;
	if (!is_receive_buffer(net, queue, &net->first))
		return -EMSGSIZE;
	if (header_bytes + frame->bytes <= SHORT_BYTES &&
	    header_bytes + frame->bytes <= net->first.writable_bytes) {
		put_short(net, queue, frame);
		return 1;
	}
	memset(net->used, 0, sizeof(net->used));
	net->used[0] = (struct sim_virtq_used){net->first.id, net->first.descriptors, 0};
	if (!net_has(net, NET_MRG_RXBUF) &&
	    net->first.writable_bytes < header_bytes + (uint64_t)frame->bytes) {
		give_back(net, queue, &mark);
		return -EMSGSIZE;
	}
	done = fill(net, queue, &net->first, header_bytes, frame->data, frame->bytes);
	net->used[0].bytes = done;
	count = fill_others(net, queue, frame, done);
	if (count == 0) {
		give_back(net, queue, &mark);
		return 0;
	}
	make_header(net, frame, count, header);
	if (!sim_virtq_write(queue, &net->first, 0, header, header_bytes))
		sim_virtio_need_reset(&net->virtio);
	sim_virtq_put_all(queue, net->used, count);
	return 1;
}

/* 5.1.6.5.5 to 5.1.6.5.7: in which queue; and its hash. */
static void choose_queue(struct net *net, const struct sim_frame *frame)
{
	struct net_flow flow;
	unsigned int row;

	net->next_pair = 0;
	net->next_hash = net->next_report = 0;
	if (!net_has(net, NET_HASH_REPORT) && !net->rss.steers && net->pairs < 2)
		return;
	sim_virtio_net_flow(frame->data, frame->bytes, &flow);
	if (net_has(net, NET_HASH_REPORT) || net->rss.steers)
		net->next_report = sim_virtio_net_hash(&net->rss, &flow, &net->next_hash);
	if (net->rss.steers) {
		net->next_pair = net->next_report ? net->rss.table[net->next_hash & net->rss.mask]
						  : net->rss.unclassified;
	} else if (net->pairs > 1) {
		row = sim_virtio_net_row(&flow);
		net->next_pair = net->flows[row] ? net->flows[row] - 1u : row % net->pairs;
	}
}

/* Whether the frame that finds no room is to wait longer. */
static bool may_wait(struct net *net)
{
	uint64_t now = padma_sim_now(net->function) + 1;
	uint64_t most = net->function->stepped ? WAIT_STEPS : WAIT_NS;

	if (net->keys.wire.pause)
		most *= WAIT_PAUSE_FACTOR;
	else if (net->pairs > 1 || net->rss.steers)
		return false; /* others must not wait for this queue */
	if (!net->waits_since)
		net->waits_since = now;
	return now - net->waits_since < most;
}

static void take(struct net *net)
{
	sim_wire_take(net->wire);
	net->has_next = false;
	net->waits_since = 0;
}

static void publish(struct net *net)
{
	for (unsigned int pair = 0; pair < net_pairs_max(net); pair++)
		sim_virtq_publish(net_rx_queue(net, pair));
}

/* 1: the next frame is gone, to the driver or lost; 0: none, or it waits. */
static unsigned int receive_one(struct net *net)
{
	const struct sim_frame *frame = sim_wire_peek(net->wire);
	struct sim_virtq *queue;
	int rc;

	if (!frame)
		return 0;
	if (!net->has_next) {
		if (!sim_virtio_net_passes(net, frame)) {
			take(net);
			return 1;
		}
		choose_queue(net, frame);
		net->has_next = true;
	}
	queue = net_rx_queue(net, net->next_pair);
	rc = queue->enabled ? deliver(net, queue, frame) : -EMSGSIZE;
	if (rc == 0 && may_wait(net))
		return 0;
	take(net);
	return 1;
}

/* Frames without end: as many as there are buffers, in each queue that is in use. */
static unsigned int receive_endless(struct net *net, unsigned int limit)
{
	unsigned int pairs = net->rss.steers ? net_pairs_max(net) : net->pairs, done = 0;
	const struct sim_frame *frame = sim_wire_peek(net->wire);

	choose_queue(net, frame);
	for (unsigned int pair = 0; pair < pairs; pair++) {
		struct sim_virtq *queue = net_rx_queue(net, pair);

		while (done < limit && queue->enabled && deliver(net, queue, frame) > 0) {
			sim_wire_take(net->wire);
			done++;
		}
	}
	return done;
}

unsigned int sim_virtio_net_receive(struct net *net, unsigned int limit)
{
	unsigned int done = 0;

	if (sim_wire_is_null(net->wire))
		done = receive_endless(net, limit);
	else
		while (done < limit && sim_virtio_is_running(&net->virtio) && receive_one(net))
			done++;
	publish(net);
	return done;
}
