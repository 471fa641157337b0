// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reception (574, 7.1; 8254x, 3.2): a frame passes the filters, waits in the packet buffer, and goes into the buffers of as
 * many descriptors as it needs.
 */
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "sum.h"

#define RECORD_BYTES                                                                               \
	8u /* before a frame in the packet buffer: its length, and whether it passed inexactly */
#define RECORD_INEXACT 4u
#define SMALL_BUFFER   256u
#define TYPE_MAC       0u
#define TYPE_IPV4      1u
#define TYPE_IPV4_L4   2u
#define TYPE_IPV6      5u
#define TYPE_IPV6_L4   6u

/* RCTL.BSIZE, BSEX and FLXBUF. */
uint32_t sim_e1000_buffer_bytes(const struct card *card)
{
	uint32_t rctl = get(card, RCTL);

	if (card->kind->is_82574 && RCTL_FLXBUF(rctl))
		return RCTL_FLXBUF(rctl) << 10;
	if (rctl & RCTL_BSEX)
		return RCTL_BSIZE(rctl) ? 32768u >> RCTL_BSIZE(rctl) : 0;
	return 2048u >> RCTL_BSIZE(rctl);
}

static uint32_t packet_buffer_bytes(const struct card *card)
{
	uint32_t bytes = (get(card, PBA) & 0xff) << 10;

	return bytes < card->fifo_bytes ? bytes : card->fifo_bytes;
}

static void fifo_clear(struct card *card)
{
	card->fifo_head = card->fifo_used = 0;
	card->fifo_waits = false;
}

void sim_e1000_receive_reset(struct card *card)
{
	fifo_clear(card);
	for (unsigned int i = 0; i < QUEUES; i++) {
		sim_e1000_ring_reset(card, &card->rx[i].ring);
		card->rx[i].delay = (struct delay){0};
	}
}

static uint32_t record_bytes(uint32_t frame_bytes)
{
	return RECORD_BYTES + ((frame_bytes + ETH_FCS_BYTES + 7) & ~7u);
}

static bool fifo_has_room(const struct card *card, uint32_t frame_bytes)
{
	return card->fifo_used + record_bytes(frame_bytes) <= packet_buffer_bytes(card);
}

static void fifo_put(struct card *card, const struct parsed *p, bool inexact)
{
	uint32_t bytes = record_bytes(p->bytes);
	uint8_t *at;

	if (card->fifo_head + card->fifo_used + bytes > card->fifo_bytes) {
		memmove(card->fifo, card->fifo + card->fifo_head, card->fifo_used);
		card->fifo_head = 0;
	}
	at = card->fifo + card->fifo_head + card->fifo_used;
	memcpy(at, &p->bytes, sizeof(p->bytes));
	at[RECORD_INEXACT] = inexact;
	memcpy(at + RECORD_BYTES, p->frame, p->bytes);
	card->fifo_used += bytes;
}

static void fifo_drop_first(struct card *card, uint32_t frame_bytes)
{
	card->fifo_used -= record_bytes(frame_bytes);
	card->fifo_head = card->fifo_used ? card->fifo_head + record_bytes(frame_bytes) : 0;
	card->fifo_waits = false;
}

/* 574, 7.1.11: what the card has found out of the checksums. */
static uint32_t checksum_status(const struct card *card, const struct parsed *p)
{
	uint32_t rxcsum = get(card, RXCSUM), status = 0;

	if (p->is_ipv6 && card->kind->is_82574 && (get(card, RFCTL) & RFCTL_IPV6XSUM_DIS))
		return RX_IXSM;
	if (p->is_ipv4 && (rxcsum & RXCSUM_IPOFLD))
		status |= RX_IPCS | (sim_e1000_ip_sum_right(p) ? 0 : RX_IPE);
	/* RFC 768: a UDP checksum of 0 is none. 8254x: IPv6 is not looked into. */
	if (!(rxcsum & RXCSUM_TUOFLD) || (p->is_ipv6 && !card->kind->is_82574))
		return status ? status : RX_IXSM;
	if (p->is_tcp || (p->is_udp && be16(p->frame + p->l4 + 6))) {
		status |= RX_TCPCS | (p->is_udp ? RX_UDPCS : 0);
		status |= sim_e1000_l4_sum_right(p) ? 0 : RX_TCPE;
	}
	return status ? status : RX_IXSM;
}

