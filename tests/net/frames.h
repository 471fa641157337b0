/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frames.h - frames as bytes, and their checksums in the simplest way: 16 bits at a time, in the network's byte
 * order, without any code of the library's.
 */
#ifndef TESTS_NET_FRAMES_H
#define TESTS_NET_FRAMES_H

#include "test.h"

#include <stdbool.h>

#define FRAME_MAX 70000u

struct frame {
	uint8_t data[FRAME_MAX];
	uint32_t bytes;
	uint32_t l2, l3, l4; /* lengths of the headers */
	bool is_ipv6, is_udp;
};

struct frame_shape {
	bool is_ipv6, is_udp;
	unsigned int tags;
	uint32_t
		ip_options; /* bytes: of IPv4 options, or of a destination options header; multiples of 4 or 8 */
	uint32_t tcp_options; /* multiples of 4 */
	uint32_t payload;
	uint32_t padding; /* behind the IP packet */
	bool routing;	  /* IPv6: a type 2 routing header with one segment left */
	uint64_t seed;
};

static inline void frame_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline uint32_t frame_get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t frame_get32(const uint8_t *at)
{
	return frame_get16(at) << 16 | frame_get16(at + 2);
}

static inline uint64_t frame_sum(const uint8_t *at, uint32_t bytes)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i + 1 < bytes; i += 2)
		sum += frame_get16(at + i);
	return bytes % 2 ? sum + ((uint64_t)at[bytes - 1] << 8) : sum;
}

static inline uint16_t frame_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint32_t frame_ip_at(const struct frame *frame)
{
	return frame->l2;
}

static inline uint32_t frame_l4_at(const struct frame *frame)
{
	return frame->l2 + frame->l3;
}

/* Bytes of L4 by the IP header. */
static inline uint32_t frame_l4_bytes(const struct frame *frame)
{
	const uint8_t *ip = frame->data + frame->l2;

	return frame->is_ipv6 ? frame_get16(ip + 4) + 40 - frame->l3
			      : frame_get16(ip + 2) - frame->l3;
}

static inline uint32_t frame_l4_sum_at(const struct frame *frame)
{
	return frame_l4_at(frame) + (frame->is_udp ? 6 : 16);
}

/* The sum over everything that the L4 checksum covers, the field included. */
static inline uint64_t frame_l4_sum(const struct frame *frame, bool routing)
{
	const uint8_t *ip = frame->data + frame->l2;
	uint32_t bytes = frame_l4_bytes(frame);
	uint64_t sum = bytes + (frame->is_udp ? 17u : 6u);

	if (frame->is_ipv6)
		sum += frame_sum(ip + 8, 16) + frame_sum(routing ? ip + 40 + 8 : ip + 24, 16);
	else
		sum += frame_sum(ip + 12, 8);
	return sum + frame_sum(frame->data + frame_l4_at(frame), bytes);
}

static inline bool frame_l4_is_right(const struct frame *frame)
{
	return frame_fold(frame_l4_sum(frame, false)) == 0;
}

static inline bool frame_ip_is_right(const struct frame *frame)
{
	return frame->is_ipv6 || frame_fold(frame_sum(frame->data + frame->l2, frame->l3)) == 0;
}

static inline uint32_t frame_add_ipv4(struct frame *frame, const struct frame_shape *shape,
				      uint32_t above)
{
	uint8_t *ip = frame->data + frame->l2;

	frame->l3 = 20 + shape->ip_options;
	memset(ip, 0, frame->l3);
	ip[0] = (uint8_t)(0x40 | frame->l3 / 4);
	frame_put16(ip + 2, frame->l3 + above);
	frame_put16(ip + 4, 0xfffe); /* the identifications of segments wrap around */
	ip[8] = 64;
	ip[9] = shape->is_udp ? 17 : 6;
	memcpy(ip + 12, (const uint8_t[]){0x0a, 0x01, 0x02, 0x03, 0xc0, 0xa8, 0xfe, 0xff}, 8);
	memset(ip + 20, 1, shape->ip_options); /* no operation */
	return frame->l3;
}

