// SPDX-License-Identifier: BSD-3-Clause
/* See socket.h. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <poll.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost/socket.h"

#define MS_PER_SECOND 1000
#define NS_PER_MS     1000000
/* Between two attempts to connect to a peer that is not there yet. */
#define RETRY_MS      20

static_assert(VHOST_PATH_MAX == sizeof(((struct sockaddr_un *)0)->sun_path) - 1, "unix(7)");

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

/* 0, -ETIMEDOUT. Errors and hang-ups show in the call that follows. */
static int wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = events};
		int64_t left = deadline - now_ms();
		int rc = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (rc > 0)
			return 0;
		if (rc == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int make_socket(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 ? fd : fail(-errno, "%s: no socket: %s", name, strerror(errno));
}

static bool may_come(int error)
{
	return error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR;
}

static int no_connection(const char *name, const char *path, int error, unsigned int timeout_ms)
{
	if (may_come(error))
		return fail(-ETIMEDOUT,
			    "%s: no process served the socket %s within %u ms (%s); start it, or "
			    "give the key server if it is the side that connects",
			    name, path, timeout_ms, strerror(error));
	return fail(-error, "%s: connecting to %s: %s%s", name, path, strerror(error),
		    error == EACCES ? "; allow this user to write to the socket" : "");
}

static int connect_to(const char *name, const struct sockaddr_un *address, unsigned int timeout_ms)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * NS_PER_MS};
	int64_t deadline = now_ms() + timeout_ms;
	int fd = make_socket(name);

	if (fd < 0)
		return fd;
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address))) {
		int error = errno;

		if (!may_come(error) || now_ms() >= deadline) {
			close(fd);
			return no_connection(name, address->sun_path, error, timeout_ms);
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

/* A socket without a listener was left by a process that has exited. */
static bool is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
		     errno == ECONNREFUSED;
	struct stat file;

	if (fd >= 0)
		close(fd);
	return stale && lstat(address->sun_path, &file) == 0 && S_ISSOCK(file.st_mode);
}

static int listen_at(const char *name, const struct sockaddr_un *address)
{
	int fd = make_socket(name), error;

	if (fd < 0)
		return fd;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) && errno == EADDRINUSE &&
	    is_stale(address)) {
		unlink(address->sun_path);
		(void)!bind(fd, (const struct sockaddr *)address, sizeof(*address));
	}
	if (listen(fd, 1) == 0)
		return fd;
	error = errno;
	close(fd);
	/* What could not be bound cannot listen: EINVAL. */
	if (error == EINVAL || error == EADDRINUSE)
		return fail(-EADDRINUSE,
			    "%s: %s cannot be created as a socket: it exists, or its folder does "
			    "not or may not be written to; give another path",
			    name, address->sun_path);
	return fail(-error, "%s: listening at %s: %s", name, address->sun_path, strerror(error));
}

static int accept_at(const char *name, const struct sockaddr_un *address, unsigned int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;
	int listener = listen_at(name, address), fd, rc;

	if (listener < 0)
		return listener;
	do {
		rc = wait_for(listener, POLLIN, deadline);
		fd = rc ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	} while (rc == 0 && fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN));
	if (rc == 0 && fd < 0)
		rc = -errno;
	/* One peer: the next one is let in by the next open. */
	unlink(address->sun_path);
	close(listener);
	if (rc == -ETIMEDOUT)
		return fail(rc,
			    "%s: no process connected to %s within %u ms; start it, or leave the "
			    "key server out if it is the side that listens",
			    name, address->sun_path, timeout_ms);
	return rc ? fail(rc, "%s: waiting at %s: %s", name, address->sun_path, strerror(-rc)) : fd;
}

int vhost_socket_open(const char *name, const char *path, bool server, unsigned int timeout_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	if (length == 0)
		return fail(-EINVAL, "%s: give the path of a socket: vhost-user:PATH", name);
	if (length > VHOST_PATH_MAX)
		return fail(-ENAMETOOLONG, "%s: a path of %zu characters; a socket has at most %u",
			    name, length, VHOST_PATH_MAX);
	memcpy(address.sun_path, path, length);
	return server ? accept_at(name, &address, timeout_ms)
		      : connect_to(name, &address, timeout_ms);
}

