// SPDX-License-Identifier: BSD-3-Clause
/* The statistics of a port: its queues' counters, and what the device counts. */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdio.h>

#include <padma/params.h>

#include "net/private.h"

#define RX(name)                                                                                   \
	{                                                                                          \
#name, offsetof(struct padma_rx_queue, stats.name)                                 \
	}
#define TX(name)                                                                                   \
	{                                                                                          \
#name, offsetof(struct padma_tx_queue, stats.name)                                 \
	}
#define COUNT(list) ((unsigned int)(sizeof(list) / sizeof((list)[0])))

static const struct padma_counter_name rx_names[] = {
	RX(packets),	     RX(bytes), RX(errors), RX(no_buffer),
	RX(protocol_errors), RX(empty), RX(bursts), RX(doorbells),
};

static const struct padma_counter_name tx_names[] = {
	TX(packets),  TX(bytes), TX(errors), TX(full),	    TX(refused),
	TX(software), TX(sent),	 TX(bursts), TX(doorbells),
};

static int register_queue(const struct padma_port *port, const char *kind, unsigned int index,
			  const void *queue, const struct padma_counter_name *names,
			  unsigned int count, struct padma_counters **counters)
{
	char part[16];
	const struct padma_counter_set set = {
		.name = port->info.name,
		.part = part,
		.base = queue,
		.names = names,
		.count = count,
	};

	snprintf(part, sizeof(part), "%s %u", kind, index);
	return padma_counters_register(&set, counters);
}

int stats_register_rx(struct padma_rx_queue *queue)
{
	return register_queue(queue->port, "rx", queue->index, queue, rx_names, COUNT(rx_names),
			      &queue->private_data->counters);
}

int stats_register_tx(struct padma_tx_queue *queue)
{
	return register_queue(queue->port, "tx", queue->index, queue, tx_names, COUNT(tx_names),
			      &queue->private_data->counters);
}

static void add_rx(struct padma_port_stats *stats, const struct padma_rx_queue *queue)
{
	stats->rx_packets += padma_counter_read(&queue->stats.packets);
	stats->rx_bytes += padma_counter_read(&queue->stats.bytes);
	stats->rx_dropped += padma_counter_read(&queue->stats.no_buffer);
	stats->rx_errors += padma_counter_read(&queue->stats.errors);
}

static void add_tx(struct padma_port_stats *stats, const struct padma_tx_queue *queue)
{
	stats->tx_packets += padma_counter_read(&queue->stats.packets);
	stats->tx_bytes += padma_counter_read(&queue->stats.bytes);
	stats->tx_dropped += padma_counter_read(&queue->stats.errors) +
			     padma_counter_read(&queue->stats.refused);
}

void stats_keep_rx(struct padma_port *port, const struct padma_rx_queue *queue)
{
	add_rx(&port->private_data->closed, queue);
}

void stats_keep_tx(struct padma_port *port, const struct padma_tx_queue *queue)
{
	add_tx(&port->private_data->closed, queue);
}

int padma_port_stats_sized(struct padma_port *port, size_t stats_bytes,
			   struct padma_port_stats *stats)
{
	struct padma_port_stats all = port->private_data->closed;

	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i])
			add_rx(&all, port->rx[i]);
		if (port->tx[i])
			add_tx(&all, port->tx[i]);
	}
	if (port->ops->stats && !port_is_gone(port))
		port->ops->stats(port, &all);
	padma_params_give(stats, stats_bytes, &all, sizeof(all));
	return 0;
}

/* A list that may have less room than there are statistics. */
struct list {
	struct padma_port_stat *stats;
	unsigned int room, count;
};

static void append(struct list *list, const char *kind, unsigned int index, const void *queue,
		   const struct padma_counter_name *names, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct padma_counter *counter =
			(const void *)((const char *)queue + names[i].offset);
		struct padma_port_stat *stat;

		if (list->count++ >= list->room)
			continue;
		stat = &list->stats[list->count - 1];
		snprintf(stat->name, sizeof(stat->name), "%s%u_%s", kind, index, names[i].name);
		stat->value = padma_counter_read(counter);
	}
}

int padma_port_extended_stats(struct padma_port *port, struct padma_port_stat *stats,
			      unsigned int room)
{
	struct list list = {.stats = stats, .room = room};
	unsigned int left;
	int more = 0;

	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i])
			append(&list, "rx", i, port->rx[i], rx_names, COUNT(rx_names));
	}
	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->tx[i])
			append(&list, "tx", i, port->tx[i], tx_names, COUNT(tx_names));
	}
	left = list.count < room ? room - list.count : 0;
	if (port->ops->extended_stats && !port_is_gone(port))
		more = port->ops->extended_stats(port, left ? &stats[list.count] : NULL, left);
	return more < 0 ? more : (int)list.count + more;
}

int padma_port_features(struct padma_port *port, struct padma_port_feature *features,
			unsigned int room)
{
	if (!port->ops->features)
		return 0;
	if (port_is_gone(port))
		return fail(-ENODEV, "%s is gone; close the port", port->info.name);
	return port->ops->features(port, features, room);
}
