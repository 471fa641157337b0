/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/port.h - ports: one interface to all network cards
 *
 *     padma_port_open(device, &port)             the driver is chosen by the device's ids
 *     padma_port_info(port, &info)
 *     padma_port_configure(port, &params)        queues, depth, MTU, offloads
 *     padma_rx_queue_open(port, 0, cache, &rx)   one thread's, with its cache of the pool of packets
 *     padma_tx_queue_open(port, 0, cache, &tx)
 *     padma_port_start(port)
 *        n = padma_rx_burst(rx, packets, 32)     in the queue's thread: as often as it can
 *        n = padma_tx_burst(tx, packets, n)
 *     padma_port_stop(port)                      every packet is back in its pool
 *     padma_rx_queue_close(rx) ... padma_port_close(port)
 *
 * A burst is one indirect call, with none per packet. A receive queue gives its device empty packets of its
 * cache and returns them filled; a transmit queue takes packets and puts them when they are sent, through its cache.
 * All packets of a queue are of its cache's pool. A packet that one port received may be transmitted by another
 * if both are of one space, and their queues' caches of one pool.
 *
 * Threading: opening, configuring, starting, stopping, closing, and every function without another remark: the control
 * thread, one at a time. A queue belongs to one thread at a time: bursts, reap and arm. It may be handed to another while
 * it is not in use. padma_port_start(), _stop(), _configure() and closing a queue: no thread uses the port's queues
 * meanwhile. A reset while they do: padma_port_reset_begin().
 */
#ifndef PADMA_NET_PORT_H
#define PADMA_NET_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/counter.h>
#include <padma/device.h>
#include <padma/export.h>
#include <padma/net/packet.h>
#include <padma/pmd/gate.h>
#include <padma/pool.h>

PADMA_BEGIN_DECLS

/* Ports that a process can have open, and queues of each kind that a port can. */
#define PADMA_PORTS_MAX		 256
#define PADMA_PORT_QUEUES_MAX	 256
#define PADMA_MAC_BYTES		 6
#define PADMA_RSS_KEY_BYTES	 40 /* Toeplitz, as Microsoft defined it */
#define PADMA_PORT_NAME_BYTES	 64

/*
 * Offloads. In struct padma_port_info: what the device does itself. In struct padma_port_params: what the program wants;
 * what the device does not do, the processor does. A marked packet (PADMA_PACKET_WORK) is always sent correctly.
 */
#define PADMA_OFFLOAD_TX_IP_CSUM (1u << 0)
#define PADMA_OFFLOAD_TX_L4_CSUM (1u << 1)
#define PADMA_OFFLOAD_TX_TSO4	 (1u << 2)
#define PADMA_OFFLOAD_TX_TSO6	 (1u << 3)
#define PADMA_OFFLOAD_TX_VLAN	 (1u << 4)
#define PADMA_OFFLOAD_TX_CHAINS                                                                    \
	(1u << 5) /* packets of several segments; without it the processor copies them into one */
#define PADMA_OFFLOAD_RX_CSUM (1u << 8) /* PADMA_PACKET_IP_GOOD and the like */
#define PADMA_OFFLOAD_RX_VLAN (1u << 9) /* tags are stripped: PADMA_PACKET_VLAN */
#define PADMA_OFFLOAD_RX_TSO                                                                       \
	(1u << 10) /* segments may arrive merged: PADMA_PACKET_TSO. Never done by the processor */
#define PADMA_OFFLOAD_RX_HASH	   (1u << 11) /* PADMA_PACKET_HASH. Never done by the processor */
#define PADMA_OFFLOAD_RX_TIMESTAMP (1u << 12)
#define PADMA_OFFLOAD_RSS	   (1u << 13) /* padma_port_rss(). Never done by the processor */
#define PADMA_OFFLOAD_TX	   0x00ffu    /* all of transmission */
#define PADMA_OFFLOAD_RX	   0xff00u    /* all of reception */

struct padma_port;
struct padma_net_driver; /* padma/net/driver.h */

/**
 * struct padma_rx_stats - counters of a receive queue; read by padma_counter_read()
 * @packets: received
 * @bytes: of their data
 * @errors: dropped: the device reported an error (FCS, length)
 * @no_buffer: dropped: the pool was empty
 * @protocol_errors: invalid writes of the device: the port has failed
 * @empty: bursts that found nothing
 * @bursts: that found something
 * @doorbells: rung
 */
