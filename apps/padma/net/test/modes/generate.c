// SPDX-License-Identifier: BSD-3-Clause
/* See generate.h. */
#include "net/test/modes/generate.h"

#include <stdlib.h>

#include <padma/time.h>

#include "common/command.h"
#include "net/checksum.h"

#define UDP_AT		 (sizeof(struct wire_ethernet) + sizeof(struct wire_ipv4))

#define DO_NOT_FRAGMENT	 0x4000
#define TTL		 64

/* A window without progress for this time: what is in flight is lost. A peer that waits for a processor on a busy machine
 * makes none for some tenths of a second. */
#define PATIENCE_SECONDS 2

static void prepare_header(struct generator *generator, const struct test_options *options)
{
	struct wire_ethernet *ethernet = (void *)generator->header;
	struct wire_ipv4 *ip = (void *)(generator->header + sizeof(*ethernet));
	struct wire_udp *udp = (void *)(generator->header + UDP_AT);

	memset(generator->header, 0, sizeof(generator->header));
	wire_put16(ethernet->type, ETHERTYPE_IPV4);
	ip->version_length = 0x45;
	wire_put16(ip->fragment, DO_NOT_FRAGMENT); /* so it needs no id (RFC 6864, 4.1) */
	ip->ttl = TTL;
	ip->protocol = PROTOCOL_UDP;
	memcpy(ip->from, options->tx_ip_from, sizeof(ip->from));
	memcpy(ip->to, options->tx_ip_to, sizeof(ip->to));
	wire_put16(udp->from, options->tx_udp_from);
	wire_put16(udp->to, options->tx_udp_to);
}

static void set_address(struct generator *generator, const struct test_stream *stream)
{
	struct wire_ethernet *ethernet = (void *)generator->header;

	memcpy(ethernet->to, stream->peer_mac, MAC_BYTES);
	memcpy(ethernet->from, stream->tx_mac, MAC_BYTES);
}

/* Lengths, addresses and the IP checksum of one packet of @bytes bytes. */
static void finish_headers(const struct generator *generator, uint8_t *data, uint32_t bytes)
{
	struct wire_ipv4 *ip = (void *)(data + sizeof(struct wire_ethernet));
	struct wire_udp *udp = (void *)(data + UDP_AT);
	uint16_t checksum;

	wire_put16(ip->bytes, (uint16_t)(bytes - sizeof(struct wire_ethernet)));
	if (generator->flows > 1)
		wire_put32(ip->to, wire_get32(ip->to) + generator->flow);
	wire_put16(udp->bytes, (uint16_t)(bytes - UDP_AT));
	checksum = padma_sum_finish(padma_sum(ip, sizeof(*ip), 0));
	memcpy(ip->checksum, &checksum, sizeof(checksum));
}

static void finish_udp(struct padma_packet *packet, uint8_t *data, uint32_t bytes)
{
	const struct wire_ipv4 *ip = (const void *)(data + sizeof(struct wire_ethernet));
	struct wire_udp *udp = (void *)(data + UDP_AT);
	uint32_t l4_bytes = bytes - (uint32_t)UDP_AT;
	uint16_t checksum;

	checksum = padma_sum_finish(padma_packet_sum(
		packet, UDP_AT, l4_bytes, checksum_pseudo(ip->from, 4, PROTOCOL_UDP, l4_bytes)));
	/* 0 would mean no checksum (RFC 768). */
	if (checksum == 0)
		checksum = 0xffff;
	memcpy(udp->checksum, &checksum, sizeof(checksum));
}

/* What segment number @index takes of @left bytes. */
static uint32_t segment_bytes(const struct generator *generator, unsigned int index,
			      const struct padma_packet *segment, uint32_t left)
{
	uint32_t bytes = padma_packet_tailroom(segment);

	if (index < generator->segment_count && generator->segments[index] < bytes)
		bytes = generator->segments[index];
	return bytes < left ? bytes : left;
}

/* Append the rest of the payload, in further segments where the room ends. */
static bool fill(const struct generator *generator, struct padma_pool_cache *cache,
		 struct padma_packet *packet, uint32_t bytes)
{
	uint32_t done = GENERATE_HEADERS + STAMP_BYTES; /* of the packet */
	uint32_t here = segment_bytes(generator, 0, packet, UINT32_MAX);
	struct padma_packet *segment = packet;

	here = here > done ? here - done : 0;
	for (unsigned int i = 1;; i++) {
		here = here < bytes - done ? here : bytes - done;
		stamp_fill(padma_packet_append(segment, here), &generator->stamp,
			   done - GENERATE_HEADERS, here);
		done += here;
		if (done == bytes)
			return true;
		segment->next = padma_packet_get(cache);
		segment = segment->next;
		if (!segment)
			return false;
		here = segment_bytes(generator, i, segment, bytes - done);
	}
}

/* The control thread looks whether the end is reached. */
static void count_one(struct generator *generator)
{
	__atomic_store_n(&generator->stamp.number, generator->stamp.number + 1, __ATOMIC_RELAXED);
}

bool generate_packet(struct generator *generator, struct padma_pool_cache *cache,
		     struct padma_packet *packet, uint32_t bytes)
{
	uint8_t *data = padma_packet_append(packet, GENERATE_HEADERS + STAMP_BYTES);

	memcpy(data, generator->header, GENERATE_HEADERS);
	finish_headers(generator, data, bytes);
	stamp_write(data + GENERATE_HEADERS, &generator->stamp, bytes - GENERATE_HEADERS);
	if (!fill(generator, cache, packet, bytes))
		return false;
	finish_udp(packet, data, bytes);
	if (generator->vlan) {
		packet->flags |= PADMA_PACKET_VLAN;
		packet->vlan = (uint16_t)(generator->vlan - 1);
	}
	packet->l2_bytes = sizeof(struct wire_ethernet);
	packet->l3_bytes = sizeof(struct wire_ipv4);
	count_one(generator);
	generator->flow = generator->flow + 1 < generator->flows ? generator->flow + 1 : 0;
	return true;
}

