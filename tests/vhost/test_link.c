// SPDX-License-Identifier: BSD-3-Clause
/* The front end of the protocol: negotiation, requests, peers that break it, hang, or end. */
#include "test.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <padma/error.h>

#include "vhost/link.h"
#include "vhost/peer.h"
#include "vhost/socket.h"

#define TIMEOUT_MS 300

static unsigned int gone_calls;

static void gone(void *ctx)
{
	(void)ctx;
	__atomic_add_fetch(&gone_calls, 1, __ATOMIC_SEQ_CST);
}

static void ring_error(void *ctx)
{
	(void)ctx;
}

static int open_at(const char *path, bool server, struct vhost_link **link)
{
	const struct vhost_link_params params = {
		.name = "vhost-user:test",
		.path = path,
		.server = server,
		.timeout_ms = TIMEOUT_MS,
		.gone = gone,
		.ring_error = ring_error,
	};

	__atomic_store_n(&gone_calls, 0, __ATOMIC_SEQ_CST);
	return vhost_link_open(&params, link);
}

static const struct peer_params honest = {
	.features = PEER_FEATURES, .protocol = PEER_PROTOCOL, .queue_pairs = 4, .slots = 32};

static void test_negotiation(void **state)
{
	struct peer *peer = peer_start(&honest);
	struct vhost_link *link;

	(void)state;
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_true(link->features == PEER_FEATURES);
	assert_true(link->protocol == PEER_PROTOCOL);
	assert_int_equal(link->queue_pairs, 4);
	assert_int_equal(link->regions_max, 32);
	assert_int_equal(peer_seen(peer, VHOST_SET_OWNER), 1);
	assert_true(peer->protocol == PEER_PROTOCOL);
	vhost_link_close(link);
	peer_stop(peer);
}

/* A back end of the first days: no protocol features, so none of what depends on them. */
static void test_no_protocol_features(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.features &= ~VHOST_F_PROTOCOL_FEATURES;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_true(link->protocol == 0);
	assert_int_equal(link->queue_pairs, 1);
	assert_int_equal(link->regions_max, VHOST_TABLE_REGIONS);
	assert_int_equal(vhost_set_status(link, 4), 0);
	assert_int_equal(vhost_set_mtu(link, 1500), 0);
	assert_int_equal(vhost_set_features(link, 1ull << 32), 0);
	assert_int_equal(vhost_stop_vring(link, 3), 0);
	assert_int_equal(peer_seen(peer, VHOST_GET_PROTOCOL_FEATURES), 0);
	assert_int_equal(peer_seen(peer, VHOST_SET_STATUS), 0);
	assert_int_equal(peer_seen(peer, VHOST_NET_SET_MTU), 0);
	vhost_link_close(link);
	peer_stop(peer);
}

/* An answer that is wrong in any way ends the opening with an error, and no wait. */
static void test_broken_answers(void **state)
{
	static const enum peer_trick tricks[] = {
		PEER_CUTS,	    PEER_CUTS_HEADER, PEER_SHORT,	  PEER_LONG,
		PEER_OTHER_REQUEST, PEER_NOT_A_REPLY, PEER_OTHER_VERSION, PEER_ADDS_FD,
	};
	static const enum vhost_request requests[] = {
		VHOST_GET_FEATURES,  VHOST_GET_PROTOCOL_FEATURES, VHOST_SET_OWNER,
		VHOST_GET_QUEUE_NUM, VHOST_GET_MAX_MEM_SLOTS,
	};
	struct vhost_link *link;

	(void)state;
	for (unsigned int r = 0; r < sizeof(requests) / sizeof(requests[0]); r++) {
		for (unsigned int t = 0; t < sizeof(tricks) / sizeof(tricks[0]); t++) {
			struct peer_params params = honest;
			struct peer *peer;

			params.trick = tricks[t];
			params.trick_at = requests[r];
			peer = peer_start(&params);
			assert_int_equal(open_at(peer->path, false, &link), -EPROTO);
			assert_non_null(strstr(padma_last_error(), "request"));
			peer_stop(peer);
		}
	}
}

static void test_absurd_numbers(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.queue_pairs = 0;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), -EPROTO);
	peer_stop(peer);
	params.queue_pairs = 1;
	params.slots = 0;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), -EPROTO);
	peer_stop(peer);
	params.queue_pairs = UINT64_MAX;
	params.slots = UINT64_MAX;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_int_equal(link->queue_pairs, VHOST_VRINGS_MAX / 2);
	assert_int_equal(link->regions_max, UINT32_MAX);
	vhost_link_close(link);
	peer_stop(peer);
}

static void test_hangs_and_ends(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.trick = PEER_SILENT;
	params.trick_at = VHOST_GET_QUEUE_NUM;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), -ETIMEDOUT);
	peer_stop(peer);
	params.trick = PEER_CLOSES;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), -EPIPE);
	peer_stop(peer);
}

