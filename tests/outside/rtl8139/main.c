// SPDX-License-Identifier: BSD-3-Clause
/*
 * main.c - rtl8139 DEV: frames of random bytes and lengths, both ways, between the card and the kernel's
 * interface at the other end of its wire ($PADMA_PEER, by padma-vm's peer=kernel); each is compared.
 */
#include "rtl8139.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/space.h>

#define ETHERTYPE  0x88b5 /* IEEE 802: for experiments */
#define ROUNDS	   300
#define ARRIVES_MS 10000
#define ARRIVES_NS 10000000000u

struct frame {
	size_t bytes;
	uint8_t data[RTL8139_FRAME_BYTES];
};

static int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

static int peer_open(void)
{
	const char *name = getenv("PADMA_PEER");
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE));

	address.sll_ifindex = (int)if_nametoindex(name ? name : "");
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	fprintf(stderr, "the interface $PADMA_PEER cannot be opened: %s\n", strerror(errno));
	return -1;
}

static void frame_make(struct frame *frame)
{
	static const uint8_t header[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,	      2,
		0,    0,    0,	  0,	1,    ETHERTYPE >> 8, ETHERTYPE & 0xff};

	frame->bytes = 60 + (size_t)rand() % (RTL8139_FRAME_BYTES - 60 + 1);
	memcpy(frame->data, header, sizeof(header));
	for (size_t i = sizeof(header); i < frame->bytes; i++)
		frame->data[i] = (uint8_t)rand();
}

static bool same(const struct frame *a, const struct frame *b)
{
	return a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0;
}

static bool to_peer(struct rtl8139 *nic, int peer)
{
	struct pollfd fd = {.fd = peer, .events = POLLIN};
	struct frame sent, got = {0};

	frame_make(&sent);
	if (rtl8139_send(nic, sent.data, sent.bytes) || poll(&fd, 1, ARRIVES_MS) != 1)
		return false;
	got.bytes = (size_t)recv(peer, got.data, sizeof(got.data), MSG_TRUNC);
	return same(&sent, &got);
}

/* The kernel may send frames of its own, for IPv6. */
static bool from_peer(struct rtl8139 *nic, int peer)
{
	struct frame sent, got = {0};
	int rc = 0;

	frame_make(&sent);
	if (send(peer, sent.data, sent.bytes, 0) != (ssize_t)sent.bytes)
		return false;
	while (rc >= 0) {
		rc = rtl8139_receive(nic, got.data);
		if (rc > 14 && got.data[12] == ETHERTYPE >> 8 &&
		    got.data[13] == (ETHERTYPE & 0xff)) {
			got.bytes = (size_t)rc;
			return same(&sent, &got);
		}
		if (rc == 0)
			rc = rtl8139_wait(nic, ARRIVES_NS);
	}
	return false;
}

static int exchange(struct rtl8139 *nic, int peer)
{
	for (int i = 0; i < ROUNDS; i++)
		if (!to_peer(nic, peer) || !from_peer(nic, peer)) {
			fprintf(stderr, "round %d\n", i);
			return give_up("a frame was lost or changed");
		}
	printf("%d frames each way, none lost\n", ROUNDS);
	return EXIT_SUCCESS;
}

static int run(struct padma_space *space, const char *name)
{
	struct padma_device *device = NULL;
	struct rtl8139 nic;
	int peer = peer_open(), code;

	if (peer < 0)
		return EXIT_FAILURE;
	if (padma_device_open(space, name, &device) || rtl8139_open(&nic, device)) {
		code = give_up(name);
	} else {
		code = exchange(&nic, peer);
		if (rtl8139_close(&nic))
			code = give_up("close");
	}
	if (padma_device_close(device))
		code = give_up("close");
	close(peer);
	return code;
}

int main(int argc, char **argv)
{
	/* The card has 32 address lines: without an IOMMU, memory for it is set aside at the start. */
	const struct padma_space_params params = {.low_bytes = 2 << 20, .low_dma_mask = UINT32_MAX};
	struct padma_space *space = NULL;
	int code;

	if (argc != 2) {
		fprintf(stderr, "usage: rtl8139 DEV\n");
		return 2;
	}
	if (padma_space_open_for(argv[1], &params, &space))
		return give_up(argv[1]);
	code = run(space, argv[1]);
	return padma_space_close(space) ? give_up("close") : code;
}
