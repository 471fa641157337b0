// SPDX-License-Identifier: BSD-3-Clause
/* See netlink.h. */
#include "pci/netlink.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel fills messages of a dump up to 32 KiB (net/netlink/af_netlink.c, netlink_dump()). */
#define BUFFER_BYTES 65536u
/* A dump during which objects changed is repeated, this many times. */
#define ATTEMPTS     5

struct request {
	struct nlmsghdr header;
	char body[64];
};

struct entrant {
	int netns;
	int socket;
};

static int open_here(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

/* setns(2) affects the calling thread only, and a socket stays in the namespace in which it was
 * created. */
static void *enter_and_open(void *arg)
{
	struct entrant *entrant = arg;

	if (setns(entrant->netns, CLONE_NEWNET) != 0)
		entrant->socket = -errno;
	else
		entrant->socket = open_here();
	return NULL;
}

int netlink_open(int netns)
{
	struct entrant entrant = {.netns = netns};
	pthread_t thread;
	int error;

	if (netns < 0)
		return open_here();
	error = pthread_create(&thread, NULL, enter_and_open, &entrant);
	if (error)
		return -error;
	pthread_join(thread, NULL);
	return entrant.socket;
}

static int send_request(int socket, const struct request *request)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (sendto(socket, request, request->header.nlmsg_len, 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* Return: the length of one datagram of the kernel's, or a negative errno. */
static ssize_t receive(int socket, void *buffer)
{
	struct sockaddr_nl sender = {0};
	socklen_t room = sizeof(sender);
	ssize_t length;

	do {
		length = recvfrom(socket, buffer, BUFFER_BYTES, MSG_TRUNC,
				  (struct sockaddr *)&sender, &room);
		if (length < 0 && errno != EINTR)
			return -errno;
	} while (length < 0 || sender.nl_pid != 0);
	return (size_t)length > BUFFER_BYTES ? -EMSGSIZE : length;
}

/* The errno that the messages NLMSG_ERROR and NLMSG_DONE carry. */
static int error_of(const struct nlmsghdr *message)
{
	int error;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return 0;
	memcpy(&error, NLMSG_DATA(message), sizeof(error));
	return error;
}

/*
 * Hand out the messages of one datagram. *changed is set if the list changed while it was dumped: what
 * is behind the message that says so is read all the same, the end of the list above all. Return: 1 if
 * more follow, 0 at the end, or a negative errno.
 */
static int take_datagram(const void *buffer, ssize_t length,
			 void (*take)(const struct nlmsghdr *message, void *ctx), void *ctx,
			 bool *changed)
{
	const struct nlmsghdr *message = buffer;
	size_t left = (size_t)length;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			*changed = true;
		if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
			return error_of(message);
		take(message, ctx);
	}
	return 1;
}

/* The kernel parses what follows the header as attributes, so its length matters for some types. */
static size_t header_bytes(uint16_t type)
{
	switch (type) {
	case RTM_GETLINK:
		return sizeof(struct ifinfomsg);
	case RTM_GETADDR:
		return sizeof(struct ifaddrmsg);
	case RTM_GETROUTE:
		return sizeof(struct rtmsg);
	default:
		return sizeof(struct nhmsg);
	}
}

static int dump_once(int socket, uint16_t type,
		     void (*take)(const struct nlmsghdr *message, void *ctx), void *ctx,
		     void *buffer)
{
	/* A header of zeros: family AF_UNSPEC, no filter. */
	const struct request request = {
		.header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(header_bytes(type)),
			   .nlmsg_type = type,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	int result = send_request(socket, &request);
	bool changed = false;

	if (result)
		return result;
	do {
		ssize_t length = receive(socket, buffer);

		result = length < 0 ? (int)length
				    : take_datagram(buffer, length, take, ctx, &changed);
	} while (result > 0);
	return result == 0 && changed ? -EINTR : result;
}

int netlink_dump(int socket, uint16_t type, void (*take)(const struct nlmsghdr *message, void *ctx),
		 void *ctx)
{
	void *buffer = malloc(BUFFER_BYTES);
	int error = -EINTR;

	if (!buffer)
		return -ENOMEM;
	for (int attempt = 0; error == -EINTR && attempt < ATTEMPTS; attempt++)
		error = dump_once(socket, type, take, ctx, buffer);
	free(buffer);
	/* A list that keeps changing was read nearly completely, several times. */
	return error == -EINTR ? 0 : error;
}

int netlink_namespace_id(int socket, int netns)
{
	struct request request = {
		.header = {.nlmsg_len = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct rtgenmsg))),
			   .nlmsg_type = RTM_GETNSID,
			   .nlmsg_flags = NLM_F_REQUEST}};
	const struct nlmsghdr *answer;
	struct rtattr *attribute =
		(struct rtattr *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
	void *buffer = malloc(BUFFER_BYTES);
	int id = -1;

	attribute->rta_type = NETNSA_FD;
	attribute->rta_len = RTA_LENGTH(sizeof(netns));
	memcpy(RTA_DATA(attribute), &netns, sizeof(netns));
	request.header.nlmsg_len =
		NLMSG_ALIGN(request.header.nlmsg_len) + RTA_LENGTH(sizeof(netns));
	if (buffer && send_request(socket, &request) == 0 && receive(socket, buffer) > 0) {
		answer = buffer;
		if (answer->nlmsg_type == RTM_NEWNSID) {
			const void *found = netlink_attribute(answer, sizeof(struct rtgenmsg),
							      NETNSA_NSID, sizeof(id));
			if (found)
				memcpy(&id, found, sizeof(id));
		}
	}
	free(buffer);
	return id;
}

const void *netlink_attribute(const struct nlmsghdr *message, size_t header, uint16_t type,
			      size_t bytes)
{
	const size_t start = NLMSG_LENGTH(NLMSG_ALIGN(header));
	const struct rtattr *attribute = (const void *)((const char *)message + start);
	size_t left = message->nlmsg_len < start ? 0 : message->nlmsg_len - start;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if ((attribute->rta_type & NLA_TYPE_MASK) == type &&
		    RTA_PAYLOAD(attribute) >= bytes)
			return RTA_DATA(attribute);
	}
	return NULL;
}