static inline uint32_t frame_add_ipv6(struct frame *frame, const struct frame_shape *shape,
				      uint32_t above)
{
	uint8_t *ip = frame->data + frame->l2, *next = ip + 6, *at = ip + 40;

	frame->l3 = 40 + (shape->routing ? 24 : 0) + shape->ip_options;
	memset(ip, 0, frame->l3);
	ip[0] = 0x60;
	frame_put16(ip + 4, frame->l3 - 40 + above);
	ip[7] = 64;
	for (unsigned int i = 0; i < 32; i++)
		ip[8 + i] = (uint8_t)(i * 37 + 5);
	if (shape->routing) {
		*next = 43;
		next = at;
		memcpy(at, (const uint8_t[]){0x00, 0x02, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00}, 8);
		for (unsigned int i = 0; i < 16; i++)
			at[8 + i] = (uint8_t)(200 - i * 11);
		at += 24;
	}
	if (shape->ip_options) {
		*next = 60;
		next = at;
		at[1] = (uint8_t)(shape->ip_options / 8 - 1);
	}
	*next = shape->is_udp ? 17 : 6;
	return frame->l3;
}

/* A frame with wrong checksums: what a program hands in that leaves them to the card. */
static inline void frame_make(struct frame *frame, const struct frame_shape *shape)
{
	uint64_t random = shape->seed + 1;
	uint32_t at = 12, l4 = shape->is_udp ? 8 : 20 + shape->tcp_options;
	uint8_t *header;

	memset(frame->data, 0, 200);
	frame->is_ipv6 = shape->is_ipv6;
	frame->is_udp = shape->is_udp;
	memcpy(frame->data,
	       (const uint8_t[]){0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00,
				 0x01},
	       12);
	for (unsigned int i = 0; i < shape->tags; i++, at += 4) {
		frame_put16(frame->data + at, i + 1 < shape->tags ? 0x88a8 : 0x8100);
		frame_put16(frame->data + at + 2, 100 + i);
	}
	frame_put16(frame->data + at, shape->is_ipv6 ? 0x86dd : 0x0800);
	frame->l2 = at + 2;
	at = frame->l2 + (shape->is_ipv6 ? frame_add_ipv6(frame, shape, l4 + shape->payload)
					 : frame_add_ipv4(frame, shape, l4 + shape->payload));
	header = frame->data + at;
	frame->l4 = l4;
	memset(header, 0, l4);
	frame_put16(header, 1234);
	frame_put16(header + 2, 80);
	if (shape->is_udp) {
		frame_put16(header + 4, l4 + shape->payload);
		frame_put16(header + 6, 0xdead);
	} else {
		memcpy(header + 4,
		       (const uint8_t[]){0xff, 0xff, 0xf0, 0x00, 0x11, 0x22, 0x33, 0x44}, 8);
		header[12] = (uint8_t)(l4 / 4 << 4);
		header[13] = 0x80 | 0x10 | 0x08 | 0x01; /* CWR, ACK, PSH, FIN */
		frame_put16(header + 14, 65000);
		frame_put16(header + 16, 0xdead);
		memset(header + 20, 1, shape->tcp_options);
	}
	at += l4;
	for (uint32_t i = 0; i < shape->payload + shape->padding; i++)
		frame->data[at + i] = (uint8_t)test_random(&random);
	frame->bytes = at + shape->payload + shape->padding;
}

/* As it must be after the checksums were filled in. */
static inline void frame_fix(struct frame *frame, bool routing)
{
	uint8_t *ip = frame->data + frame->l2, *field = frame->data + frame_l4_sum_at(frame);
	uint16_t sum;

	if (!frame->is_ipv6) {
		frame_put16(ip + 10, 0);
		frame_put16(ip + 10, frame_fold(frame_sum(ip, frame->l3)));
	}
	frame_put16(field, 0);
	sum = frame_fold(frame_l4_sum(frame, routing));
	frame_put16(field, sum == 0 && frame->is_udp ? 0xffff : sum);
}

#endif