/* A refusal is an answer: the link goes on. */
static void test_refusal(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.trick = PEER_REFUSES;
	params.trick_at = VHOST_NET_SET_MTU;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_int_equal(vhost_set_mtu(link, 9000), -EREMOTEIO);
	assert_int_equal(vhost_link_state(link), VHOST_LINK_UP);
	assert_int_equal(vhost_set_features(link, 1ull << 32), 0);
	vhost_link_close(link);
	peer_stop(peer);
}

/* After a wrong answer no request is made any more, and the peer is gone once it has closed its side. */
static void test_broken_later(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.trick = PEER_OTHER_RING;
	params.trick_at = VHOST_GET_VRING_BASE;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_int_equal(vhost_link_start(link), 0);
	assert_int_equal(vhost_stop_vring(link, 1), -EPROTO);
	assert_int_equal(vhost_set_features(link, 0), -EPIPE);
	assert_true(vhost_link_wait_gone(link, 5000));
	vhost_link_close(link);
	assert_int_equal(__atomic_load_n(&gone_calls, __ATOMIC_SEQ_CST), 1);
	assert_int_equal(peer_seen(peer, VHOST_SET_FEATURES), 0);
	peer_stop(peer);
}

/* A peer that hangs may still write to memory: it is not gone until it has closed its side. */
static void test_a_hang_is_not_a_removal(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.trick = PEER_SILENT;
	params.trick_at = VHOST_GET_VRING_BASE;
	params.serve = NULL;
	peer = peer_start(&params);
	assert_int_equal(open_at(peer->path, false, &link), 0);
	assert_int_equal(vhost_link_start(link), 0);
	pthread_mutex_lock(&peer->lock); /* it hangs */
	assert_int_equal(vhost_stop_vring(link, 1), -ETIMEDOUT);
	assert_false(vhost_link_wait_gone(link, 300));
	assert_int_equal(__atomic_load_n(&gone_calls, __ATOMIC_SEQ_CST), 0);
	pthread_mutex_unlock(&peer->lock);
	assert_true(vhost_link_wait_gone(link, 5000));
	vhost_link_close(link);
	assert_int_equal(__atomic_load_n(&gone_calls, __ATOMIC_SEQ_CST), 1);
	peer_stop(peer);
}

static void test_death_and_reconnection(void **state)
{
	struct peer *peer = peer_start(&honest);
	struct vhost_link *link;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(open_at(peer->path, false, &link), 0);
		assert_int_equal(vhost_link_start(link), 0);
		peer_hang_up(peer);
		assert_true(vhost_link_wait_gone(link, 5000));
		assert_int_equal(vhost_set_features(link, 0), -EPIPE);
		vhost_link_close(link);
		assert_int_equal(__atomic_load_n(&gone_calls, __ATOMIC_SEQ_CST), 1);
	}
	assert_int_equal(__atomic_load_n(&peer->connections, __ATOMIC_ACQUIRE), 3);
	peer_stop(peer);
}

static void test_server(void **state)
{
	struct peer_params params = honest;
	struct vhost_link *link;
	struct peer *peer;

	(void)state;
	params.client = true;
	peer = peer_start(&params);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(open_at(peer->path, true, &link), 0);
		assert_int_equal(link->queue_pairs, 4);
		assert_int_equal(access(peer->path, F_OK), -1);
		vhost_link_close(link);
	}
	peer_stop(peer);
}

static void test_no_peer_connects(void **state)
{
	const char *path = "/tmp/padma-vhost-nobody";
	struct vhost_link *link;

	(void)state;
	unlink(path);
	assert_int_equal(open_at(path, false, &link), -ETIMEDOUT);
	assert_int_equal(open_at(path, true, &link), -ETIMEDOUT);
	assert_int_equal(access(path, F_OK), -1);
}

static int bind_at(const char *path, bool listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	if (listens)
		assert_return_code(listen(fd, 1), errno);
	return fd;
}

/* A socket that another process listens to is not taken from it; one that was left over is. */
static void test_path_in_use(void **state)
{
	const char *path = "/tmp/padma-vhost-in-use";
	struct vhost_link *link;
	int fd;

	(void)state;
	unlink(path);
	fd = bind_at(path, true);
	assert_int_equal(open_at(path, true, &link), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	assert_int_equal(open_at(path, true, &link), -ETIMEDOUT);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_paths(void **state)
{
	struct vhost_link *link;
	char longer[VHOST_PATH_MAX + 2];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(open_at("", false, &link), -EINVAL);
	assert_int_equal(open_at(longer, false, &link), -ENAMETOOLONG);
	assert_int_equal(open_at("/dev/null/none", false, &link), -ENOTDIR);
	assert_int_equal(open_at("/tmp", true, &link), -EADDRINUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_negotiation),
		cmocka_unit_test(test_no_protocol_features),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_absurd_numbers),
		cmocka_unit_test(test_hangs_and_ends),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_broken_later),
		cmocka_unit_test(test_a_hang_is_not_a_removal),
		cmocka_unit_test(test_death_and_reconnection),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_no_peer_connects),
		cmocka_unit_test(test_path_in_use),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
