// SPDX-License-Identifier: BSD-3-Clause
/* See verify.h. */
#include "net/test/verify.h"

#include <stddef.h>
#include <string.h>

#include "net/checksum.h"
#include "net/parse.h"

static unsigned int place_of(uint16_t run, uint16_t stream)
{
	return (run * 31u + stream * 7u + (stream >> 8) * 13u) & (VERIFY_SENDERS - 1);
}

/* The sender's record, or a free place for it; NULL if there is none. */
static struct verify_sender *find(struct verify *verify, uint16_t run, uint16_t stream)
{
	unsigned int place = place_of(run, stream);

	for (unsigned int i = 0; i < VERIFY_SENDERS; i++) {
		struct verify_sender *sender = &verify->senders[(place + i) & (VERIFY_SENDERS - 1)];

		if (!__atomic_load_n(&sender->used, __ATOMIC_ACQUIRE) ||
		    (sender->run == run && sender->stream == stream))
			return sender;
	}
	return NULL;
}

static bool test_and_set(struct verify_sender *sender, uint64_t number)
{
	uint64_t *word = &sender->seen[number % VERIFY_WINDOW / 64];
	uint64_t bit = (uint64_t)1 << (number % 64);
	bool was = (*word & bit) != 0;

	*word |= bit;
	return was;
}

/* The window moves on: numbers that enter it have not been seen. */
static void advance(struct verify_sender *sender, uint64_t number)
{
	if (number - sender->highest >= VERIFY_WINDOW)
		memset(sender->seen, 0, sizeof(sender->seen));
	else
		for (uint64_t n = sender->highest + 1; n <= number; n++)
			sender->seen[n % VERIFY_WINDOW / 64] &= ~((uint64_t)1 << (n % 64));
	sender->highest = number;
}

static void begin(struct verify_sender *sender, const struct stamp *stamp)
{
	sender->run = stamp->run;
	sender->stream = stamp->stream;
	sender->first = stamp->number;
	sender->highest = stamp->number;
	(void)test_and_set(sender, stamp->number);
	padma_counter_add(&sender->received, 1);
	__atomic_store_n(&sender->used, true, __ATOMIC_RELEASE);
}

void verify_number(struct verify *verify, const struct stamp *stamp)
{
	struct verify_sender *sender = find(verify, stamp->run, stamp->stream);

	if (!sender) {
		padma_counter_add(&verify->untracked, 1);
		return;
	}
	if (!sender->used) {
		begin(sender, stamp);
		return;
	}
	if (stamp->number > sender->highest)
		advance(sender, stamp->number);
	else if (sender->highest - stamp->number < VERIFY_WINDOW) {
		uint64_t bit = (uint64_t)1 << (stamp->number % 64);

		if (sender->seen[stamp->number % VERIFY_WINDOW / 64] & bit) {
			sender->doubled++;
			return;
		}
		sender->reordered++;
	} else {
		/* Too far behind to know whether it was there before: verify_sum() will see. */
		sender->reordered++;
		padma_counter_add(&sender->received, 1);
		if (stamp->number < sender->first)
			sender->first = stamp->number;
		return;
	}
	if (stamp->number < sender->first)
		sender->first = stamp->number;
	(void)test_and_set(sender, stamp->number);
	padma_counter_add(&sender->received, 1);
}

static bool checksums_right(const struct padma_packet *packet, const struct frame *frame,
			    const struct wire_udp *udp)
{
	uint32_t offset = (uint32_t)frame->l2_bytes + frame->l3_bytes;
	unsigned int bytes;
	const uint8_t *addresses = frame_addresses(frame, &bytes);

	if (frame->ipv4 && padma_sum_finish(padma_sum(frame->ipv4, frame->l3_bytes, 0)) != 0)
		return false;
	/* The sender, on this machine, left the sum to its card, and there was none on the way. */
	if (packet->flags & (PADMA_PACKET_UDP_CSUM | PADMA_PACKET_L4_GOOD))
		return true;
	if (wire_get16(udp->checksum) == 0)
		return frame->ipv4 != NULL;
	return padma_sum_finish(padma_packet_sum(
		       packet, offset, frame->l4_bytes,
		       checksum_pseudo(addresses, bytes, PROTOCOL_UDP, frame->l4_bytes))) == 0;
}

void verify_packet(struct verify *verify, const struct padma_packet *packet)
{
	struct stamp stamp;
	struct frame frame;
	const struct wire_udp *udp;
	enum stamp_verdict verdict;
	uint32_t offset;
	bool known;

	frame_parse(packet, &frame);
	udp = frame_udp(&frame);
	if (!udp) {
		padma_counter_add(&verify->other, 1);
		return;
	}
	offset = (uint32_t)(frame.l2_bytes + frame.l3_bytes + sizeof(*udp));
	verdict = stamp_check(packet, offset, frame.l4_bytes - (uint32_t)sizeof(*udp), &stamp,
			      &known);
	if (verdict == STAMP_NONE) {
		padma_counter_add(&verify->other, 1);
		return;
	}
	if (verdict == STAMP_CORRUPT || wire_get16(udp->bytes) != frame.l4_bytes ||
	    !checksums_right(packet, &frame, udp))
		padma_counter_add(&verify->corrupt, 1);
	else
		padma_counter_add(&verify->good, 1);
	if (known)
		verify_number(verify, &stamp);
}

