// SPDX-License-Identifier: BSD-3-Clause
/* From a reset to a working device, and back (Virtio 1.2, 3.1.1 and 5.1.5). */
#include <stdlib.h>

#include "control.h"
#include "features.h"
#include "filter.h"
#include "message.h"
#include "rx.h"
#include "start.h"
#include "tx.h"

#define SPARE_SIZE 2u

void start_free_spare(struct net *net)
{
	for (unsigned int i = 0; net->spare && i < 2 * net->pairs; i++)
		padma_virtqueue_close(net->spare[i]);
	free(net->spare);
	net->spare = NULL;
}

static void free_list(struct padma_virtqueue **list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		padma_virtqueue_close(list[i]);
	free(list);
}

int start_alloc_spare(struct net *net, unsigned int pairs, const struct padma_port_params *params)
{
	const struct padma_virtqueue_params small = {.size = SPARE_SIZE};
	struct padma_virtqueue **list = calloc(2 * (size_t)pairs, sizeof(struct padma_virtqueue *));
	int rc = 0;

	if (!list)
		return fail(-ENOMEM, "no memory for %u queue pairs", pairs);
	for (unsigned int i = 0; i < pairs && !rc; i++) {
		if (i >= params->rx_queues)
			rc = padma_virtqueue_open(net->virtio, 2 * i, &small, &list[2 * i]);
		if (i >= params->tx_queues && !rc)
			rc = padma_virtqueue_open(net->virtio, 2 * i + 1, &small, &list[2 * i + 1]);
	}
	if (rc) {
		free_list(list, 2 * pairs);
		return rc;
	}
	start_free_spare(net);
	net->spare = list;
	net->pairs = pairs;
	return 0;
}

static int start_spare(struct net *net)
{
	int rc = 0;

	for (unsigned int i = 0; i < 2 * net->pairs && !rc; i++) {
		if (net->spare[i])
			rc = padma_virtqueue_enable(net->spare[i], PADMA_VIRTIO_NO_VECTOR);
	}
	return rc;
}

static int start_queues(struct net *net)
{
	const struct padma_port *port = &net->port;
	int rc = 0;

	for (unsigned int i = 0; i < port->params.rx_queues && !rc; i++)
		rc = rx_queue_start(rx_of(port->rx[i]));
	for (unsigned int i = 0; i < port->params.tx_queues && !rc; i++)
		rc = tx_queue_start(tx_of(port->tx[i]));
	if (!rc)
		rc = start_spare(net);
	return rc ? rc : control_enable(net);
}

/* A device that comes back with less than it had when the port was opened is not the same any more. */
static int check_same(const struct net *net)
{
	struct padma_virtio_info info;
	uint64_t lost;

	padma_virtio_info(net->virtio, &info);
	lost = net->offered & ~info.offered;
	if (lost == 0)
		return 0;
	return fail(-EPROTO,
		    "%s no longer offers the features 0x%llx, which it offered when it was "
		    "opened: close the port and open it again",
		    net_name(net), (unsigned long long)lost);
}

static int set_event_vector(struct net *net)
{
	unsigned int vector = queue_vector(net, net->port.event_vector);

	return vector == PADMA_VIRTIO_NO_VECTOR ? 0
						: padma_virtio_config_vector(net->virtio, vector);
}

int start_port(struct padma_port *port)
{
	struct net *net = net_of(port);
	int rc = padma_virtio_reset(net->virtio);

	if (!rc)
		rc = check_same(net);
	if (!rc)
		rc = features_negotiate(net);
	if (!rc)
		rc = set_event_vector(net);
	if (!rc)
		rc = start_queues(net);
	if (!rc)
		rc = padma_virtio_start(net->virtio);
	if (!rc)
		rc = filter_start(net);
	net->started = rc == 0;
	return rc;
}

int stop_port(struct padma_port *port)
{
	struct net *net = net_of(port);

	net->started = false;
	return padma_virtio_stop(net->virtio);
}
