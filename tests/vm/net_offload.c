// SPDX-License-Identifier: BSD-3-Clause
/*
 * net_offload.c - marked packets leave right: checksums and segmentation, by the card and by the processor. tcpdump at the
 * other end of the wire judges every checksum.
 */
#include "net_echo.h"
#include "net_frame.h"
#include "net_tests.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define TSO_PAYLOAD  16001u
#define TSO_SEGMENT  1408u
#define TSO_FRAMES   ((TSO_PAYLOAD + TSO_SEGMENT - 1) / TSO_SEGMENT)
#define CHAIN_BYTES  1900u

#define L4_OFFLOADS  (PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM)
#define TSO_OFFLOADS (PADMA_OFFLOAD_TX_TSO4 | PADMA_OFFLOAD_TX_TSO6)

bool net_card_segments = true;

static bool is_capturing(struct card *card)
{
	return access(card->ctx, F_OK) == 0;
}

/* Capture @count packets at the card's end into the file "captured"; it runs when this returns. */
static pid_t capture(struct card *card, unsigned int count)
{
	char ready[256];
	pid_t script;

	snprintf(ready, sizeof(ready), "%s/ready", getenv("PADMA_SCRATCH"));
	unlink(ready);
	script = script_start(
		"timeout 60 ip netns exec end%u tcpdump -Z root -i wire -w captured -c %u port %u "
		"2>err &\n"
		"for _ in $(seq 1000); do ! grep -q 'listening on' err || break; sleep 0.05; done\n"
		"touch ready; wait $! || fail \"fewer packets: $(cat err)\"",
		net_card, count, FRAME_PORT);
	card->ctx = ready;
	card_until(card, is_capturing);
	card->ctx = NULL;
	return script;
}

/* tcpdump's verdict on what was captured: @tcp and @udp packets, all checksums right. */
static void judge(struct card *card, pid_t capturing, unsigned int tcp, unsigned int udp)
{
	int status = script_wait(capturing, &card, 1);

	if (status)
		card_print(card);
	assert_int_equal(status, 0);
	card_serve(card,
		   "tcpdump -nnvvr captured >text 2>err\n"
		   "tcp=$(grep -c 'cksum 0x[0-9a-f]* (correct)' text) || true\n"
		   "udp=$(grep -c 'udp sum ok' text) || true\n"
		   "[ \"$tcp $udp\" = '%u %u' ] || fail \"$(cat text)\"\n"
		   "! grep -E 'bad cksum|incorrect|bad udp' text",
		   tcp, udp);
}

static uint8_t pattern(unsigned int at)
{
	return (uint8_t)(at * 7 + at / 251);
}

/* With as many segments as it takes. */
static struct padma_packet *make(struct card *card, const struct frame *frame, uint32_t flags)
{
	struct padma_packet *packet = padma_packet_get(card->cache), *last = packet;

	assert_non_null(packet);
	packet->flags = flags;
	packet->segment_size = TSO_SEGMENT;
	packet->l2_bytes = ETHER_HDR_LEN;
	packet->l3_bytes = (uint8_t)frame_ip_bytes(frame);
	packet->l4_bytes = (uint8_t)frame_l4_bytes(frame);
	assert_non_null(padma_packet_append(packet, frame_header_bytes(frame)));
	frame_headers(padma_packet_data(packet), frame);
	for (unsigned int at = 0; at < frame->payload; at++) {
		uint8_t *byte;

		if (last->length == CHAIN_BYTES) {
			last->next = padma_packet_get(card->cache);
			assert_non_null(last->next);
			last = last->next;
		}
		byte = padma_packet_append(last, 1);
		assert_non_null(byte);
		*byte = pattern(at);
	}
	return packet;
}

static void open_ready(struct card *card, uint32_t without)
{
	const struct card_params params = {.port = {.without = without}};

	card_open(card, net_card, &params);
	card->handler = echo;
	card_serve(card, "answers %u 10.0.0.9", net_card);
}