uint64_t verify_received(const struct verify *verify, uint16_t run, uint16_t stream)
{
	const struct verify_sender *sender = find((struct verify *)(uintptr_t)verify, run, stream);

	if (!sender || !__atomic_load_n(&sender->used, __ATOMIC_ACQUIRE))
		return 0;
	return padma_counter_read(&sender->received);
}

/* Whether an earlier queue has a record of this sender, which has been added up then. */
static bool seen_before(struct verify *const *verify, unsigned int queue,
			const struct verify_sender *sender)
{
	for (unsigned int i = 0; i < queue; i++) {
		const struct verify_sender *earlier = find(verify[i], sender->run, sender->stream);

		if (earlier && earlier->used)
			return true;
	}
	return false;
}

static void add_lost(struct verify_total *total, uint64_t lost, uint64_t in_flight)
{
	uint64_t with_port = lost < in_flight ? lost : in_flight;

	total->lost_with_port += with_port;
	total->lost += lost - with_port;
}

/* The packets of one sender, which is @own unless that is NULL, that all queues from @from on received. */
static void sum_sender(struct verify *const *verify, unsigned int from, unsigned int count,
		       const struct verify_sender *sender, const struct verify_sent *own,
		       bool interrupted, struct verify_total *total)
{
	uint64_t first = sender->first, highest = sender->highest, received = 0, expected;

	for (unsigned int i = from; i < count; i++) {
		const struct verify_sender *record = find(verify[i], sender->run, sender->stream);

		if (!record || !record->used)
			continue;
		received += padma_counter_read(&record->received);
		total->doubled += record->doubled;
		total->reordered += record->reordered;
		first = record->first < first ? record->first : first;
		highest = record->highest > highest ? record->highest : highest;
	}
	expected = own ? own->sent : highest - first + 1;
	/* More than there can be: duplicates that no single window showed. */
	if (received > expected)
		total->doubled += received - expected;
	else if (own)
		add_lost(total, expected - received, own->in_flight);
	else
		add_lost(total, expected - received, interrupted ? UINT64_MAX : 0);
	total->senders++;
}

static const struct verify_sent *sent_here(uint16_t stream, const struct verify_sent *sent,
					   unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (sent[i].stream == stream)
			return &sent[i];
	}
	return NULL;
}

static void sum_queue(struct verify *const *verify, unsigned int queue, unsigned int count,
		      uint16_t run, const struct verify_sent *sent, unsigned int sent_count,
		      bool interrupted, struct verify_total *total)
{
	for (unsigned int i = 0; i < VERIFY_SENDERS; i++) {
		const struct verify_sender *sender = &verify[queue]->senders[i];
		const struct verify_sent *own = NULL;

		if (!sender->used || seen_before(verify, queue, sender))
			continue;
		if (sender->run == run)
			own = sent_here(sender->stream, sent, sent_count);
		sum_sender(verify, queue, count, sender, own, interrupted, total);
	}
}

/* Whether packets of this process come back to it: otherwise it cannot know what became of them. */
static bool closed_loop(struct verify *const *verify, unsigned int count, uint16_t run)
{
	for (unsigned int i = 0; i < count; i++) {
		for (unsigned int k = 0; k < VERIFY_SENDERS; k++) {
			if (verify[i]->senders[k].used && verify[i]->senders[k].run == run)
				return true;
		}
	}
	return false;
}

/* Of a stream that this process sent, and of which nothing arrived at all, everything is lost. */
static void sum_unheard(struct verify *const *verify, unsigned int count, uint16_t run,
			const struct verify_sent *sent, struct verify_total *total)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct verify_sender *sender = find(verify[i], run, sent->stream);

		if (sender && sender->used)
			return;
	}
	add_lost(total, sent->sent, sent->in_flight);
}

void verify_sum(struct verify *const *verify, unsigned int count, uint16_t run,
		const struct verify_sent *sent, unsigned int sent_count, bool interrupted,
		struct verify_total *total)
{
	*total = (struct verify_total){0};
	for (unsigned int i = 0; i < count; i++) {
		total->good += padma_counter_read(&verify[i]->good);
		total->corrupt += padma_counter_read(&verify[i]->corrupt);
		total->other += padma_counter_read(&verify[i]->other);
		total->untracked += padma_counter_read(&verify[i]->untracked);
		sum_queue(verify, i, count, run, sent, sent_count, interrupted, total);
	}
	if (!closed_loop(verify, count, run))
		return;
	for (unsigned int i = 0; i < sent_count; i++)
		sum_unheard(verify, count, run, &sent[i], total);
}
