// SPDX-License-Identifier: BSD-3-Clause
/* A vhost-user back end that answers with the input: the stream of bytes that the front end receives. */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost/link.h"

static void nothing(void *ctx)
{
	(void)ctx;
}

/* The whole stream, then its end: the front end waits for nothing. */
static int make_peer(const uint8_t *data, size_t size, int *peer)
{
	int pair[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	FUZZ_CHECK(size == 0 || write(pair[1], data, size) == (ssize_t)size);
	FUZZ_CHECK(shutdown(pair[1], SHUT_WR) == 0);
	*peer = pair[1];
	return pair[0];
}

static void check_link(const struct vhost_link *link)
{
	FUZZ_CHECK(link->queue_pairs >= 1 && link->queue_pairs <= VHOST_VRINGS_MAX / 2);
	FUZZ_CHECK(link->regions_max >= 1);
	FUZZ_CHECK(link->features & VHOST_F_PROTOCOL_FEATURES || link->protocol == 0);
	FUZZ_CHECK(link->protocol & VHOST_P_MEM_SLOTS || link->regions_max == VHOST_TABLE_REGIONS);
}

/* One of those that request() has. */
static int make_request(struct vhost_link *link, unsigned int which)
{
	const struct vhost_region region = {.guest = 1 << 21, .bytes = 1 << 21, .user = 1 << 30};
	const struct vhost_vring_addr addr = {.index = 1};
	const int fds[] = {link->error_fd};
	uint8_t config[24];

	switch (which) {
	case 0:
		return vhost_set_features(link, 1ull << 32);
	case 1:
		return vhost_set_table(link, &region, fds, 1);
	case 2:
		return vhost_set_vring(link, VHOST_SET_VRING_NUM, 1, 256);
	case 3:
		return vhost_set_vring_addr(link, &addr);
	case 4:
		return vhost_set_vring_fd(link, VHOST_SET_VRING_KICK, 1, link->error_fd);
	case 5:
		return vhost_get_config(link, config, sizeof(config));
	case 6:
		return vhost_add_region(link, &region, link->error_fd);
	case 7:
		return vhost_remove_region(link, &region);
	default:
		return vhost_stop_vring(link, 1);
	}
}

/* What is wrong ends the link for good; a refusal does not. */
static void check_requests(struct vhost_link *link)
{
	for (unsigned int i = 0; i < 9; i++) {
		bool was_up = vhost_link_state(link) == VHOST_LINK_UP;
		int rc = make_request(link, i);

		FUZZ_CHECK(rc == 0 || rc == -EPIPE || rc == -EPROTO || rc == -EREMOTEIO);
		FUZZ_CHECK(was_up || rc == -EPIPE);
		FUZZ_CHECK((vhost_link_state(link) == VHOST_LINK_UP) ==
			   (rc == 0 || rc == -EREMOTEIO));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vhost_link_params params = {.name = "vhost-user:fuzz",
						 .timeout_ms = 60000,
						 .gone = nothing,
						 .ring_error = nothing};
	struct vhost_link *link;
	int peer, fd, rc;

	if (size > 16384)
		return 0;
	fd = make_peer(data, size, &peer);
	rc = vhost_link_over(&params, fd, &link);
	FUZZ_CHECK(rc == 0 || rc == -EPIPE || rc == -EPROTO || rc == -EREMOTEIO);
	if (rc == 0) {
		check_link(link);
		check_requests(link);
		vhost_link_close(link);
	}
	close(peer);
	return 0;
}