static uint32_t packet_type(const struct card *card, const struct parsed *p)
{
	bool has_l4 = p->is_tcp || p->is_udp;

	if (p->is_ipv4)
		return has_l4 ? TYPE_IPV4_L4 : TYPE_IPV4;
	if (!p->is_ipv6 || (get(card, RFCTL) & RFCTL_IPV6_DIS))
		return TYPE_MAC;
	return has_l4 ? TYPE_IPV6_L4 : TYPE_IPV6;
}

/* What is written back of a frame's last descriptor, all but the length. */
struct report {
	uint32_t status; /* as the extended format has it */
	uint64_t first;	 /* the first quad word of that format */
	uint16_t sum;	 /* packet checksum */
	uint16_t tag;
};

/* The ones' complement sum from RXCSUM.PCSS to the end. */
static uint16_t packet_sum(const struct card *card, const struct parsed *p)
{
	uint32_t start = RXCSUM_PCSS(get(card, RXCSUM));

	return start < p->bytes ? sim_sum_fold(sim_sum(p->frame + start, p->bytes - start, 0)) : 0;
}

static bool is_stripped(const struct card *card, const struct parsed *p)
{
	return p->has_tag && (get(card, CTRL) & CTRL_VME);
}

static struct report report_of(const struct card *card, const struct parsed *p,
			       const struct rss *rss, bool inexact)
{
	bool has_hash = card->kind->is_82574 && (get(card, RXCSUM) & RXCSUM_PCSD);
	struct report report = {.status = RX_EOP | (inexact ? RX_PIF : 0)};

	report.status |= checksum_status(card, p) | RX_PACKET_TYPE(packet_type(card, p));
	if (is_stripped(card, p)) {
		report.status |= RX_VP;
		report.tag = p->tag;
	}
	if (has_hash) {
		report.first = rss->type | rss->queue << 8 | (uint64_t)rss->hash << 32;
		return report;
	}
	report.sum = packet_sum(card, p);
	report.first = (uint64_t)report.sum << 48;
	if (p->is_ipv4) {
		report.status |= RX_IPIDV;
		report.first |= (uint64_t)p->ip_id << 32;
	}
	return report;
}

static bool is_extended(const struct card *card)
{
	return card->kind->is_82574 && (get(card, RFCTL) & RFCTL_EXSTEN);
}

static uint64_t second_word(const struct card *card, const struct report *report, uint32_t bytes,
			    uint32_t status)
{
	if (is_extended(card))
		return status | (uint64_t)bytes << 32 | (uint64_t)report->tag << 48;
	return bytes | (uint64_t)report->sum << 16 | (uint64_t)(status & 0xff) << 32 |
	       (uint64_t)(status >> 24) << 40 | (uint64_t)report->tag << 48;
}

static uint64_t noise(struct card *card)
{
	card->random ^= card->random << 13;
	card->random ^= card->random >> 7;
	card->random ^= card->random << 17;
	return card->random;
}

/* The descriptor's end: the driver sees DD last. */
static int write_back(struct card *card, uint64_t at, const struct report *report, uint32_t bytes,
		      bool is_last, uint32_t strikes)
{
	uint32_t status = RX_DD | (is_last ? report->status : 0);
	struct padma_sim_function *function = card->function;
	uint64_t first = is_last ? report->first : 0, second;

	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DROP))
		return 0;
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_WRONG_LENGTH))
		bytes = (uint16_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_WRONG_LENGTH);
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STATUS))
		status |= (uint32_t)padma_sim_fault_value(function, PADMA_SIM_FAULT_STATUS) << 24;
	second = second_word(card, report, bytes, status);
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_GARBAGE)) {
		first = noise(card);
		second = noise(card) | (is_extended(card) ? RX_DD : (uint64_t)RX_DD << 32);
	}
	if (is_extended(card) && padma_sim_dma_write(function, at, &first, sizeof(first)))
		return -EFAULT;
	return padma_sim_dma_store(function, at + 8, second, 8);
}

