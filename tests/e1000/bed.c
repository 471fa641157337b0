// SPDX-License-Identifier: BSD-3-Clause
/* See bed.h. */
#include "bed.h"

#include <limits.h>
#include <stdio.h>

#include "net/packet_chain.h"

#define PEER_RCTL (1u << 3 | 1u << 4 | 1u << 5 | 1u << 15 | 1u << 16 | 1u << 25 | 1u << 26)

const uint8_t bed_peer_mac[6] = {0x02, 0, 0, 0, 0, 0x99};

static void open_pool(struct bed *bed, const struct bed_params *params)
{
	struct padma_packet_pool_params pool = {.count = bed->packets,
						.room_bytes = params->room_bytes,
						.checks = PADMA_POOL_CHECKS_ON};

	must(padma_packet_pool_open(bed->space, &pool, &bed->pool));
	must(padma_pool_cache_open(bed->pool, &bed->cache));
}

void bed_prepare(struct bed *bed, const struct bed_params *params)
{
	const struct padma_space_params space = {.backend = "sim", .window_bytes = 1ull << 30};
	const char *model = params->model ? params->model : "e1000e";
	static unsigned int number;
	char name[160], link[32];

	*bed = (struct bed){.packets = params->packets ? params->packets : PACKETS,
			    .has_peer = !params->wire};
	must(padma_space_open(&space, &bed->space));
	open_pool(bed, params);
	snprintf(link, sizeof(link), ",link=bed%u", ++number);
	snprintf(name, sizeof(name), "sim:%s,step%s%s", model, params->wire ? params->wire : link,
		 params->keys ? params->keys : "");
	must(padma_device_open(bed->space, name, &bed->device));
	if (params->has_irq)
		must(padma_device_irq_use(bed->device, params->irq));
	if (!bed->has_peer)
		return;
	snprintf(name, sizeof(name), "sim:e1000e,step,mac=02:00:00:00:00:99%s", link);
	nic_open(&bed->peer, bed->space, name);
	nic_start(&bed->peer, PEER_RCTL);
}

void bed_start(struct bed *bed, const struct bed_params *params)
{
	struct padma_packet *none[1];

	must(padma_port_open(bed->device, &bed->port));
	must(padma_port_info(bed->port, &bed->info));
	must(padma_port_configure(bed->port, &params->port));
	bed->rx_queues = params->port.rx_queues ? params->port.rx_queues : 1;
	bed->tx_queues = params->port.tx_queues ? params->port.tx_queues : bed->rx_queues;
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		must(padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[i]));
	for (unsigned int i = 0; i < bed->tx_queues; i++)
		must(padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[i]));
	must(padma_port_start(bed->port));
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		assert_int_equal(padma_rx_burst(bed->rx[i], none, 1), 0);
	bed_run(bed);
}

void bed_open(struct bed *bed, const struct bed_params *params)
{
	bed_prepare(bed, params);
	bed_start(bed, params);
}

static void close_port(struct bed *bed)
{
	if (!bed->port)
		return;
	must(padma_port_stop(bed->port));
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		must(padma_rx_queue_close(bed->rx[i]));
	for (unsigned int i = 0; i < bed->tx_queues; i++)
		must(padma_tx_queue_close(bed->tx[i]));
	must(padma_port_close(bed->port));
}

void bed_close_broken(struct bed *bed)
{
	struct padma_sim_dma_faults faults = {0};

	close_port(bed);
	/* A card whose bus mastering was turned off because it does not respond may still try. */
	must(padma_sim_dma_faults(bed->device, &faults));
	assert_true(faults.count == 0 || faults.bus_master_off);
	must(padma_device_close(bed->device));
	if (bed->has_peer)
		nic_close(&bed->peer, 0);
	assert_int_equal(padma_pool_available(bed->pool), bed->packets);
	padma_pool_cache_close(bed->cache);
	must(padma_pool_close(bed->pool));
	must(padma_space_close(bed->space));
}

void bed_close(struct bed *bed)
{
	struct padma_sim_driver_errors errors = {0};

	must(padma_sim_driver_errors(bed->device, &errors));
	assert_string_equal(errors.first, "");
	bed_close_broken(bed);
}

void bed_run(struct bed *bed)
{
	int moved;

	do {
		moved = padma_sim_step(bed->device, 0);
		if (bed->has_peer)
			moved += padma_sim_step(bed->peer.device, 0);
	} while (moved > 0);
}