struct padma_rx_stats {
	struct padma_counter packets, bytes, errors, no_buffer, protocol_errors, empty, bursts,
		doorbells;
};

/**
 * struct padma_tx_stats - counters of a transmit queue; read by padma_counter_read()
 * @packets: handed to the device; after TSO by the processor: of segments
 * @bytes: of their data
 * @errors: dropped: header lengths that do not fit the data, too many segments, no room for a tag
 * @full: packets that padma_tx_burst() did not take, as the ring was full
 * @refused: by the guard
 * @software: packets whose offloads the processor did
 * @sent: packets that the device has finished
 * @bursts: that took something
 * @doorbells: rung
 */
struct padma_tx_stats {
	struct padma_counter packets, bytes, errors, full, refused, software, sent, bursts,
		doorbells;
};

struct padma_rx_private; /* the library's */
struct padma_tx_private;

/**
 * struct padma_rx_queue - the head of a receive queue; what follows is the driver's (padma/net/driver.h)
 * @burst: padma_rx_burst()
 * @cache: where empty packets come from
 * @port: the port
 * @gate: the port's
 * @member: its place at the gate
 * @index: number of the queue
 * @irq_vector: the vector that the device shall signal for this queue; -1 without interrupts
 * @driver_burst: the driver's, below the processor's offloads
 * @private_data: the library's
 * @stats: its counters
 *
 * Programs use the functions below only.
 */
struct padma_rx_queue {
	unsigned int (*burst)(struct padma_rx_queue *queue, struct padma_packet **packets,
			      unsigned int n);
	struct padma_pool_cache *cache;
	struct padma_port *port;
	const struct padma_gate *gate;
	struct padma_gate_member member;
	unsigned int index;
	int irq_vector;
	unsigned int (*driver_burst)(struct padma_rx_queue *queue, struct padma_packet **packets,
				     unsigned int n);
	struct padma_rx_private *private_data;
	struct padma_rx_stats stats;
	uint64_t reserved[2];
};

/**
 * struct padma_tx_queue - the head of a transmit queue; what follows is the driver's (padma/net/driver.h)
 * @burst: padma_tx_burst()
 * @reap: padma_tx_reap()
 * @cache: where packets are put that were sent
 * @port: the port
 * @gate: the port's
 * @member: its place at the gate
 * @index: number of the queue
 * @software: PADMA_PACKET_* of PADMA_PACKET_WORK that the driver's burst must not take: the processor does them first
 * @driver_burst: the driver's, below the processor's offloads
 * @driver_reap: likewise
 * @private_data: the library's
 * @stats: its counters
 *
 * Programs use the functions below only.
 */
struct padma_tx_queue {
	unsigned int (*burst)(struct padma_tx_queue *queue, struct padma_packet *const *packets,
			      unsigned int n);
	unsigned int (*reap)(struct padma_tx_queue *queue, unsigned int n);
	struct padma_pool_cache *cache;
	struct padma_port *port;
	const struct padma_gate *gate;
	struct padma_gate_member member;
	unsigned int index;
	uint32_t software;
	unsigned int (*driver_burst)(struct padma_tx_queue *queue,
				     struct padma_packet *const *packets, unsigned int n);
	unsigned int (*driver_reap)(struct padma_tx_queue *queue, unsigned int n);
	struct padma_tx_private *private_data;
	struct padma_tx_stats stats;
	uint64_t reserved[2];
};

/**
 * padma_rx_burst() - receive packets
 * @queue: the queue (its thread only)
 * @packets: filled; the caller's from now on, to be put or transmitted
 * @n: room in @packets; 32 is usual
 *
 * Also refills the device's ring. If the pool is empty, packets are dropped and counted (no_buffer), and the ring is
 * refilled by later calls. While the port is being reset, has failed or is gone: 0, and the queue's packets return
 * to its cache; padma_port_state() says which.
 *
 * Return: how many, 0 to @n.
 */
PADMA_INLINE unsigned int padma_rx_burst(struct padma_rx_queue *queue,
					 struct padma_packet **packets, unsigned int n)
{
	return __atomic_load_n(&queue->burst, __ATOMIC_RELAXED)(queue, packets, n);
}