static void attach_fds(struct msghdr *header, void *control, size_t control_bytes, const int *fds,
		       unsigned int count)
{
	struct cmsghdr *ancillary;

	if (count == 0)
		return;
	memset(control, 0, control_bytes);
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(count * sizeof(int));
	ancillary = CMSG_FIRSTHDR(header);
	ancillary->cmsg_level = SOL_SOCKET;
	ancillary->cmsg_type = SCM_RIGHTS;
	ancillary->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(ancillary), fds, count * sizeof(int));
}

int vhost_socket_send(int fd, const struct vhost_message *message, const int *fds,
		      unsigned int count, unsigned int timeout_ms)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(VHOST_TABLE_REGIONS * sizeof(int))];
	size_t total = sizeof(message->header) + message->header.size, done = 0;
	int64_t deadline = now_ms() + timeout_ms;

	while (done < total) {
		struct iovec part = {(char *)(uintptr_t)message + done, total - done};
		struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
		ssize_t sent;
		int rc = wait_for(fd, POLLOUT, deadline);

		if (rc)
			return rc;
		/* The descriptors come with the first byte. */
		attach_fds(&header, control, sizeof(control), fds, done ? 0 : count);
		sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			done += (size_t)sent;
		else if (errno != EAGAIN && errno != EINTR)
			return -EPIPE;
	}
	return 0;
}

/* A back end has no descriptors to send here. True if it did; they are closed. */
static bool close_received(struct msghdr *header)
{
	bool any = header->msg_flags & MSG_CTRUNC;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int received;

			memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof(received));
			close(received);
		}
		any = true;
	}
	return any;
}

/* Exactly @bytes. @cut: whether an end of the stream here cuts a message. */
static int receive_part(int fd, void *to, size_t bytes, int64_t deadline, bool cut)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(VHOST_TABLE_REGIONS * sizeof(int))];
	size_t done = 0;

	while (done < bytes) {
		struct iovec part = {(char *)to + done, bytes - done};
		struct msghdr header = {.msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = control,
					.msg_controllen = sizeof(control)};
		ssize_t got;
		int rc = wait_for(fd, POLLIN, deadline);

		if (rc)
			return rc;
		got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return got == 0 && (cut || done) ? -ENODATA : -EPIPE;
		if (close_received(&header))
			return -EBADMSG;
		done += (size_t)got;
	}
	return 0;
}

const char *vhost_reply_flaw(const struct vhost_header *header, enum vhost_request request,
			     uint32_t bytes)
{
	if ((header->flags & VHOST_FLAGS_VERSION_MASK) != VHOST_FLAGS_VERSION)
		return "it is of another version of the protocol";
	if (!(header->flags & VHOST_FLAGS_REPLY))
		return "it is not marked as a reply";
	if (header->request != (uint32_t)request)
		return "it is the reply to another request";
	if (header->size < bytes)
		return "it is too short";
	if (header->size > bytes)
		return "it is too long";
	return NULL;
}

static int explain(int rc, char *why, size_t why_bytes)
{
	if (rc != -ENODATA && rc != -EBADMSG)
		return rc;
	snprintf(why, why_bytes, "%s",
		 rc == -ENODATA ? "it is truncated" : "it carries unexpected file descriptors");
	return -EPROTO;
}

int vhost_socket_receive(int fd, enum vhost_request request, uint32_t bytes,
			 struct vhost_message *reply, unsigned int timeout_ms, char *why,
			 size_t why_bytes)
{
	int64_t deadline = now_ms() + timeout_ms;
	struct vhost_header header;
	const char *flaw;
	int rc;

	if (bytes > sizeof(reply->body))
		return -EINVAL;
	rc = receive_part(fd, &header, sizeof(header), deadline, false);
	if (rc)
		return explain(rc, why, why_bytes);
	flaw = vhost_reply_flaw(&header, request, bytes);
	if (flaw) {
		snprintf(why, why_bytes, "%s (request %u, flags 0x%x, %u bytes)", flaw,
			 header.request, header.flags, header.size);
		return -EPROTO;
	}
	reply->header = header;
	rc = receive_part(fd, (char *)reply + sizeof(reply->header), bytes, deadline, true);
	return explain(rc, why, why_bytes);
}
