// SPDX-License-Identifier: BSD-3-Clause
/* See peer.h. */
#include "vhost/peer.h"

#include "test.h"

#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS	 8
#define IDLE_MS	 20
/* Between turns of those who serve rings. */
#define SERVE_MS 0

struct request {
	struct vhost_message message;
	int fds[FDS];
	unsigned int fd_count;
};

static bool stops(struct peer *peer)
{
	return __atomic_load_n(&peer->stop, __ATOMIC_ACQUIRE);
}

static struct sockaddr_un address_of(const struct peer *peer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", peer->path);
	return address;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_regions(struct peer *peer)
{
	for (unsigned int i = 0; i < peer->region_count; i++)
		munmap(peer->regions[i].at, peer->regions[i].region.bytes);
	peer->region_count = 0;
}

static void forget(struct peer *peer)
{
	pthread_mutex_lock(&peer->lock);
	forget_regions(peer);
	for (unsigned int i = 0; i < PEER_RINGS; i++) {
		struct peer_ring *ring = &peer->rings[i];

		close_fd(&ring->kick);
		close_fd(&ring->call);
		close_fd(&ring->err);
		*ring = (struct peer_ring){.kick = -1, .call = -1, .err = -1};
	}
	pthread_mutex_unlock(&peer->lock);
}

static void disconnect(struct peer *peer)
{
	forget(peer);
	pthread_mutex_lock(&peer->lock);
	close_fd(&peer->fd);
	pthread_mutex_unlock(&peer->lock);
}

char *peer_at_guest(struct peer *peer, uint64_t guest, uint64_t bytes)
{
	for (unsigned int i = 0; i < peer->region_count; i++) {
		const struct vhost_region *region = &peer->regions[i].region;
		uint64_t within = guest - region->guest;

		if (within < region->bytes && bytes <= region->bytes - within)
			return peer->regions[i].at + within;
	}
	return NULL;
}

char *peer_at_user(struct peer *peer, uint64_t user, uint64_t bytes)
{
	for (unsigned int i = 0; i < peer->region_count; i++) {
		const struct vhost_region *region = &peer->regions[i].region;
		uint64_t within = user - region->user;

		if (within < region->bytes && bytes <= region->bytes - within)
			return peer->regions[i].at + within;
	}
	return NULL;
}

static bool add_region(struct peer *peer, const struct vhost_region *region, int fd)
{
	void *at = mmap(NULL, region->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			(off_t)region->offset);

	if (at == MAP_FAILED || peer->region_count == PEER_REGIONS)
		return false;
	peer->regions[peer->region_count++] = (struct peer_region){*region, at};
	return true;
}

static bool set_table(struct peer *peer, const struct request *request)
{
	const struct vhost_table *table;
	struct vhost_table copy;

	memcpy(&copy, &request->message.body, sizeof(copy));
	table = &copy;
	if (table->count > VHOST_TABLE_REGIONS || table->count != request->fd_count)
		return false;
	forget_regions(peer);
	for (unsigned int i = 0; i < table->count; i++) {
		if (!add_region(peer, &table->regions[i], request->fds[i]))
			return false;
	}
	return true;
}

static bool remove_region(struct peer *peer, const struct vhost_region *region)
{
	for (unsigned int i = 0; i < peer->region_count; i++) {
		struct peer_region *have = &peer->regions[i];

		if (have->region.guest != region->guest || have->region.bytes != region->bytes ||
		    have->region.user != region->user)
			continue;
		munmap(have->at, region->bytes);
		*have = peer->regions[--peer->region_count];
		return true;
	}
	return false;
}

static bool set_fd(struct peer *peer, struct request *request, size_t field)
{
	uint64_t value = request->message.body.u64;
	struct peer_ring *ring = &peer->rings[(value & 0xff) % PEER_RINGS];
	int *fd = (int *)(void *)((char *)ring + field);

	close_fd(fd);
	if (value & VHOST_VRING_NO_FD)
		return true;
	if (request->fd_count != 1)
		return false;
	*fd = request->fds[0];
	request->fd_count = 0;
	return true;
}

static bool ring_request(struct peer *peer, const struct vhost_message *message)
{
	struct peer_ring *ring = &peer->rings[message->body.state.index % PEER_RINGS];

	switch (message->header.request) {
	case VHOST_SET_VRING_NUM:
		ring->num = message->body.state.num;
		return true;
	case VHOST_SET_VRING_BASE:
		ring->base = message->body.state.num;
		ring->next = ring->base & 0x7fff;
		ring->used = ring->next;
		ring->next_wrap = ring->used_wrap = ring->base & 0x8000;
		ring->kicked = false;
		return true;
	case VHOST_SET_VRING_ENABLE:
		ring->enabled = message->body.state.num;
		return true;
	case VHOST_SET_VRING_ADDR:
		memcpy(&ring->addr, &message->body, sizeof(ring->addr));
		ring->addressed = peer_at_user(peer, ring->addr.descriptor, 16ull * ring->num);
		return ring->addressed;
	default:
		return false;
	}
}

/* True: it is carried out. */
static bool set(struct peer *peer, struct request *request)
{
	const struct vhost_message *message = &request->message;
	struct vhost_region region;

	memcpy(&region, (const char *)&message->body + sizeof(uint64_t), sizeof(region));
	switch (message->header.request) {
	case VHOST_SET_FEATURES:
		peer->features = message->body.u64;
		return true;
	case VHOST_SET_PROTOCOL_FEATURES:
		peer->protocol = message->body.u64;
		return true;
	case VHOST_SET_STATUS:
		peer->status = (uint8_t)message->body.u64;
		return true;
	case VHOST_NET_SET_MTU:
		peer->mtu = (uint16_t)message->body.u64;
		return true;
	case VHOST_SET_OWNER:
	case VHOST_RESET_DEVICE:
		return true;
	case VHOST_SET_MEM_TABLE:
		return set_table(peer, request);
	case VHOST_ADD_MEM_REG:
		return request->fd_count == 1 && peer->region_count < peer->params.slots &&
		       add_region(peer, &region, request->fds[0]);
	case VHOST_REM_MEM_REG:
		return remove_region(peer, &region);
	case VHOST_SET_VRING_KICK:
		return set_fd(peer, request, offsetof(struct peer_ring, kick));
	case VHOST_SET_VRING_CALL:
		return set_fd(peer, request, offsetof(struct peer_ring, call));
	case VHOST_SET_VRING_ERR:
		return set_fd(peer, request, offsetof(struct peer_ring, err));
	default:
		return ring_request(peer, message);
	}
}

/* The size of the answer in the message's place; 0: it is not one that asks for something. */
static uint32_t get(struct peer *peer, struct vhost_message *message)
{
	struct peer_ring *ring = &peer->rings[message->body.state.index % PEER_RINGS];

	switch (message->header.request) {
	case VHOST_GET_FEATURES:
		message->body.u64 = peer->params.features;
		return 8;
	case VHOST_GET_PROTOCOL_FEATURES:
		message->body.u64 = peer->params.protocol;
		return 8;
	case VHOST_GET_QUEUE_NUM:
		message->body.u64 = peer->params.queue_pairs;
		return 8;
	case VHOST_GET_MAX_MEM_SLOTS:
		message->body.u64 = peer->params.slots;
		return 8;
	case VHOST_GET_VRING_BASE:
		ring->addressed = false;
		close_fd(&ring->kick);
		message->body.state.num = ring->base;
		return 8;
	case VHOST_GET_CONFIG:
		for (unsigned int i = 0; i < VHOST_CONFIG_MAX; i++)
			message->body.config.data[i] = (uint8_t)(i + 2);
		return message->header.size;
	default:
		return 0;
	}
}

static bool take_part(int fd, void *to, size_t bytes, struct request *request)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(FDS * sizeof(int))];
	struct iovec part = {to, bytes};
	struct msghdr header = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	ssize_t got = bytes ? recvmsg(fd, &header, MSG_WAITALL | MSG_CMSG_CLOEXEC) : 0;

	if (got != (ssize_t)bytes)
		return false;
	for (struct cmsghdr *c = bytes ? CMSG_FIRSTHDR(&header) : NULL; c;
	     c = CMSG_NXTHDR(&header, c)) {
		request->fd_count = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(request->fds, CMSG_DATA(c), request->fd_count * sizeof(int));
	}
	return true;
}

