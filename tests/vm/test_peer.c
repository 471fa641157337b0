/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_peer.c - padma-vm's peer=kernel: a card and an interface of the guest's kernel on a wire that no
 * other card shares. In this test the cards have their kernel drivers, too.
 */
#include "vm_fixture.h"

#include <arpa/inet.h>
#include <glob.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* IEEE 802: an experimental EtherType, which nothing else in the guest sends. */
#define ETHERTYPE   0x88b5
#define FRAME_BYTES 1000
#define ARRIVES_MS  30000
#define SILENCE_MS  500

/* An interface, and a socket that sees the test's frames on it. */
struct end {
	char name[IFNAMSIZ];
	int fd;
};

/* The interface that the kernel's driver has made of the card @index. */
static void card_name(unsigned int index, char *name)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/net/*", bdf(index));
	if (glob(pattern, 0, NULL, &found)) {
		snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/virtio*/net/*",
			 bdf(index));
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	}
	assert_int_equal(found.gl_pathc, 1);
	snprintf(name, IFNAMSIZ, "%s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
}

/* $PADMA_PEER names the peers in the order of the cards. */
static void peer_name(unsigned int index, char *name)
{
	const char *at = getenv("PADMA_PEER");

	for (; at && index; index--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		fail_msg("$PADMA_PEER has too few interfaces");
	else
		snprintf(name, IFNAMSIZ, "%.*s", (int)strcspn(at, " "), at);
}

static int interface_ioctl(const char *name, unsigned long command, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	assert_true(fd >= 0);
	memcpy(request->ifr_name, name, IFNAMSIZ);
	rc = ioctl(fd, command, request);
	close(fd);
	return rc;
}

static bool has_link(const char *name)
{
	struct ifreq request = {0};

	assert_int_equal(interface_ioctl(name, SIOCGIFFLAGS, &request), 0);
	return (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

static void bring_up(const char *name)
{
	struct ifreq request = {0};

	assert_int_equal(interface_ioctl(name, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags |= IFF_UP;
	assert_int_equal(interface_ioctl(name, SIOCSIFFLAGS, &request), 0);
	for (int i = 0; i < 3000 && !has_link(name); i++)
		usleep(10000);
	assert_true(has_link(name));
}

/* The interface must be up: otherwise the socket first reports that it is down. */
static void end_open(struct end *end)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE)};

	end->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE));
	assert_true(end->fd >= 0);
	address.sll_ifindex = (int)if_nametoindex(end->name);
	assert_int_not_equal(address.sll_ifindex, 0);
	assert_int_equal(bind(end->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static bool arrives(const struct end *end, int timeout_ms)
{
	struct pollfd fd = {.fd = end->fd, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

/* A broadcast of random bytes from one end to the other, compared; nothing at @outsider. */
static void send_one(const struct end *from, const struct end *to, const struct end *outsider)
{
	/* Broadcast, from a locally administered address. */
	static const uint8_t header[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,	      2,
		0,    0,    0,	  0,	1,    ETHERTYPE >> 8, ETHERTYPE & 0xff};
	uint8_t sent[FRAME_BYTES], got[FRAME_BYTES + 1];

	for (size_t i = 0; i < FRAME_BYTES; i++)
		sent[i] = (uint8_t)rand();
	memcpy(sent, header, sizeof(header));
	assert_int_equal(send(from->fd, sent, FRAME_BYTES, 0), FRAME_BYTES);
	assert_true(arrives(to, ARRIVES_MS));
	assert_int_equal(recv(to->fd, got, sizeof(got), 0), FRAME_BYTES);
	assert_memory_equal(got, sent, FRAME_BYTES);
	assert_false(arrives(outsider, SILENCE_MS));
}

static void test_both_ways_and_no_further(void **state)
{
	struct end cards[2], peers[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		card_name(i, cards[i].name);
		peer_name(i, peers[i].name);
		/* padma-vm has brought up the peers. */
		assert_true(has_link(peers[i].name));
		bring_up(cards[i].name);
		end_open(&cards[i]);
		end_open(&peers[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		send_one(&cards[i], &peers[i], &peers[!i]);
		send_one(&peers[i], &cards[i], &cards[!i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		close(cards[i].fd);
		close(peers[i].fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_and_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
