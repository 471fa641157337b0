/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * private.h - what the library knows of a port beside padma/net/driver.h.
 *
 * The gate is shut for as long as a port is not started: bursts of its queues return 0.
 */
#ifndef NET_PRIVATE_H
#define NET_PRIVATE_H

#include <stdatomic.h>

#include <padma/net/driver.h>

#include "net/tx_software.h"

#define REASON_BYTES 256

/* Protects the reason of a failure. */
enum reason_state {
	REASON_NONE,
	REASON_WRITING,
	REASON_SET,
};

struct padma_port_private {
	const struct padma_net_driver *driver;
	bool configured;
	atomic_bool started;
	atomic_bool resetting;
	bool running; /* the device may do DMA: started, and not stopped for certain */
	/* Interrupts (irq.h). */
	int poll_fd; /* padma_port_event_fd(): an epoll over the next, the device's removal and its event vector */
	int news_fd;
	int *irq_fds; /* port->irq_vectors of them */
	/* The first failure since the last reset. */
	atomic_int reason_state;
	int reason_error;
	char reason[REASON_BYTES];
	/* What padma_port_service() has reported. */
	bool told_failed, told_gone, told_removal;
	bool link_known;
	struct padma_port_link link;
	/* Of queues that were closed. */
	struct padma_port_stats closed;
};

struct padma_rx_private {
	struct padma_counters *counters;
	uint32_t software; /* PADMA_OFFLOAD_RX_* that the processor does */
};

/* How far a queue was at the last look for hung ones. */
struct progress {
	uint64_t sent;
	uint64_t full;
	uint64_t since_ns;
	bool watched;
};

struct padma_tx_private {
	struct padma_counters *counters;
	struct progress progress;
	uint64_t
		reclaimed; /* packets that were given to the device, and will never be sent; atomic */
	struct tx_software software;
};

/*
 * Put a queue's packets; the device is stopped. With a @cache: those of the ring, through it, while the owner stays outside of
 * the gate. With NULL, through the owner's: by the owner, or while no thread uses the queue.
 */
void rx_reclaim(struct padma_rx_queue *queue, struct padma_pool_cache *cache);
void tx_reclaim(struct padma_tx_queue *queue, struct padma_pool_cache *cache);

/* Packets that the device has. Any thread. */
static inline uint64_t tx_in_flight(const struct padma_tx_queue *queue)
{
	return padma_counter_read(&queue->stats.packets) - padma_counter_read(&queue->stats.sent) -
	       __atomic_load_n(&queue->private_data->reclaimed, __ATOMIC_RELAXED);
}

/* state.c */
bool port_is_gone(const struct padma_port *port);
/* The first failure's reason is kept for padma_port_service(). Any thread. */
void port_note_failure(struct padma_port *port, int error, const char *reason);
/* Note an error of the port: named, unless the reason begins with its name, as what a driver took from elsewhere does. */
int port_fail(const struct padma_port *port, int error, const char *reason);
/* Forget the reason of the last failure. Control thread. */
void port_clear_reason(struct padma_port *port);
/* 0, or -ENODEV or -EIO noted: the device cannot be used. */
int port_usable(const struct padma_port *port);
/* Start the device. If that fails it is stopped, and the error noted is that of the start. */
int port_start_device(struct padma_port *port);
/* The device is stopped for certain: 0. Otherwise it has failed: -EIO or what the driver says. */
int port_stop_device(struct padma_port *port);

/* All queues begin the gate's present generation. The device is stopped, no thread uses them. */
void port_join_queues(struct padma_port *port);

/* Threads that sleep for an interrupt or an event are to look. Any thread. */
void port_wake(struct padma_port *port);

/* Queues' rows in the statistics that remain when they are closed. */
void stats_keep_rx(struct padma_port *port, const struct padma_rx_queue *queue);
void stats_keep_tx(struct padma_port *port, const struct padma_tx_queue *queue);
int stats_register_rx(struct padma_rx_queue *queue);
int stats_register_tx(struct padma_tx_queue *queue);

#endif