/**
 * padma_tx_burst() - transmit packets
 * @queue: the queue (its thread only)
 * @packets: what to transmit, in this order
 * @n: how many
 *
 * The first packets, as many as are returned, are the queue's from now on; the others remain the caller's. A packet
 * that cannot be transmitted (struct padma_tx_stats: errors, refused) is taken, dropped and counted. While the port
 * is being reset, has failed or is gone: 0.
 *
 * Return: how many were taken, 0 to @n.
 */
PADMA_INLINE unsigned int padma_tx_burst(struct padma_tx_queue *queue,
					 struct padma_packet *const *packets, unsigned int n)
{
	return __atomic_load_n(&queue->burst, __ATOMIC_RELAXED)(queue, packets, n);
}

/**
 * padma_tx_reap() - put packets that were sent
 * @queue: the queue (its thread only)
 * @n: how many at most
 *
 * padma_tx_burst() does it when it needs room; call this when there is nothing to transmit, so that packets return in
 * time.
 *
 * Return: how many packets were put.
 */
PADMA_INLINE unsigned int padma_tx_reap(struct padma_tx_queue *queue, unsigned int n)
{
	return __atomic_load_n(&queue->reap, __ATOMIC_RELAXED)(queue, n);
}

/**
 * padma_tx_outstanding() - packets that a queue has taken and that were not sent yet
 * @queue: the queue (its thread only)
 *
 * To send all of them before padma_port_stop(), call padma_tx_reap() until it is 0, for as long as the port is
 * PADMA_PORT_STARTED.
 *
 * Return: how many, those that wait for the processor (segments of a PADMA_PACKET_TSO) included.
 */
PADMA_API unsigned int padma_tx_outstanding(const struct padma_tx_queue *queue);

/**
 * padma_rx_arm() - enable the interrupt for the next packet
 * @queue: the queue (its thread only), of a port that was configured with interrupts
 *
 * One interrupt for each call: an eventfd, padma_rx_irq_fd(), becomes readable. A packet that arrived just before the
 * call might cause none, so poll once more:
 *
 *     while ((n = padma_rx_burst(queue, packets, 32)) == 0 && padma_rx_arm(queue) == 0)
 *             poll(padma_rx_irq_fd(queue)), read it
 *
 * A reset, a failure and a removal of the port make the descriptor readable, too. Queues that share a descriptor
 * (padma_rx_irq_fd()) must be of one thread, or their threads must poll it with a timeout: one that reads it keeps the
 * others from waking up.
 *
 * Return: 0 if nothing has arrived: sleep; 1 if there are packets already, or the port is being reset; -ENOTSUP without
 * interrupts, -EIO or -ENODEV if the port has failed or is gone.
 */
PADMA_API int padma_rx_arm(struct padma_rx_queue *queue);

/**
 * padma_rx_irq_fd() - the eventfd of a receive queue's interrupt
 * @queue: the queue
 *
 * Return: the descriptor, the port's; queues may share one. -1 without interrupts.
 */
PADMA_API int padma_rx_irq_fd(const struct padma_rx_queue *queue);

/**
 * struct padma_port_info - what a port is and can do
 * @name: the device's
 * @driver: name of its driver
 * @number: see padma_port_number()
 * @mac: its permanent MAC address, or the one that padma made up if it has none
 * @rx_queues: receive queues it can have
 * @tx_queues: transmit queues it can have
 * @depth_max: descriptors that a ring can have
 * @depth_step: the depth is a multiple of it; 0: a power of two
 * @segments_max: segments of a packet that it can transmit: as configured, since very short rings take fewer
 * @mtu_max: greatest MTU
 * @mtu: the device's own: what it asks drivers to use, or 1500
 * @room_bytes: least room of a packet for receiving, headroom included: as configured, before that at the default MTU
 * @macs: further unicast addresses and multicast addresses that it filters by itself; with more it is promiscuous
 * @offloads: PADMA_OFFLOAD_* that the device does itself
 * @rss_entries: entries of the indirection table; 0 without RSS
 * @rss_types: PADMA_RSS_* that it can compute a hash of
 * @dma_mask: highest dma address of packets; 0 for any
 */