static void checksums(uint32_t without)
{
	static const unsigned int payloads[] = {0, 1, 100, 777, 1432};
	pid_t capturing;
	struct card card;

	open_ready(&card, without);
	capturing = capture(&card, 4 * ARRAY_SIZE(payloads));
	for (unsigned int i = 0; i < 4 * ARRAY_SIZE(payloads); i++) {
		struct frame frame = {.ip6 = i & 1, .ip_garbage = true, .payload = payloads[i / 4]};
		uint32_t flags = i & 2 ? PADMA_PACKET_TCP_CSUM : PADMA_PACKET_UDP_CSUM;

		frame.protocol = i & 2 ? IPPROTO_TCP : IPPROTO_UDP;
		card_send(&card,
			  make(&card, &frame, frame.ip6 ? flags : flags | PADMA_PACKET_IP_CSUM));
	}
	judge(&card, capturing, 2 * ARRAY_SIZE(payloads), 2 * ARRAY_SIZE(payloads));
	card_close(&card);
}

void test_card_checksums(void **state)
{
	(void)state;
	checksums(0);
}

void test_checksums(void **state)
{
	(void)state;
	checksums(0);
	checksums(L4_OFFLOADS);
}

/* One record of the capture: a segment, at the place that its sequence number says. */
static unsigned int check_segment(const uint8_t *data, unsigned int bytes, bool ip6, uint8_t *seen)
{
	const struct frame frame = {.ip6 = ip6, .protocol = IPPROTO_TCP};
	unsigned int at = frame_header_bytes(&frame), place;
	struct tcphdr tcp;

	assert_true(bytes > at);
	memcpy(&tcp, data + at - sizeof(tcp), sizeof(tcp));
	place = ntohl(tcp.seq) - FRAME_SEQ;
	assert_true(bytes - at <= TSO_SEGMENT && place + bytes - at <= TSO_PAYLOAD);
	assert_int_equal(place % TSO_SEGMENT, 0);
	/* Only the last segment keeps PSH. */
	assert_int_equal(tcp.psh, place + bytes - at == TSO_PAYLOAD);
	assert_int_equal(tcp.ack, 1);
	for (unsigned int i = 0; i < bytes - at; i++, place++) {
		assert_int_equal(data[at + i], pattern(place));
		seen[place]++;
	}
	return bytes - at;
}

/* The format of libpcap's files: a header of 24 bytes, and of 16 before each packet. */
static void check_segments(bool ip6)
{
	uint8_t data[2048], seen[TSO_PAYLOAD] = {0};
	unsigned int total = 0;
	uint32_t header[4];
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/captured", getenv("PADMA_SCRATCH"));
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 24, SEEK_SET), 0);
	while (fread(header, sizeof(header), 1, file) == 1) {
		assert_true(header[2] <= sizeof(data));
		assert_int_equal(fread(data, header[2], 1, file), 1);
		total += check_segment(data, header[2], ip6, seen);
	}
	fclose(file);
	assert_int_equal(total, TSO_PAYLOAD);
	for (unsigned int i = 0; i < TSO_PAYLOAD; i++)
		assert_int_equal(seen[i], 1);
}

static void segments(bool ip6, uint32_t without)
{
	const struct frame frame = {.ip6 = ip6, .protocol = IPPROTO_TCP, .payload = TSO_PAYLOAD};
	pid_t capturing;
	struct card card;

	open_ready(&card, without);
	capturing = capture(&card, TSO_FRAMES);
	card_send(&card, make(&card, &frame, PADMA_PACKET_TSO));
	judge(&card, capturing, TSO_FRAMES, 0);
	check_segments(ip6);
	card_close(&card);
}

void test_segmentation(void **state)
{
	(void)state;
	for (int ip6 = 0; ip6 < 2; ip6++) {
		if (net_card_segments)
			segments(ip6, 0);
		segments(ip6, TSO_OFFLOADS);
		segments(ip6, TSO_OFFLOADS | L4_OFFLOADS | PADMA_OFFLOAD_TX_CHAINS);
	}
}