static bool take(int fd, struct request *request)
{
	*request = (struct request){0};
	return take_part(fd, &request->message, sizeof(struct vhost_header), request) &&
	       request->message.header.size <= sizeof(request->message.body) &&
	       take_part(fd, (char *)&request->message + sizeof(struct vhost_header),
			 request->message.header.size, request);
}

static void send_all(int fd, const void *from, size_t bytes, bool with_fd)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {(void *)(uintptr_t)from, bytes};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (with_fd) {
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&header);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	(void)!sendmsg(fd, &header, MSG_NOSIGNAL);
}

/* False: the connection is to end. */
static bool answer(struct peer *peer, struct vhost_message *message, uint32_t bytes,
		   enum peer_trick trick)
{
	size_t total = sizeof(message->header) + bytes;

	message->header.flags = VHOST_FLAGS_VERSION | VHOST_FLAGS_REPLY;
	message->header.size = bytes;
	switch (trick) {
	case PEER_SILENT:
		return true;
	case PEER_CLOSES:
		return false;
	case PEER_CUTS:
	case PEER_CUTS_HEADER:
		total = trick == PEER_CUTS ? total - 3 : 7;
		break;
	case PEER_SHORT:
		message->header.size = bytes - 4;
		total -= 4;
		break;
	case PEER_LONG:
		message->header.size = bytes + 4;
		total += 4;
		break;
	case PEER_OTHER_REQUEST:
		message->header.request++;
		break;
	case PEER_NOT_A_REPLY:
		message->header.flags &= ~VHOST_FLAGS_REPLY;
		break;
	case PEER_OTHER_VERSION:
		message->header.flags ^= 3;
		break;
	case PEER_OTHER_RING:
		message->body.state.index++;
		break;
	default:
		break;
	}
	send_all(peer->fd, message, total, trick == PEER_ADDS_FD);
	return trick != PEER_CUTS && trick != PEER_CUTS_HEADER;
}