/* A descriptor's buffer; 0 if there is none that can be used. */
static uint64_t buffer_of(struct card *card, struct ring *ring, uint64_t at)
{
	uint64_t words[2];

	if (padma_sim_dma_read(card->function, at, words, sizeof(words))) {
		ring->is_broken = true;
		return 0;
	}
	if (is_extended(card) && (words[1] & RX_DD))
		driver_error(card, "a receive descriptor has DD set when it is given to the card");
	if (words[0] == 0) {
		driver_error(card, "a receive descriptor without a buffer");
		ring->is_broken = true;
	}
	return words[0];
}

static void threshold(struct card *card, const struct ring *ring, uint32_t before, uint32_t after,
		      unsigned int queue)
{
	uint32_t least = ring_entries(card, ring) >> (RCTL_RDMTS(get(card, RCTL)) + 1);

	sim_e1000_received(card, queue, before > least && after <= least ? CAUSE_RXDMT0 : 0);
}

/* Into @count descriptors, of which there are as many. */
static void fill(struct card *card, unsigned int queue, const uint8_t *data, uint32_t bytes,
		 const struct report *report, uint32_t strikes)
{
	uint32_t room = sim_e1000_buffer_bytes(card), done = 0;
	struct ring *ring = &card->rx[queue].ring;

	while (done < bytes) {
		uint32_t part = bytes - done < room ? bytes - done : room;
		uint64_t at = sim_e1000_descriptor(card, ring, get(card, ring->base + RING_HEAD));
		uint64_t buffer = buffer_of(card, ring, at);

		if (ring->is_broken)
			return;
		if (padma_sim_dma_write(card->function, buffer, data + done, part) ||
		    write_back(card, at, report, part, done + part == bytes, strikes)) {
			ring->is_broken = true;
			return;
		}
		done += part;
		sim_e1000_ring_advance(card, ring, 1);
	}
}

static uint32_t take_faults(struct card *card, struct ring *ring)
{
	uint32_t strikes = card->function->faults ? padma_sim_fault_strike(card->function) : 0;

	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_FATAL))
		card->is_dead = true;
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DELAY))
		ring->resume_at = padma_sim_now(card->function) +
				  padma_sim_fault_value(card->function, PADMA_SIM_FAULT_DELAY);
	return strikes;
}

/* Without its tag, and with the FCS if it is kept; there is room behind it. The first byte. */
static uint8_t *as_delivered(const struct card *card, const struct parsed *p, uint8_t *frame,
			     uint32_t *bytes)
{
	*bytes = p->bytes;
	if (!(get(card, RCTL) & RCTL_SECRC)) {
		uint32_t crc = sim_e1000_crc(frame, p->bytes);

		memcpy(frame + p->bytes, &crc, ETH_FCS_BYTES);
		*bytes += ETH_FCS_BYTES;
	}
	if (!is_stripped(card, p))
		return frame;
	memmove(frame + ETH_TAG_BYTES, frame, 2 * ETH_MAC_BYTES);
	*bytes -= ETH_TAG_BYTES;
	return frame + ETH_TAG_BYTES;
}

/* Whether it has gone, into a ring or nowhere. */
static bool deliver(struct card *card, uint8_t *frame, uint32_t frame_bytes, bool inexact)
{
	uint32_t room = sim_e1000_buffer_bytes(card), bytes, needs, waiting, strikes;
	struct report report;
	struct parsed p;
	struct ring *ring;
	struct rss rss;

	sim_e1000_parse(&p, frame, frame_bytes, (uint16_t)get(card, VET));
	sim_e1000_rss(card, &p, &rss);
	ring = &card->rx[rss.queue].ring;
	waiting = sim_e1000_ring_waiting(card, ring, rss.queue ? "RDT1" : "RDT0");
	bytes = p.bytes + (get(card, RCTL) & RCTL_SECRC ? 0 : ETH_FCS_BYTES) -
		(is_stripped(card, &p) ? ETH_TAG_BYTES : 0);
	needs = room ? (bytes + room - 1) / room : UINT32_MAX;
	if (waiting < needs)
		return false;
	strikes = take_faults(card, ring);
	if (ring->resume_at || card->is_dead)
		return false;
	report = report_of(card, &p, &rss, inexact);
	sim_e1000_count_received(card, &p);
	frame = as_delivered(card, &p, frame, &bytes);
	fill(card, rss.queue, frame, bytes, &report, strikes);
	if (!ring->is_broken)
		threshold(card, ring, waiting,
			  sim_e1000_ring_waiting(card, ring, rss.queue ? "RDT1" : "RDT0"),
			  rss.queue);
	return true;
}

