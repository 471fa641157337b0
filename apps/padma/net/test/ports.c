// SPDX-License-Identifier: BSD-3-Clause
/* See ports.h. */
#include "net/test/ports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <padma/error.h>
#include <padma/time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/interrupt.h"
#include "net/session.h"
#include "net/test/modes/echo.h"
#include "net/test/modes/generate.h"
#include "net/test/snapshot.h"

#define DRAIN_NS      500000000u
#define DEPTH_DEFAULT 512 /* as padma_port_configure() */
#define CACHE_PACKETS 512
#define SOFTWARE_SLACK                                                                             \
	512 /* packets that the port takes itself: copies, segments of TSO by the processor */

static int open_device(struct test *test, struct test_port *port)
{
	int rc = padma_device_open(test->space, port->name, &port->device);

	if (rc)
		return rc;
	rc = padma_port_open(port->device, &port->port);
	if (rc == 0)
		rc = padma_port_info(port->port, &port->info);
	if (rc == 0) {
		padma_port_mac(port->port, port->mac);
		port->opened_at = padma_now_ns();
		return 0;
	}
	snprintf(port->why, sizeof(port->why), "%s", padma_last_error());
	if (port->port && padma_port_close(port->port) == 0)
		port->port = NULL;
	if (!port->port && padma_device_close(port->device) == 0)
		port->device = NULL;
	return rc;
}

int ports_open(struct test *test)
{
	const struct test_options *options = test->options;
	const struct padma_space_params params = {.backend = backend_option(),
						  .guard = options->guard};

	test->port_count = options->port_count;
	test->ports = calloc(test->port_count, sizeof(*test->ports));
	if (!test->ports)
		return complain("no memory for the ports");
	for (unsigned int i = 0; i < test->port_count; i++) {
		test->ports[i].name = options->ports[i];
		test->ports[i].index = i;
		if (net_refuse_stepped(options->ports[i]))
			return EXIT_FAILURE;
		if (strncmp(options->ports[i], "sim:", 4) == 0)
			test->shares_processor = true;
	}
	if (padma_space_open_for(options->ports[0], &params, &test->space))
		return complain("%s", padma_last_error());
	backend_note(&test->backend, test->space);
	for (unsigned int i = 0; i < test->port_count; i++) {
		if (open_device(test, &test->ports[i]))
			return complain("%s", *test->ports[i].why ? test->ports[i].why
								  : padma_last_error());
		test->ports[i].past = calloc(test->queues, sizeof(*test->ports[i].past));
		if (!test->ports[i].past)
			return complain("no memory for the ports");
	}
	return 0;
}

/* The most that a ring will have. */
static uint32_t depth_of(const struct test_port *port, uint32_t wanted)
{
	if (wanted)
		return wanted;
	return port->info.depth_max < DEPTH_DEFAULT ? port->info.depth_max : DEPTH_DEFAULT;
}

/* The most packets in use at once: in the rings, in the streams' bursts, in buffers of the mode. */
static size_t lent_most(const struct test *test, const struct padma_packet_pool_params *params)
{
	const struct test_options *options = test->options;
	size_t room = (params->room_bytes ? params->room_bytes : PADMA_PACKET_ROOM) -
		      PADMA_PACKET_HEADROOM;
	size_t longest = options->mtu ? options->mtu : 1518;
	size_t segments = (longest + room - 1) / room, lent = SOFTWARE_SLACK;

	if (options->segment_count > segments)
		segments = options->segment_count;
	for (unsigned int i = 0; i < test->port_count; i++)
		lent += test->queues * ((size_t)depth_of(&test->ports[i], options->rxd) +
					depth_of(&test->ports[i], options->txd));
	lent += test->stream_count *
		(3 * (size_t)options->burst + options->noisy_buffer + options->ip_count) * segments;
	return lent;
}