static enum peer_trick trick_for(struct peer *peer, uint32_t request)
{
	unsigned int before = __atomic_fetch_add(&peer->seen[request % 64], 1, __ATOMIC_RELAXED);

	return request == peer->params.trick_at && before >= peer->params.trick_after
		       ? peer->params.trick
		       : PEER_HONEST;
}

static bool carry_out(struct peer *peer, struct request *request)
{
	struct vhost_message *message = &request->message;
	enum peer_trick trick = trick_for(peer, message->header.request);
	bool wants_reply = message->header.flags & VHOST_FLAGS_NEED_REPLY, done;
	uint32_t bytes = get(peer, message);

	if (bytes)
		return answer(peer, message, bytes, trick);
	done = trick != PEER_REFUSES && set(peer, request);
	if (!wants_reply)
		return trick == PEER_CLOSES ? false : done;
	message->body.u64 = !done;
	return answer(peer, message, sizeof(message->body.u64), trick);
}

/* False: the connection ended. */
static bool turn(struct peer *peer)
{
	struct request request;
	bool goes_on;

	if (!take(peer->fd, &request))
		return false;
	pthread_mutex_lock(&peer->lock);
	goes_on = carry_out(peer, &request);
	pthread_mutex_unlock(&peer->lock);
	for (unsigned int i = 0; i < request.fd_count; i++)
		close(request.fds[i]);
	return goes_on;
}

static int connect_to(struct peer *peer)
{
	struct sockaddr_un address = address_of(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	usleep(1000 * IDLE_MS);
	return -1;
}

static int get_connection(struct peer *peer)
{
	struct pollfd events[] = {{.fd = peer->listener, .events = POLLIN},
				  {.fd = peer->wake, .events = POLLIN}};

	if (peer->params.client)
		return connect_to(peer);
	(void)poll(events, 2, 1000);
	return events[0].revents & POLLIN ? accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
}

static void serve_connection(struct peer *peer)
{
	while (!stops(peer)) {
		struct pollfd events[] = {{.fd = peer->fd, .events = POLLIN},
					  {.fd = peer->wake, .events = POLLIN}};

		(void)poll(events, 2, peer->params.serve ? SERVE_MS : 1000);
		if (events[1].revents || (events[0].revents && !turn(peer)))
			break;
		if (peer->params.serve)
			peer->params.serve(peer->params.ctx);
	}
	disconnect(peer);
}

static void *peer_main(void *arg)
{
	struct peer *peer = arg;
	eventfd_t count;

	while (!stops(peer)) {
		int fd = get_connection(peer);

		(void)eventfd_read(peer->wake, &count);
		if (fd < 0)
			continue;
		peer->fd = fd;
		__atomic_add_fetch(&peer->connections, 1, __ATOMIC_RELEASE);
		serve_connection(peer);
	}
	return NULL;
}

struct peer *peer_start(const struct peer_params *params)
{
	static unsigned int number;
	struct peer *peer = calloc(1, sizeof(*peer));
	struct sockaddr_un address;

	assert_non_null(peer);
	peer->params = *params;
	snprintf(peer->path, sizeof(peer->path), "/tmp/padma-vhost-%d-%u", (int)getpid(), number++);
	peer->fd = -1;
	peer->listener = -1;
	peer->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&peer->lock, NULL);
	for (unsigned int i = 0; i < PEER_RINGS; i++)
		peer->rings[i] = (struct peer_ring){.kick = -1, .call = -1, .err = -1};
	if (!params->client) {
		address = address_of(peer);
		peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_return_code(
			bind(peer->listener, (struct sockaddr *)&address, sizeof(address)), errno);
		assert_return_code(listen(peer->listener, 4), errno);
	}
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_main, peer), 0);
	return peer;
}

void peer_hang_up(struct peer *peer)
{
	(void)eventfd_write(peer->wake, 1);
}

void peer_stop(struct peer *peer)
{
	__atomic_store_n(&peer->stop, true, __ATOMIC_RELEASE);
	peer_hang_up(peer);
	pthread_join(peer->thread, NULL);
	if (!peer->params.client)
		unlink(peer->path);
	close_fd(&peer->listener);
	close(peer->wake);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
}

unsigned int peer_seen(struct peer *peer, enum vhost_request request)
{
	return __atomic_load_n(&peer->seen[request % 64], __ATOMIC_RELAXED);
}
