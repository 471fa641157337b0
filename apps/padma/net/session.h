/* SPDX-License-Identifier: BSD-3-Clause */
/* session.h - one card, opened for a subcommand that only looks at it. */
#ifndef NET_SESSION_H
#define NET_SESSION_H

#include <padma/net/port.h>

#include "common/backend_report.h"

struct net_session {
	const char *name;
	struct padma_space *space;
	struct backend_taken backend;
	struct padma_device *device;
	struct padma_port *port;
	struct padma_port_info info;
	/* After net_session_start() */
	struct padma_pool *pool;
	size_t pool_count;
	struct padma_pool_cache *cache;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
};

/* Space, device, port. 0, or the exit code after complaining, with nothing left open. */
int net_session_open(struct net_session *session, const char *name);

/* Configure one queue of each kind by @params, and start. 0, or the exit code; net_session_close() follows anyway. */
int net_session_start(struct net_session *session, const struct padma_port_params *params);

/* Wait for the link, at most @ns; returns at once when interrupted. Return: whether it is up. */
bool net_session_wait_link(struct net_session *session, uint64_t ns, struct padma_port_link *link);

/* Close everything. @status: the exit code so far. Return: it, or 1 after complaining. */
int net_session_close(struct net_session *session, int status);

/*
 * Shared with padma net test: a device that runs only when stepped would never answer the tool. 0, or the exit code
 * after complaining.
 */
int net_refuse_stepped(const char *name);

#endif