struct padma_port_info {
	char name[PADMA_PORT_NAME_BYTES];
	const char *driver;
	unsigned int number;
	uint8_t mac[PADMA_MAC_BYTES];
	uint16_t rx_queues, tx_queues;
	uint32_t depth_max, depth_step;
	uint16_t segments_max;
	uint16_t mtu_max, mtu;
	uint32_t room_bytes;
	uint16_t macs;
	uint32_t offloads;
	uint16_t rss_entries;
	uint32_t rss_types;
	padma_dma_t dma_mask;
};

/**
 * struct padma_port_params - how a port is configured; zero is the default
 * @rx_queues: receive queues; 0 for 1
 * @tx_queues: transmit queues; 0 for as many as @rx_queues
 * @rx_depth: descriptors of a receive ring; 0 for 512, or the most the device can
 * @tx_depth: of a transmit ring; 0 likewise
 * @mtu: bytes of payload of a frame, without headers and tags, 68 to 9000; 0 for the device's own
 * @offloads: PADMA_OFFLOAD_* wanted for reception. Those for transmission need not be requested: a marked packet
 *	is always completed, by the device or the processor. RSS is used with more than one receive queue
 * @without: PADMA_OFFLOAD_* that the processor does although the device could
 * @promiscuous: receive frames for other addresses, too
 * @all_multicast: receive all multicast frames
 * @interrupts: padma_rx_arm() will be used
 * @tx_timeout_ns: how long a transmit queue may make no progress before the port has failed; 0 for 5 s
 */
struct padma_port_params {
	uint16_t rx_queues, tx_queues;
	uint32_t rx_depth, tx_depth;
	uint16_t mtu;
	uint32_t offloads;
	uint32_t without;
	bool promiscuous;
	bool all_multicast;
	bool interrupts;
	uint64_t tx_timeout_ns;
};

/**
 * enum padma_port_state - the state of a port
 * @PADMA_PORT_OPENED: opened, not configured
 * @PADMA_PORT_STOPPED: configured
 * @PADMA_PORT_STARTED: its queues work
 * @PADMA_PORT_RESETTING: padma_port_reset_begin()
 * @PADMA_PORT_FAILED: protocol error, hung queue, or the device does not answer: reset it, or close it
 * @PADMA_PORT_GONE: the device was removed: close it
 */
enum padma_port_state {
	PADMA_PORT_OPENED,
	PADMA_PORT_STOPPED,
	PADMA_PORT_STARTED,
	PADMA_PORT_RESETTING,
	PADMA_PORT_FAILED,
	PADMA_PORT_GONE,
};

/**
 * struct padma_port_link - the link
 * @up: whether there is one
 * @full_duplex: whether it is
 * @mbit: its speed in Mbit/s; 0 if unknown
 */
struct padma_port_link {
	bool up;
	bool full_duplex;
	uint32_t mbit;
};

/* What padma_port_service() has found. */
#define PADMA_PORT_EVENT_LINK (1u << 0) /* the link went up, down, or changed its speed */
#define PADMA_PORT_EVENT_FAILED                                                                    \
	(1u << 1) /* the port is PADMA_PORT_FAILED now; padma_last_error() has the reason */
#define PADMA_PORT_EVENT_GONE (1u << 2) /* PADMA_PORT_GONE */
#define PADMA_PORT_EVENT_REMOVAL                                                                   \
	(1u << 3) /* the removal of the device is requested: close the port */
#define PADMA_PORT_EVENT_ANNOUNCE                                                                  \
	(1u << 4) /* the host asks the program to announce its addresses (gratuitous ARP) */

/**
 * padma_port_open() - open a network card
 * @device: the device, which must outlive the port. Its state is reset
 * @port: set to the port, which the caller owns until padma_port_close()
 *
 * The driver is the first of the added (padma_net_driver_add()) and linked ones that claims the device's ids.
 *
 * Return: 0, or -ENOTSUP (no driver claims it), -EBUSY (it is open as a port), -ENOSPC (PADMA_PORTS_MAX), -ENOMEM, or what
 * the driver says: -ENODEV, -EIO, -EPROTO, -ETIMEDOUT.
 */
PADMA_API int padma_port_open(struct padma_device *device, struct padma_port **port);

/**
 * padma_port_close() - stop and close a port
 * @port: the port; NULL is allowed. All its queues must be closed
 *
 * Return: 0, or -EBUSY (queues are open), -EIO (the device does not stop and may still do DMA; the port stays open;
 * call it again, or remove the device).
 */