int ports_open_pool(struct test *test)
{
	struct padma_packet_pool_params params = {.cache_packets = CACHE_PACKETS,
						  .room_bytes = test->options->mbuf_bytes,
						  .name = "padma net test"};
	const struct padma_pool_params plain = {.cache_objects = CACHE_PACKETS};

	for (unsigned int i = 0; i < test->port_count; i++) {
		const struct padma_port_info *info = &test->ports[i].info;

		if (info->dma_mask && (params.dma_mask == 0 || info->dma_mask < params.dma_mask))
			params.dma_mask = info->dma_mask;
		if (test->options->mbuf_bytes == 0 && info->room_bytes > PADMA_PACKET_ROOM &&
		    info->room_bytes > params.room_bytes)
			params.room_bytes = info->room_bytes;
	}
	if (params.dma_mask == UINT64_MAX)
		params.dma_mask = 0;
	params.count = padma_pool_count_for(&plain, lent_most(test, &params), test->worker_count);
	test->pool_count = params.count;
	if (padma_packet_pool_open(test->space, &params, &test->pool))
		return complain("%s", padma_last_error());
	return 0;
}

static struct padma_port_params params_of(const struct test *test)
{
	const struct test_options *options = test->options;

	return (struct padma_port_params){
		.rx_queues = (uint16_t)test->queues,
		.tx_queues = (uint16_t)test->queues,
		.rx_depth = options->rxd,
		.tx_depth = options->txd,
		.mtu = options->mtu,
		.offloads = options->offloads,
		.without = options->without,
		.promiscuous = !options->no_promiscuous,
		.all_multicast = options->all_multicast,
		.interrupts = options->irq,
	};
}

static struct test_stream *stream_of(struct test *test, const struct test_port *port,
				     unsigned int queue, bool receives)
{
	for (unsigned int i = 0; i < test->stream_count; i++) {
		struct test_stream *stream = &test->streams[i];

		if (receives ? stream->rx_port == port->index && stream->rx_queue == queue
			     : stream->tx_port == port->index && stream->tx_queue == queue)
			return stream;
	}
	return NULL;
}

/* In a chain or pair of ports each queue has one stream that receives by it, and one that transmits. */
static int open_queues(struct test *test, struct test_port *port)
{
	for (unsigned int q = 0; q < test->queues; q++) {
		struct test_stream *in = stream_of(test, port, q, true);
		struct test_stream *out = stream_of(test, port, q, false);
		int rc = padma_rx_queue_open(port->port, q, in->cache,
					     test->mode->receives ? &in->rx : &in->spare_rx);

		if (rc == 0)
			rc = padma_tx_queue_open(port->port, q, out->cache,
						 test->mode->transmits ? &out->tx : &out->spare_tx);
		if (rc)
			return rc;
	}
	return 0;
}

/* Without promiscuous mode, the addresses at which hosts are asked for --ip of version 6. */
static int listen(struct test *test, struct test_port *port)
{
	const struct test_options *options = test->options;
	uint8_t macs[TEST_IPS_MAX][MAC_BYTES];
	unsigned int count = 0;

	if (!options->no_promiscuous)
		return 0;
	for (unsigned int i = 0; i < options->ip_count; i++) {
		if (options->ips[i].v6)
			echo_solicited_mac(&options->ips[i], macs[count++]);
	}
	if (count == 0)
		return 0;
	return padma_port_filter(port->port, macs[0], count, false, options->all_multicast);
}

static int start(struct test *test, struct test_port *port)
{
	const struct padma_port_params params = params_of(test);
	int rc = padma_port_configure(port->port, &params);

	if (rc == 0)
		rc = open_queues(test, port);
	if (rc == 0)
		rc = listen(test, port);
	if (rc == 0)
		rc = padma_port_start(port->port);
	if (rc == 0)
		port->started = true;
	return rc;
}

int ports_start(struct test *test)
{
	for (unsigned int i = 0; i < test->port_count; i++) {
		if (start(test, &test->ports[i]))
			return complain("%s", padma_last_error());
	}
	return 0;
}

void ports_wait_links(struct test *test)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	uint64_t end = padma_now_ns() + test->options->link_wait_ns;

	for (unsigned int i = 0; i < test->port_count; i++) {
		struct test_port *port = &test->ports[i];

		while (padma_port_link(port->port, &port->link) == 0 && !port->link.up &&
		       !interrupted() && padma_now_ns() < end) {
			(void)padma_port_service(port->port, padma_now_ns());
			nanosleep(&nap, NULL);
		}
		if (!port->link.up)
			complain("%.64s: the link is down", port->name);
	}
}

