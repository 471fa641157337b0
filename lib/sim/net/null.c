// SPDX-License-Identifier: BSD-3-Clause
/* Frames without end: the same one, as often as it is taken; what is sent is discarded. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "backend.h"

#define ETHERNET_BYTES 14u
#define IPV4_BYTES     20u
#define UDP_AT	       (ETHERNET_BYTES + IPV4_BYTES)

/* A UDP datagram to everyone, from 198.18.0.1 to 198.18.0.2, addresses for benchmarks (RFC 2544). */
static const uint8_t headers[] =
	{
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x01, 0x08, 0x00, /* Ethernet */
		0x45, 0,    0,	  0,	0,    0,    0x40, 0,	64,   17,
		0,    0,    198,  18,	0,    1,    198,  18,	0,    2, /* IPv4 */
		0x04, 0x00, 0x00, 0x09, 0,    0,    0,	  0, /* UDP, ports 1024 and 9 (discard) */
};

static int null_open(struct sim_wire *wire)
{
	uint32_t bytes = (uint32_t)wire->keys->null_bytes;
	struct sim_frame frame = {.data = headers, .bytes = sizeof(headers)};
	struct sim_box *box = malloc(sizeof(*box) + bytes);
	uint8_t *ip;
	uint16_t sum;

	if (!box)
		return fail(-ENOMEM, "%s: no memory for a frame", wire->function->name);
	*box = (struct sim_box){.frame = frame};
	box->frame.data = box->bytes;
	box->frame.bytes = bytes;
	box->frame.good = true; /* a UDP checksum of 0: there is none */
	memset(box->bytes, 0, bytes);
	memcpy(box->bytes, headers, sizeof(headers));
	ip = box->bytes + ETHERNET_BYTES;
	ip[2] = (uint8_t)((bytes - ETHERNET_BYTES) >> 8);
	ip[3] = (uint8_t)(bytes - ETHERNET_BYTES);
	sum = (uint16_t)~sim_sum_fold(sim_sum(ip, IPV4_BYTES, 0));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	box->bytes[UDP_AT + 4] = (uint8_t)((bytes - UDP_AT) >> 8);
	box->bytes[UDP_AT + 5] = (uint8_t)(bytes - UDP_AT);
	wire->behind = box;
	wire->endless = &box->frame;
	return 0;
}

static void null_close(struct sim_wire *wire)
{
	free(wire->behind);
}

const struct sim_wire_backend sim_wire_null_backend = {
	.open = null_open,
	.close = null_close,
};