PADMA_API int padma_port_close(struct padma_port *port);

/* private: with the size that the caller was compiled with */
PADMA_API int padma_port_info_sized(struct padma_port *port, size_t info_bytes,
				    struct padma_port_info *info);
PADMA_API int padma_port_configure_sized(struct padma_port *port, size_t params_bytes,
					 const struct padma_port_params *params);

/**
 * padma_port_info() - what a port is and can do
 * @port: the port
 * @info: filled
 *
 * Return: 0, or -E2BIG.
 */
PADMA_INLINE int padma_port_info(struct padma_port *port, struct padma_port_info *info)
{
	return padma_port_info_sized(port, sizeof(struct padma_port_info), info);
}

/**
 * padma_port_configure() - choose queues and offloads
 * @port: the port, stopped, with no queue open
 * @params: how; read during the call only. NULL for the defaults
 *
 * Interrupts: a vector for each receive queue if the device and the machine have them, and otherwise shared ones.
 *
 * Return: 0, or -EINVAL (more than the device can; the message has the number), -ENOTSUP (an offload that neither the
 * device nor the processor does; interrupts, if the device has none), -EBUSY (started, or a queue is open), -ENOMEM,
 * -ENOSPC (no interrupt vector), -EIO, -ENODEV. The former configuration stays then.
 */
PADMA_INLINE int padma_port_configure(struct padma_port *port,
				      const struct padma_port_params *params)
{
	return padma_port_configure_sized(port, sizeof(struct padma_port_params), params);
}

/**
 * padma_rx_queue_open() - open a receive queue
 * @port: the port, configured and stopped
 * @index: 0 to rx_queues - 1
 * @cache: a cache of a pool of packets of the device's space, of the thread that will own the queue
 * @queue: set
 *
 * Return: 0, or -EINVAL (@index, room of the packets, addresses above the device's mask, another space), -EBUSY (it is
 * open already, or the port is started), -ENOMEM.
 */
PADMA_API int padma_rx_queue_open(struct padma_port *port, unsigned int index,
				  struct padma_pool_cache *cache, struct padma_rx_queue **queue);

/**
 * padma_tx_queue_open() - open a transmit queue
 * @port: the port, configured and stopped
 * @index: 0 to tx_queues - 1
 * @cache: as padma_rx_queue_open(): packets that were sent are put there
 * @queue: set
 *
 * Return: as padma_rx_queue_open().
 */
PADMA_API int padma_tx_queue_open(struct padma_port *port, unsigned int index,
				  struct padma_pool_cache *cache, struct padma_tx_queue **queue);

/**
 * padma_rx_queue_close() - close a receive queue
 * @queue: the queue of a stopped, failed or gone port; NULL is allowed
 *
 * Return: 0, or -EBUSY (the port is started, or its device may still write to the queue's packets).
 */
PADMA_API int padma_rx_queue_close(struct padma_rx_queue *queue);

/**
 * padma_tx_queue_close() - close a transmit queue
 * @queue: as padma_rx_queue_close()
 *
 * Return: as padma_rx_queue_close().
 */
PADMA_API int padma_tx_queue_close(struct padma_tx_queue *queue);

/**
 * padma_port_start() - let the device receive and transmit
 * @port: the port, configured; all its queues must be open
 *
 * Receive rings are filled by the first burst of their thread.
 *
 * Return: 0, or -EINVAL (not configured, a queue is not open), -EBUSY (started), -EIO, -ETIMEDOUT, -ENODEV.
 */
PADMA_API int padma_port_start(struct padma_port *port);

/**
 * padma_port_stop() - stop the device; all packets of its queues return to their pools
 * @port: the port; no thread uses its queues. Of a port that is not started only a failure is forgotten
 *
 * Packets that were not sent yet are dropped, see padma_tx_outstanding(). A port that has failed can be started again
 * afterwards.
 *
 * Return: 0, or -EIO (the device does not stop and may still do DMA: its packets stay with it, and the port has failed;
 * call it again).
 */
PADMA_API int padma_port_stop(struct padma_port *port);

/**
 * padma_port_reset_begin() - reset a port while its queues' threads run, first step
 * @port: the port, started or failed. Any thread
 *
 * The queues' next bursts return 0 and stay away from the device; threads that sleep for an interrupt are woken. Does
 * nothing if the port is not started.
 */