static bool sending(const struct test *test)
{
	bool any = false;

	for (unsigned int i = 0; i < test->stream_count && test->streams; i++) {
		const struct test_stream *stream = &test->streams[i];
		struct padma_tx_queue *tx = stream->tx;

		if (!tx || padma_port_state(tx->port) != PADMA_PORT_STARTED)
			continue;
		padma_tx_reap(tx, stream->burst);
		any |= padma_tx_outstanding(tx) != 0;
	}
	return any;
}

void ports_drain(struct test *test)
{
	const struct timespec nap = {.tv_nsec = 100000};
	uint64_t end = padma_now_ns() + DRAIN_NS;

	while (sending(test) && padma_now_ns() < end)
		nanosleep(&nap, NULL);
}

/* Close the queues of one port. Return: 0, or a negative errno: the device may still write to their packets. */
static int close_queues(struct test *test, struct test_port *port)
{
	int rc = 0, error;

	snapshot_keep(test, port);
	for (unsigned int i = 0; i < test->stream_count; i++) {
		struct test_stream *stream = &test->streams[i];

		if (stream->rx_port == port->index) {
			error = padma_rx_queue_close(stream->rx ? stream->rx : stream->spare_rx);
			if (error == 0)
				stream->rx = stream->spare_rx = NULL;
			rc = error ? error : rc;
		}
		if (stream->tx_port == port->index) {
			error = padma_tx_queue_close(stream->tx ? stream->tx : stream->spare_tx);
			if (error == 0)
				stream->tx = stream->spare_tx = NULL;
			rc = error ? error : rc;
		}
	}
	port->started = false;
	return rc;
}

static int stop(struct test *test, struct test_port *port)
{
	int rc = padma_port_stop(port->port);

	return rc ? rc : close_queues(test, port);
}

int ports_stop(struct test *test, int status)
{
	for (unsigned int i = 0; i < test->port_count && test->ports; i++) {
		struct test_port *port = &test->ports[i];

		if (port->port && test->streams && stop(test, port) && status == 0)
			status = complain("%s", padma_last_error());
	}
	return status;
}

static int close_port(struct test_port *port)
{
	int rc = padma_port_close(port->port);

	if (rc)
		return rc;
	port->port = NULL;
	rc = padma_device_close(port->device);
	if (rc == 0)
		port->device = NULL;
	return rc;
}

int ports_close(struct test *test, int status)
{
	for (unsigned int i = 0; i < test->port_count && test->ports; i++) {
		if (close_port(&test->ports[i]) && status == 0)
			status = complain("%s", padma_last_error());
		free(test->ports[i].past);
	}
	free(test->ports);
	test->ports = NULL;
	if (test->pool && padma_pool_close(test->pool) && status == 0)
		status = complain("%s", padma_last_error());
	if (padma_space_close(test->space) && status == 0)
		status = complain("%s", padma_last_error());
	return status;
}

int port_leave(struct test *test, struct test_port *port)
{
	int rc = stop(test, port);

	if (rc == 0)
		rc = close_port(port);
	port->link.up = false;
	port->resetting = false;
	return rc ? complain("port %u: %s", port->index, padma_last_error()) : 0;
}

int port_return(struct test *test, struct test_port *port)
{
	int rc;

	command_hush(true);
	rc = open_device(test, port);
	command_hush(false);
	return rc;
}

int port_join(struct test *test, struct test_port *port)
{
	int rc = start(test, port);

	if (rc) {
		snprintf(port->why, sizeof(port->why), "%s", padma_last_error());
		(void)port_leave(test, port);
		return rc;
	}
	for (unsigned int i = 0; i < test->stream_count; i++) {
		struct test_stream *stream = &test->streams[i];

		if (stream->tx_port != port->index)
			continue;
		memcpy(stream->tx_mac, port->mac, MAC_BYTES);
		if (stream->generates)
			generate_address(stream);
	}
	port->reopened++;
	(void)padma_port_link(port->port, &port->link);
	return 0;
}
