// SPDX-License-Identifier: BSD-3-Clause
/* See session.h. */
#include "net/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/interrupt.h"

#define DEPTH 512u /* the most that padma_port_configure() chooses */
#define BURST 32u

int net_refuse_stepped(const char *name)
{
	const char *key = strstr(name, ",step");

	if (strncmp(name, "sim:", 4) != 0 || !key || (key[5] != '\0' && key[5] != ','))
		return 0;
	return complain("%.64s: this command does not step devices; leave out the key 'step'",
			name);
}

static int open_all(struct net_session *session)
{
	const struct padma_space_params params = {.backend = backend_option()};

	if (net_refuse_stepped(session->name))
		return EXIT_FAILURE;
	if (padma_space_open_for(session->name, &params, &session->space))
		return complain("%s", padma_last_error());
	backend_note(&session->backend, session->space);
	if (padma_device_open(session->space, session->name, &session->device) ||
	    padma_port_open(session->device, &session->port) ||
	    padma_port_info(session->port, &session->info))
		return complain("%s", padma_last_error());
	return 0;
}

int net_session_open(struct net_session *session, const char *name)
{
	int status;

	memset(session, 0, sizeof(*session));
	session->name = name;
	status = open_all(session);
	return status ? net_session_close(session, status) : 0;
}

int net_session_start(struct net_session *session, const struct padma_port_params *params)
{
	const struct padma_pool_params plain = {.cache_objects = 2 * BURST};
	struct padma_packet_pool_params pool = {
		.cache_packets = 2 * BURST,
		.dma_mask = session->info.dma_mask,
		.name = "padma net",
	};
	struct padma_port_params one = *params;

	one.rx_queues = 1;
	one.tx_queues = 1;
	if (session->info.room_bytes > PADMA_PACKET_ROOM)
		pool.room_bytes = session->info.room_bytes;
	pool.count = padma_pool_count_for(&plain, 2 * DEPTH + 2 * BURST, 1);
	session->pool_count = pool.count;
	if (padma_packet_pool_open(session->space, &pool, &session->pool) ||
	    padma_pool_cache_open(session->pool, &session->cache) ||
	    padma_port_configure(session->port, &one) ||
	    padma_rx_queue_open(session->port, 0, session->cache, &session->rx) ||
	    padma_tx_queue_open(session->port, 0, session->cache, &session->tx) ||
	    padma_port_start(session->port))
		return complain("%s", padma_last_error());
	return 0;
}

bool net_session_wait_link(struct net_session *session, uint64_t ns, struct padma_port_link *link)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	uint64_t end = padma_now_ns() + ns;

	for (;;) {
		*link = (struct padma_port_link){0};
		if (padma_port_link(session->port, link) || link->up || interrupted() ||
		    padma_now_ns() >= end)
			return link->up;
		(void)padma_port_service(session->port, padma_now_ns());
		nanosleep(&nap, NULL);
	}
}

static int note(int rc, int status)
{
	return rc && status == 0 ? complain("%s", padma_last_error()) : status;
}

int net_session_close(struct net_session *session, int status)
{
	if (session->port)
		status = note(padma_port_stop(session->port), status);
	status = note(padma_rx_queue_close(session->rx), status);
	status = note(padma_tx_queue_close(session->tx), status);
	status = note(padma_port_close(session->port), status);
	status = note(padma_device_close(session->device), status);
	padma_pool_cache_close(session->cache);
	/* Refused if a packet is missing: that is an error of this program or of the driver. */
	status = note(session->pool ? padma_pool_close(session->pool) : 0, status);
	status = note(padma_space_close(session->space), status);
	memset(session, 0, sizeof(*session));
	return status;
}