PADMA_API void padma_port_reset_begin(struct padma_port *port);

/**
 * padma_port_reset_finish() - second step: reset the device, and start it again as it was configured
 * @port: the port
 *
 * All packets that were with the device return to their pools; those that waited for the processor's work, in the next burst
 * or reap of their queue.
 *
 * Return: 0, or -EAGAIN (a queue's thread has not called burst or reap yet: call again), -EINVAL (no reset was begun),
 * -ENOMEM (nothing was done: call again), -EIO (the device does not stop, its packets stay with it; or it does not start: the
 * port is PADMA_PORT_FAILED), -ETIMEDOUT, -ENODEV (the device is gone).
 */
PADMA_API int padma_port_reset_finish(struct padma_port *port);

/**
 * padma_port_service() - the periodic work of a port
 * @port: the port
 * @now_ns: padma_now_ns(), or a virtual clock in a test
 *
 * The link, hung transmit queues, removal, the device's statistics before they overflow. Call it a few times a second, from
 * the control thread; when padma_port_event_fd() is readable it has news. A transmit queue is hung if the device has not
 * finished what it was given for tx_timeout_ns: the port has failed then, as by a protocol error.
 *
 * Return: PADMA_PORT_EVENT_* since the last call, 0 for none. With PADMA_PORT_EVENT_FAILED padma_last_error() has the reason.
 */
PADMA_API unsigned int padma_port_service(struct padma_port *port, uint64_t now_ns);

/**
 * padma_port_event_fd() - readable when padma_port_service() should be called at once
 * @port: the port
 *
 * For poll(2) and the like only: do not read it.
 *
 * Return: a descriptor, the port's.
 */
PADMA_API int padma_port_event_fd(const struct padma_port *port);

/**
 * padma_port_state() - the state of a port
 * @port: the port. Any thread
 *
 * Return: its state.
 */
PADMA_API enum padma_port_state padma_port_state(const struct padma_port *port);

/**
 * padma_port_number() - the number of a port
 * @port: the port. Any thread
 *
 * Return: 0 to PADMA_PORTS_MAX - 1: the lowest that was free when it was opened; struct padma_packet.port.
 */
PADMA_API unsigned int padma_port_number(const struct padma_port *port);

/**
 * padma_port_device() - the device of a port
 * @port: the port
 *
 * Return: the device.
 */
PADMA_API struct padma_device *padma_port_device(const struct padma_port *port);

/**
 * padma_port_link() - the state of the link
 * @port: the port
 * @link: filled
 *
 * Return: 0, or -EIO, -ENODEV.
 */
PADMA_API int padma_port_link(struct padma_port *port, struct padma_port_link *link);

/**
 * padma_port_mac() - the MAC address in use
 * @port: the port
 * @mac: filled, PADMA_MAC_BYTES
 */
PADMA_API void padma_port_mac(const struct padma_port *port, uint8_t *mac);

/**
 * padma_port_set_mac() - receive frames for another address
 * @port: the port
 * @mac: PADMA_MAC_BYTES; unicast, not all zero
 *
 * Return: 0, or -EINVAL, -ENOTSUP, -EIO, -ENODEV. The former address stays then.
 */
PADMA_API int padma_port_set_mac(struct padma_port *port, const uint8_t *mac);

/**
 * padma_port_filter() - which frames to receive in addition to those for the port's own address and broadcasts
 * @port: the port
 * @macs: further unicast and multicast addresses, @count times PADMA_MAC_BYTES; copied. Replaces the former ones
 * @count: how many, at most 1024. If the device cannot filter so many, it receives more than was asked for
 * @promiscuous: everything
 * @all_multicast: all multicast frames
 *
 * Return: 0, or -EINVAL, -ENOMEM, -EIO, -ENODEV. The former filter stays then.
 */
PADMA_API int padma_port_filter(struct padma_port *port, const uint8_t *macs, unsigned int count,
				bool promiscuous, bool all_multicast);

/**
 * padma_port_vlan_filter() - receive frames of some VLANs only
 * @port: the port
 * @vlans: a bit for each of the 4096 identifiers, 512 bytes, bit 0 of byte 0 first; NULL for all
 *
 * Return: 0, or -ENOTSUP (the device has no such filter), -ENOMEM, -EIO, -ENODEV. The former one stays then.
 */