static bool deliver_first(struct card *card)
{
	uint8_t *record = card->fifo + card->fifo_head;
	uint32_t bytes;

	if (card->fifo_used == 0)
		return false;
	memcpy(&bytes, record, sizeof(bytes));
	if (!deliver(card, record + RECORD_BYTES, bytes, record[RECORD_INEXACT])) {
		card->fifo_waits = true;
		return false;
	}
	fifo_drop_first(card, bytes);
	return true;
}

/* RCTL.LPE, and what the card can at most. */
static bool has_right_size(struct card *card, uint32_t bytes)
{
	uint32_t most = get(card, RCTL) & RCTL_LPE ? card->kind->frame_max : FRAME_STANDARD;

	if (bytes + ETH_FCS_BYTES > most)
		sim_e1000_count(card, ROC, 1);
	else if (bytes < ETH_BYTES)
		sim_e1000_count(card, RUC, 1);
	else
		return true;
	return false;
}

/* The packet buffer is full. */
static void miss(struct card *card)
{
	sim_e1000_count(card, MPC, 1);
	sim_e1000_raise(card, CAUSE_RXO);
}

/* A frame of the wire. False: it stays there, as pause frames make its sender wait. */
static bool arrive(struct card *card, const struct sim_frame *frame)
{
	struct parsed p;
	bool inexact;

	if (!fifo_has_room(card, frame->bytes) && card->config.wire.pause &&
	    record_bytes(frame->bytes) <= packet_buffer_bytes(card))
		return false;
	sim_e1000_count(card, TPR, 1);
	sim_e1000_count(card, TORL, frame->bytes + ETH_FCS_BYTES);
	if (!has_right_size(card, frame->bytes))
		return true;
	sim_e1000_parse(&p, frame->data, frame->bytes, (uint16_t)get(card, VET));
	if (!sim_e1000_filter(card, &p, &inexact))
		return true;
	if (card->fifo_waits)
		sim_e1000_count(card, RNBC, 1);
	if (!fifo_has_room(card, frame->bytes)) {
		miss(card);
		return true;
	}
	fifo_put(card, &p, inexact);
	if (p.bytes <= get(card, RSRPD))
		sim_e1000_raise(card, CAUSE_SRPD);
	return true;
}

/* The same frame into every descriptor of every queue: its hash does not choose one. */
static unsigned int receive_endless(struct card *card, const struct sim_frame *frame,
				    unsigned int limit)
{
	struct rss rss;
	struct parsed p;
	struct report report;
	unsigned int done = 0;

	sim_e1000_parse(&p, frame->data, frame->bytes, (uint16_t)get(card, VET));
	if (!has_right_size(card, frame->bytes) || frame->bytes > sim_e1000_buffer_bytes(card))
		return 0;
	sim_e1000_rss(card, &p, &rss);
	report = report_of(card, &p, &rss, false);
	for (unsigned int i = 0; i < card->kind->queues; i++) {
		struct ring *ring = &card->rx[i].ring;
		uint32_t waiting = sim_e1000_ring_waiting(card, ring, i ? "RDT1" : "RDT0");
		uint32_t before = waiting;

		for (; waiting && !ring->is_broken && (!limit || done < limit); waiting--) {
			uint32_t strikes = take_faults(card, ring);

			if (ring->resume_at || card->is_dead)
				break;
			fill(card, i, frame->data, frame->bytes, &report, strikes);
			sim_e1000_count_received(card, &p);
			done++;
		}
		if (waiting != before)
			threshold(card, ring, before, waiting, i);
	}
	return done;
}

unsigned int sim_e1000_receive(struct card *card, unsigned int limit)
{
	const struct sim_frame *frame;
	unsigned int done = 0;

	if (!(get(card, RCTL) & RCTL_EN) || !card->link_up)
		return 0;
	frame = sim_wire_is_null(card->wire) ? sim_wire_peek(card->wire) : NULL;
	if (frame)
		return receive_endless(card, frame, limit);
	while (!limit || done < limit) {
		if (!deliver_first(card)) {
			frame = sim_wire_peek(card->wire);
			if (!frame || !arrive(card, frame))
				return done;
			sim_wire_take(card->wire);
		}
		done++;
	}
	return done;
}
