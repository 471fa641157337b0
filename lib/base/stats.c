// SPDX-License-Identifier: BSD-3-Clause
/*
 * The thread that publishes the process's counters.
 *
 * No client can block it: what clients send is never read, and an answer usually goes out in one call.
 * One that does not fit into the socket's buffer waits in one of a few slots, for a limited time. When
 * all slots are taken, the oldest answer is cut off.
 */
#define PADMA_PART "stats"
#include "base/base.h"

#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <padma/params.h>
#include <padma/stats.h>
#include <padma/time.h>

#include "base/stats_socket.h"
#include "base/stats_text.h"
#include "base/thread.h"

#define CLIENTS	      16
#define CLIENT_MS     2000
/* After accept() failed for lack of a resource, the next attempt is made after this time. */
#define RETRY_MS      100
#define PROGRAM_BYTES 64

struct client {
	char *text; /* NULL: the slot is free */
	size_t bytes, sent;
	uint64_t deadline_ms;
	int fd;
};

struct padma_stats {
	struct stats_socket socket;
	pthread_t thread;
	pid_t pid;
	int stop_fd;
	char program[PROGRAM_BYTES];
	uint64_t accept_after_ms;
	struct client clients[CLIENTS];
};

static pthread_mutex_t service_lock = PTHREAD_MUTEX_INITIALIZER;
static struct padma_stats *service; /* of this process */
static bool exit_noted;

static uint64_t now_ms(void)
{
	return padma_ticks_monotonic() / 1000000;
}

static void drop(struct client *client)
{
	close(client->fd);
	free(client->text);
	*client = (struct client){0};
}

/* Send what the socket takes; it is done, or has failed, when the slot is free. */
static void send_on(struct client *client)
{
	while (client->sent < client->bytes) {
		ssize_t n = send(client->fd, client->text + client->sent,
				 client->bytes - client->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno != EINTR)
			break;
		client->sent += n > 0 ? (size_t)n : 0;
	}
	drop(client);
}

/* A free slot, or the oldest. */
static struct client *find_slot(struct padma_stats *stats)
{
	struct client *oldest = &stats->clients[0];

	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &stats->clients[i];

		if (!client->text)
			return client;
		if (client->deadline_ms < oldest->deadline_ms)
			oldest = client;
	}
	drop(oldest);
	return oldest;
}

static void answer(struct padma_stats *stats, int fd)
{
	struct client *client = find_slot(stats);

	*client = (struct client){.fd = fd, .deadline_ms = now_ms() + CLIENT_MS};
	client->text = stats_text(stats->program, &client->bytes);
	if (client->text)
		send_on(client);
	else
		drop(client);
}

static void accept_one(struct padma_stats *stats)
{
	int fd = accept4(stats->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		answer(stats, fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		stats->accept_after_ms = now_ms() + RETRY_MS;
}

/* Poll's descriptors: to stop, the listening socket, the clients. Return: how long to wait, in ms. */
static int prepare(struct padma_stats *stats, struct pollfd *fds)
{
	uint64_t now = now_ms(), next = UINT64_MAX;
	bool listens = now >= stats->accept_after_ms;

	if (!listens)
		next = stats->accept_after_ms;
	fds[0] = (struct pollfd){.fd = stats->stop_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = listens ? stats->socket.fd : -1, .events = POLLIN};
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &stats->clients[i];

		if (client->text && now >= client->deadline_ms)
			drop(client);
		if (client->text && client->deadline_ms < next)
			next = client->deadline_ms;
		fds[2 + i] =
			(struct pollfd){.fd = client->text ? client->fd : -1, .events = POLLOUT};
	}
	return next == UINT64_MAX ? -1 : (int)(next - now);
}

static void *serve(void *argument)
{
	struct padma_stats *stats = argument;
	struct pollfd fds[2 + CLIENTS];

	for (;;) {
		int timeout = prepare(stats, fds);

		int ready = poll(fds, 2 + CLIENTS, timeout);

		/* More descriptors than the process may have (EINVAL): serve no client, but stop. */
		if (ready < 0 && errno != EINTR)
			ready = poll(fds, 1, RETRY_MS);
		if (ready <= 0)
			continue;
		if (fds[0].revents)
			break;
		for (int i = 0; i < CLIENTS; i++) {
			if (fds[2 + i].revents)
				send_on(&stats->clients[i]);
		}
		if (fds[1].revents)
			accept_one(stats);
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (stats->clients[i].text)
			drop(&stats->clients[i]);
	}
	return NULL;
}

/* A child of fork() has no such thread, and the socket is its parent's. */
static void at_exit(void)
{
	/* In a child that was forked while another thread held it, the lock stays held for ever. */
	if (pthread_mutex_trylock(&service_lock))
		return;
	if (service && service->pid == getpid())
		stats_socket_unlink(&service->socket);
	pthread_mutex_unlock(&service_lock);
}

static int start(struct padma_stats *stats)
{
	int rc;

	stats->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (stats->stop_fd < 0)
		return fail(-errno, "no eventfd: %s", strerror(errno));
	rc = thread_start(&stats->thread, serve, stats);
	if (rc) {
		close(stats->stop_fd);
		return fail(rc, "no thread to publish counters: %s", strerror(-rc));
	}
	return 0;
}

static int name_program(struct padma_stats *stats, const char *program)
{
	snprintf(stats->program, sizeof(stats->program), "%s",
		 program ? program : program_invocation_short_name);
	for (char *c = stats->program; *c; c++) {
		if (!iscntrl((unsigned char)*c))
			continue;
		if (program)
			return fail(-EINVAL, "a program's name has no control characters");
		*c = '?';
	}
	return 0;
}

static int open_service(const struct padma_stats_params *params, struct padma_stats *stats)
{
	char path[sizeof(stats->socket.address.sun_path)];
	int rc = name_program(stats, params->program);

	stats->pid = getpid();
	if (!rc && !params->directory)
		rc = padma_stats_directory(path, sizeof(path));
	if (!rc)
		rc = stats_socket_open(&stats->socket,
				       params->directory ? params->directory : path);
	if (rc)
		return rc;
	rc = start(stats);
	if (rc)
		stats_socket_close(&stats->socket);
	return rc;
}

static int serve_first(const struct padma_stats_params *params, struct padma_stats **opened)
{
	struct padma_stats *stats;
	int rc;

	if (service && service->pid == getpid())
		return fail(-EBUSY, "this process publishes its counters already");
	stats = calloc(1, sizeof(*stats));
	if (!stats)
		return fail(-ENOMEM, "no memory to publish counters");
	rc = open_service(params, stats);
	if (rc) {
		free(stats);
		return rc;
	}
	if (!exit_noted)
		exit_noted = atexit(at_exit) == 0;
	service = stats;
	*opened = stats;
	return 0;
}

int padma_stats_serve_sized(size_t params_bytes, const struct padma_stats_params *given,
			    struct padma_stats **stats)
{
	struct padma_stats_params params;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc)
		return rc;
	pthread_mutex_lock(&service_lock);
	rc = serve_first(&params, stats);
	pthread_mutex_unlock(&service_lock);
	return rc;
}

void padma_stats_close(struct padma_stats *stats)
{
	if (!stats)
		return;
	pthread_mutex_lock(&service_lock);
	if (service == stats)
		service = NULL;
	pthread_mutex_unlock(&service_lock);
	if (stats->pid == getpid()) {
		(void)eventfd_write(stats->stop_fd, 1);
		pthread_join(stats->thread, NULL);
		stats_socket_unlink(&stats->socket);
	}
	close(stats->socket.fd);
	close(stats->stop_fd);
	free(stats);
}