PADMA_API int padma_port_vlan_filter(struct padma_port *port, const uint8_t *vlans);

/* What a hash is computed of. */
#define PADMA_RSS_IPV4	   (1u << 0)
#define PADMA_RSS_TCP_IPV4 (1u << 1)
#define PADMA_RSS_UDP_IPV4 (1u << 2)
#define PADMA_RSS_IPV6	   (1u << 3)
#define PADMA_RSS_TCP_IPV6 (1u << 4)
#define PADMA_RSS_UDP_IPV6 (1u << 5)

/**
 * struct padma_rss - receive side scaling
 * @key: of the Toeplitz hash
 * @types: PADMA_RSS_*; what the device cannot compute is refused
 * @entries: of @table; must be as struct padma_port_info says
 * @table: a receive queue for each value of the hash's low bits
 */
struct padma_rss {
	uint8_t key[PADMA_RSS_KEY_BYTES];
	uint32_t types;
	unsigned int entries;
	const uint16_t *table;
};

/**
 * padma_port_rss() - distribute received packets among the queues by a hash of their headers
 * @port: the port, configured. Without this call and more than one queue: a key of padma's, all types, queues in turn
 * @rss: how; read during the call only
 *
 * It lasts until the next padma_port_configure().
 *
 * Return: 0, or -EINVAL, -ENOTSUP (the device has no RSS, or not these types), -ENOMEM, -EIO, -ENODEV. The former one stays
 * then.
 */
PADMA_API int padma_port_rss(struct padma_port *port, const struct padma_rss *rss);

/**
 * struct padma_port_stats - basic statistics, since the port was opened
 * @rx_packets: received by the program, all queues
 * @rx_bytes: their data
 * @rx_dropped: arrived, but no buffer was there: no_buffer of the queues, and what the device dropped for lack of descriptors
 * @rx_errors: damaged frames
 * @tx_packets: handed to the device
 * @tx_bytes: their data
 * @tx_dropped: errors and refused of the queues
 * @tx_errors: frames that the device could not transmit
 */
struct padma_port_stats {
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
};

/* private: with the size that the caller was compiled with */
PADMA_API int padma_port_stats_sized(struct padma_port *port, size_t stats_bytes,
				     struct padma_port_stats *stats);

/**
 * padma_port_stats() - basic statistics
 * @port: the port
 * @stats: filled
 *
 * Extended ones, of the queues and of the device, by name: padma_port_extended_stats().
 *
 * Return: 0, or -E2BIG.
 */
PADMA_INLINE int padma_port_stats(struct padma_port *port, struct padma_port_stats *stats)
{
	return padma_port_stats_sized(port, sizeof(struct padma_port_stats), stats);
}

/**
 * struct padma_port_stat - a statistic with a name
 * @name: such as "rx0_no_buffer", or as the device's manual calls it: "mpc"
 * @value: its value
 */
struct padma_port_stat {
	char name[PADMA_COUNTER_NAME_BYTES + 16];
	uint64_t value;
};

/**
 * padma_port_extended_stats() - all statistics
 * @port: the port
 * @stats: filled; may be NULL if @room is 0
 * @room: how many there is room for
 *
 * Return: how many there are, or -EIO, -ENODEV.
 */
PADMA_API int padma_port_extended_stats(struct padma_port *port, struct padma_port_stat *stats,
					unsigned int room);

/**
 * struct padma_port_feature - a feature that the device offers, or that the driver knows
 * @name: as the device's specification calls it: "MRG_RXBUF"; "feature 57" if the driver does not know it
 * @offered: the device offers it
 * @used: it is in use, as the port is configured now
 * @reason: why not, in a few words; "" if it is
 *
 * These members are all that it will have: arrays of it are part of the ABI.
 */
struct padma_port_feature {
	char name[32];
	bool offered;
	bool used;
	char reason[80];
};

/**
 * padma_port_features() - which features the device offers, and which are used
 * @port: the port
 * @features: filled; may be NULL if @room is 0
 * @room: how many there is room for
 *
 * Return: how many there are, 0 if devices of this kind do not offer features, or -EIO, -ENODEV.
 */
PADMA_API int padma_port_features(struct padma_port *port, struct padma_port_feature *features,
				  unsigned int room);

PADMA_END_DECLS

#endif