/* Packets of this stream that came back to any queue. */
static uint64_t came_back(const struct test_stream *stream, const struct stamp *stamp)
{
	const struct test *test = stream->test;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < test->stream_count; i++)
		sum += verify_received(test->streams[i].verify, stamp->run, stamp->stream);
	return sum;
}

/* How many more the window allows. */
static unsigned int window_room(struct test_stream *stream, struct generator *generator,
				unsigned int wanted)
{
	uint64_t back = came_back(stream, &generator->stamp), away;
	uint64_t now = padma_ticks();

	away = generator->stamp.number - generator->forgiven;
	away = away > back ? away - back : 0;
	if (back != generator->progress || away < generator->window) {
		generator->progress = back;
		generator->waiting_since = now;
	} else if (now - generator->waiting_since >
		   stream->test->ticks_per_second * PATIENCE_SECONDS) {
		generator->forgiven += away;
		generator->waiting_since = now;
		away = 0;
	}
	if (away >= generator->window)
		return 0;
	return generator->window - away < wanted ? (unsigned int)(generator->window - away)
						 : wanted;
}

static unsigned int allowed(struct test_stream *stream, struct generator *generator,
			    unsigned int wanted)
{
	uint64_t left = generator->end - generator->stamp.number;

	if (wanted > left)
		wanted = (unsigned int)left;
	if (generator->window && wanted)
		wanted = window_room(stream, generator, wanted);
	if (generator->rate.per_second == 0 || wanted == 0)
		return wanted;
	return rate_take(&generator->rate, padma_ticks(), wanted);
}

static bool make(struct generator *generator, struct padma_pool_cache *cache,
		 struct padma_packet *packet)
{
	uint64_t number = generator->stamp.number;

	if (!generator->replay)
		return generate_packet(generator, cache, packet,
				       sizes_next(generator->sizes, &generator->place));
	if (!replay_packet(generator->replay,
			   generator->replay_first + number * generator->replay_step, cache,
			   packet))
		return false;
	count_one(generator);
	return true;
}

unsigned int generate(struct test_stream *stream, struct padma_packet **packets, unsigned int have)
{
	struct generator *generator = stream->state;
	unsigned int n = allowed(stream, generator, stream->burst - have);

	for (; n; n--) {
		struct padma_packet *packet = padma_packet_get(stream->cache);

		if (PADMA_UNLIKELY(!packet)) {
			padma_counter_add(&stream->stats.no_packet, 1);
			break;
		}
		if (PADMA_UNLIKELY(!make(generator, stream->cache, packet))) {
			padma_packet_put(stream->cache, packet);
			padma_counter_add(&stream->stats.no_packet, 1);
			break;
		}
		packets[have++] = packet;
	}
	return have;
}

/* The share of stream @index of @count of a total. */
static uint64_t share(uint64_t total, unsigned int index, unsigned int count)
{
	return total / count + (index < total % count);
}

void generate_init(struct generator *generator, const struct test_stream *stream, uint32_t flows)
{
	const struct test_options *options = stream->test->options;

	*generator = (struct generator){
		.stamp.run = stream->test->run,
		.stamp.stream = (uint16_t)(stream->tx_port << 8 | stream->tx_queue),
		.end = UINT64_MAX,
		.sizes = &options->sizes,
		.vlan = options->vlan,
		.segments = options->segments,
		.segment_count = options->segment_count > 1 ? options->segment_count : 0,
		.flows = flows,
	};
	prepare_header(generator, options);
	set_address(generator, stream);
}

int generate_open(struct test_stream *stream, uint32_t flows)
{
	const struct test *test = stream->test;
	const struct test_options *options = test->options;
	struct generator *generator = calloc(1, sizeof(*generator));
	unsigned int index = (unsigned int)(stream - test->streams);

	if (!generator)
		return complain("no memory for a generator");
	generate_init(generator, stream, flows);
	if (options->count)
		generator->end = share(options->count, index, test->stream_count);
	rate_init(&generator->rate,
		  options->rate ? share(options->rate, stream->tx_queue, test->queues) : 0,
		  test->ticks_per_second, padma_ticks());
	if (options->rate && generator->rate.per_second == 0)
		generator->rate.per_second = 1;
	if (test->replay) {
		generator->replay = test->replay;
		generator->replay_first = index;
		generator->replay_step = test->stream_count;
		if (!options->replay_loop && !options->count)
			generator->end =
				share(replay_count(test->replay), index, test->stream_count);
	}
	generator->window = options->window;
	stream->state = generator;
	return 0;
}

void generate_close(struct test_stream *stream)
{
	free(stream->state);
	stream->state = NULL;
}

void generate_address(struct test_stream *stream)
{
	set_address(stream->state, stream);
}

uint64_t generate_sent(const struct test_stream *stream)
{
	const struct generator *generator = stream->state;

	return generator->stamp.number - stream->held;
}

uint64_t generate_in_flight(const struct test_stream *stream)
{
	const struct generator *generator = stream->state;
	uint64_t made, back;

	if (!generator || generator->replay)
		return 0;
	made = __atomic_load_n(&generator->stamp.number, __ATOMIC_RELAXED);
	back = came_back(stream, &generator->stamp);
	return made > back ? made - back : 0;
}

bool generate_done(const struct test_stream *stream)
{
	const struct generator *generator = stream->state;

	return __atomic_load_n(&generator->stamp.number, __ATOMIC_RELAXED) >= generator->end;
}