struct padma_packet *bed_packet(struct bed *bed, const void *data, unsigned int bytes,
				unsigned int segments)
{
	struct padma_packet *first = NULL, **link = &first;
	unsigned int done = 0;

	for (unsigned int i = 1; i <= segments; i++) {
		unsigned int end = bytes * i / segments;

		/* The headers stay together. */
		if (i == 1 && end < 80)
			end = bytes < 80 ? bytes : 80;
		if (end <= done)
			continue;
		*link = packet_segment(bed->cache, (const uint8_t *)data + done, end - done);
		link = &(*link)->next;
		done = end;
	}
	return first;
}

void bed_send(struct bed *bed, struct padma_packet *packet)
{
	assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	bed_run(bed);
}

struct padma_packet *bed_receive(struct bed *bed, unsigned int queue)
{
	struct padma_packet *packet = NULL;

	return padma_rx_burst(bed->rx[queue], &packet, 1) ? packet : NULL;
}

unsigned int bed_copy(const struct padma_packet *packet, uint8_t *data, unsigned int room)
{
	unsigned int bytes = 0;

	for (; packet; packet = packet->next) {
		assert_true(packet->length <= room - bytes);
		memcpy(data + bytes, padma_packet_data(packet), packet->length);
		bytes += packet->length;
	}
	return bytes;
}

void bed_fault(struct bed *bed, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
	       uint64_t count)
{
	const struct padma_sim_fault fault = {
		.kind = kind, .value = value, .skip = skip, .count = count};

	must(padma_sim_fault(bed->device, &fault));
}

void bed_drain(struct bed *bed)
{
	for (unsigned int turn = 0; turn < 100; turn++) {
		bed_run(bed);
		for (unsigned int i = 0; i < bed->tx_queues; i++)
			padma_tx_reap(bed->tx[i], UINT_MAX);
	}
	for (unsigned int i = 0; i < bed->tx_queues; i++) {
		const struct padma_tx_stats *stats = &bed->tx[i]->stats;

		assert_int_equal(padma_counter_read(&stats->sent),
				 padma_counter_read(&stats->packets));
	}
}

void bed_reset(struct bed *bed)
{
	struct padma_packet *none[1];
	int rc;

	padma_port_reset_begin(bed->port);
	do {
		for (unsigned int i = 0; i < bed->rx_queues; i++)
			assert_int_equal(padma_rx_burst(bed->rx[i], none, 1), 0);
		for (unsigned int i = 0; i < bed->tx_queues; i++)
			padma_tx_reap(bed->tx[i], 1);
		rc = padma_port_reset_finish(bed->port);
	} while (rc == -EAGAIN);
	must(rc);
	/* Packets return, then the rings are filled. */
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i < bed->rx_queues; i++)
			assert_int_equal(padma_rx_burst(bed->rx[i], none, 1), 0);
		for (unsigned int i = 0; i < bed->tx_queues; i++)
			padma_tx_reap(bed->tx[i], 1);
	}
	bed_run(bed);
}

void bed_works(struct bed *bed)
{
	struct padma_packet *packet;
	struct nic_frame frame;
	unsigned int bytes;
	uint8_t data[256];

	/* Receive what is still in flight first. */
	do {
		bed_run(bed);
		while (nic_receive(&bed->peer, 0, &frame))
			;
		nic_refill(&bed->peer, 0);
		packet = bed_receive(bed, 0);
		if (packet)
			padma_packet_put(bed->cache, packet);
	} while (packet);
	bytes = nic_frame(data, bed_peer_mac, false, true, 100, 7);
	bed_send(bed, bed_packet(bed, data, bytes, 1));
	assert_true(nic_receive(&bed->peer, 0, &frame));
	assert_int_equal(frame.bytes, bytes);
	assert_memory_equal(frame.data, data, bytes);
	nic_refill(&bed->peer, 0);
	bytes = nic_frame(data, bed->info.mac, false, true, 100, 8);
	nic_send(&bed->peer, data, bytes, 0);
	bed_run(bed);
	packet = bed_receive(bed, 0);
	assert_non_null(packet);
	assert_int_equal(packet->length, bytes);
	assert_memory_equal(padma_packet_data(packet), data, bytes);
	padma_packet_put(bed->cache, packet);
}
