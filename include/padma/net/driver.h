/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/driver.h - writing a network driver
 *
 * A driver fills a struct padma_net_driver, whose open() returns a port: its own structure, which begins with a
 * struct padma_port. The library does what all drivers have in common: it checks arguments and states, keeps the gate, the
 * filter and the statistics, detects hung queues, and does in software what the device cannot (struct
 * padma_port.offloads). A driver's burst therefore sees only packets that its device can transmit.
 *
 * A burst begins like this; nothing else on the fast path concerns resets or removal:
 *
 *     if (PADMA_UNLIKELY(!padma_gate_passes(queue->rx.gate, &queue->rx.member)))
 *             return padma_rx_queue_outside(&queue->rx);
 *
 * A driver's transmit burst stops before a packet that has one of the flags queue->tx.software, for the library to do that
 * work, and, unless its device transmits chains (PADMA_OFFLOAD_TX_CHAINS), before a packet of several segments:
 *
 *     if (PADMA_UNLIKELY(packet->flags & PADMA_PACKET_WORK)) {
 *             if (packet->flags & queue->tx.software)
 *                     break;
 *             rc = padma_tx_prepare(&queue->tx, &packet, false);
 *             if (rc == -ENOMEM)
 *                     break; // no memory for a copy: later
 *             ...
 *
 * What was received or sent is counted in the queue's stats. When the device wrote something invalid:
 *
 *     padma_port_fail(port, -EPROTO, "receive queue %u: used length %u of a buffer of %u", ...);
 *
 * Threading: as padma/net/port.h says of the calls that lead to each operation.
 */
#ifndef PADMA_NET_DRIVER_H
#define PADMA_NET_DRIVER_H

#include <padma/net/port.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_port_ops - a driver's operations; "may be NULL" where it says so
 * @close: free the port. The device does no DMA any more
 * @configure: allocate what the number of queues and their depth require, @params with all defaults filled in and checked
 *	against port->info; port->offloads is what the device shall do; info.room_bytes and info.segments_max may be changed. A call that
 *	fails leaves the former configuration. The device is stopped
 * @rx_open: allocate queue @index, zeroed, and set its burst; the library fills the rest of the head. The device is stopped
 * @tx_open: likewise, with reap
 * @rx_close: free it; it holds no packets
 * @tx_close: likewise
 * @start: set the device up as configured: its queues, with empty rings, interrupt vectors, port->mac, filter, vlans, rss; and
 *	start it. Also the second half of a reset, after stop and reclaim. If it fails, stop is called
 * @stop: stop the device. 0 only if it certainly does no DMA any more: stopped as its specification says, or
 *	padma_device_quiesce(). -EIO otherwise. Also called for a device that is stopped
 * @rx_reclaim: put all packets that the ring holds, through queue->cache (now, not one that it remembers), and empty the
 *	ring. The device is stopped or gone. By the queue's owner, or by the control thread while the owner stays outside of
 *	the gate; perhaps several times in a row
 * @tx_reclaim: likewise
 * @rx_arm: padma_rx_arm(): 0, 1, or a negative errno; the library unmasks an INTx afterwards. By the queue's owner, who passes
 *	the gate. May be NULL: no interrupts
 * @tx_waits: whether the device has yet to finish the packet of a transmit queue that will be reaped next. By the control thread
 *	while the owner uses the queue: read what the device writes, and the owner's index by an atomic load. May be NULL: a
 *	queue is considered hung only if it is full then
 * @link: padma_port_link()
 * @set_mac: program the device, which is started, for port->mac. May be NULL: -ENOTSUP
 * @filter: program it, started, for port->filter. May be NULL: the device receives everything, and so does the program
 * @vlan_filter: program it, started, for port->vlans. May be NULL: -ENOTSUP
 * @rss: program it, started, for port->rss. May be NULL: -ENOTSUP
 * @service: periodically, from the control thread: look whether the device is alive, read its statistics;
 *	PADMA_PORT_EVENT_*. May be NULL
 * @stats: add what the device counts itself to *stats (rx_dropped, rx_errors, tx_errors). May be NULL
 * @extended_stats: the device's own: fill, return how many there are. May be NULL
 * @features: padma_port_features(): fill, return how many there are. May be NULL
 *
 * All return 0 or a negative errno, with the reason noted by padma_fail().
 */
struct padma_port_ops {
	void (*close)(struct padma_port *port);
	int (*configure)(struct padma_port *port, const struct padma_port_params *params);
	int (*rx_open)(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		       struct padma_rx_queue **queue);
	int (*tx_open)(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		       struct padma_tx_queue **queue);
	void (*rx_close)(struct padma_rx_queue *queue);
	void (*tx_close)(struct padma_tx_queue *queue);
	int (*start)(struct padma_port *port);
	int (*stop)(struct padma_port *port);
	void (*rx_reclaim)(struct padma_rx_queue *queue);
	void (*tx_reclaim)(struct padma_tx_queue *queue);
	int (*rx_arm)(struct padma_rx_queue *queue);
	bool (*tx_waits)(const struct padma_tx_queue *queue);
	int (*link)(struct padma_port *port, struct padma_port_link *link);
	int (*set_mac)(struct padma_port *port);
	int (*filter)(struct padma_port *port);
	int (*vlan_filter)(struct padma_port *port);
	int (*rss)(struct padma_port *port);
	unsigned int (*service)(struct padma_port *port, uint64_t now_ns);
	void (*stats)(struct padma_port *port, struct padma_port_stats *stats);
	int (*extended_stats)(struct padma_port *port, struct padma_port_stat *stats,
			      unsigned int room);
	int (*features)(struct padma_port *port, struct padma_port_feature *features,
			unsigned int room);
	void (*reserved[7])(void);
};

/**
 * struct padma_port_filter - what padma_port_filter() asked for
 * @macs: @count times PADMA_MAC_BYTES
 * @count: how many
 * @promiscuous: everything
 * @all_multicast: all multicast frames
 */
struct padma_port_filter {
	uint8_t *macs;
	unsigned int count;
	bool promiscuous;
	bool all_multicast;
};

struct padma_port_private; /* the library's */

/**
 * struct padma_port - the head of a driver's port
 * @ops: set by open()
 * @device: likewise
 * @info: likewise, except for @name, @driver and @number
 * @params: as configured, with all defaults filled in
 * @offloads: PADMA_OFFLOAD_* that the device shall do itself: those of transmission that it can, and those of reception
 *	that are wanted, without params.without
 * @irq_vectors: interrupt vectors that are enabled, from 0 on; 0 without interrupts
 * @event_vector: the vector for the link and other events of the device; -1 for none
 * @gate: of all its queues
 * @mac: address in use; open() leaves it to the library, which takes info.mac
 * @filter: in use
 * @vlans: a bit for each VLAN to be received, 512 bytes; NULL for all
 * @rss: in use; its entries are 0 without RSS, and for one queue; it always has a key, for hashes alone
 * @rx: the queues, NULL where none is open
 * @tx: likewise
 * @private_data: the library's
 */
struct padma_port {
	const struct padma_port_ops *ops;
	struct padma_device *device;
	struct padma_port_info info;
	struct padma_port_params params;
	uint32_t offloads;
	unsigned int irq_vectors;
	int event_vector;
	struct padma_gate gate;
	uint8_t mac[PADMA_MAC_BYTES];
	struct padma_port_filter filter;
	const uint8_t *vlans;
	struct padma_rss rss;
	struct padma_rx_queue *rx[PADMA_PORT_QUEUES_MAX];
	struct padma_tx_queue *tx[PADMA_PORT_QUEUES_MAX];
	struct padma_port_private *private_data;
	uint64_t reserved[8];
};

/**
 * struct padma_net_driver - a network driver
 * @name: of the driver: "virtio-net"
 * @help: what it drives, in a few words
 * @claims: whether it drives a device of these ids
 * @open: open the device as a port: reset it, read its information, make it ready for configure(). The port is zeroed
 *	memory of the driver's, in which @ops, @device and @info are set. If it fails, nothing is left, except by
 *	padma_device_leave()
 *
 * The table must stay until the process ends.
 */
struct padma_net_driver {
	const char *name;
	const char *help;
	bool (*claims)(const struct padma_device_ids *ids);
	int (*open)(struct padma_device *device, struct padma_port **port);
};

/* private: with the size that the caller was compiled with */
PADMA_API int padma_net_driver_add_sized(size_t driver_bytes,
					 const struct padma_net_driver *driver);

/**
 * padma_net_driver_add() - let padma_port_open() choose a driver from outside the tree
 * @driver: the driver; tried before the built-in ones. Any thread
 *
 * Return: 0, or -EINVAL (a member is missing), -EEXIST (a driver of that name), -E2BIG, -ENOMEM.
 */
PADMA_INLINE int padma_net_driver_add(const struct padma_net_driver *driver)
{
	return padma_net_driver_add_sized(sizeof(struct padma_net_driver), driver);
}

/**
 * padma_net_driver_find() - the driver that padma_port_open() would choose
 * @ids: of a device. Any thread
 *
 * Return: the driver, or NULL if none claims such a device.
 */
PADMA_API const struct padma_net_driver *padma_net_driver_find(const struct padma_device_ids *ids);

/**
 * padma_port_fail() - the device violated its protocol, or is hung: its rings are not read any more
 * @port: the port
 * @error: a negative errno
 * @format: the reason, as for printf(); kept for padma_port_service()
 *
 * Raises PADMA_GATE_FAILED and notes the error. Any thread, also from a burst: it allocates nothing.
 *
 * Return: @error.
 */
PADMA_API int padma_port_fail(struct padma_port *port, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * padma_port_gone() - the device is off the bus: its memory is the program's again
 * @port: the port. Any thread
 */
PADMA_API void padma_port_gone(struct padma_port *port);

/**
 * padma_rx_queue_set_burst() - use another burst from now on
 * @queue: the queue
 * @burst: its driver's burst
 *
 * In rx_open() it does what storing queue->burst does; in start() it also lets a burst of the library's stay in front. The
 * queue's owner may be on its way into the old burst, which the gate then keeps from the ring.
 */
PADMA_API void padma_rx_queue_set_burst(struct padma_rx_queue *queue,
					unsigned int (*burst)(struct padma_rx_queue *queue,
							      struct padma_packet **packets,
							      unsigned int n));

/**
 * padma_tx_queue_set_burst() - likewise for a transmit queue
 * @queue: the queue
 * @burst: its driver's burst
 * @reap: its driver's reap
 */
PADMA_API void
padma_tx_queue_set_burst(struct padma_tx_queue *queue,
			 unsigned int (*burst)(struct padma_tx_queue *queue,
					       struct padma_packet *const *packets, unsigned int n),
			 unsigned int (*reap)(struct padma_tx_queue *queue, unsigned int n));

/**
 * padma_rx_queue_outside() - a burst of a queue whose gate does not pass
 * @queue: the queue (its owner)
 *
 * Acknowledges a reset; resumes after it; gives the packets back (rx_reclaim) if the device is gone.
 *
 * Return: 0, for the burst to return.
 */
PADMA_API unsigned int padma_rx_queue_outside(struct padma_rx_queue *queue);

/**
 * padma_tx_queue_outside() - likewise for a burst or reap of a transmit queue
 * @queue: the queue (its owner)
 *
 * Return: 0.
 */
PADMA_API unsigned int padma_tx_queue_outside(struct padma_tx_queue *queue);

/**
 * padma_packet_prepare() - check a marked packet and write the sum of its pseudo header
 * @packet: the packet, with flags of PADMA_PACKET_WORK
 * @without_length: for PADMA_PACKET_TSO leave the length out of the pseudo header and set length and checksum of the IP
 *	header to 0, as Intel's cards want it; otherwise both are filled in, as receivers of unsegmented packets want it
 *
 * Checks that the headers are in the first segment and as long as the packet says, that IP version and protocol are those of
 * the flags, that segment_size is not 0 and no segment is longer than an IP packet can be, that IP's length is not more than the data (but for TSO, which ignores it). Then
 * writes the sum of the pseudo header, not inverted, to the checksum's field, which is what devices expect, and, for
 * PADMA_PACKET_IP_CSUM without _TSO, 0 to that of the IPv4 header. Devices sum to the end of the frame: where bytes follow that are not IP's, the processor computes the
 * sum here, and the flag is cleared. So look at the flags afterwards. May be called again for the same packet.
 *
 * A TSO packet whose data fits into one segment becomes an ordinary one: PADMA_PACKET_TCP_CSUM, its IP header complete.
 *
 * Any thread that holds the packet alone.
 *
 * Return: 0, or -EINVAL; no error is noted.
 */
PADMA_API int padma_packet_prepare(struct padma_packet *packet, bool without_length);

/**
 * padma_tx_prepare() - padma_packet_prepare() of a packet that may be shared
 * @queue: the queue (its owner)
 * @packet: the packet; replaced by a copy of as many segments, which the queue alone holds, if it has other holders. The
 *	original was put then: call this when the ring has room for the packet, so that it can be sent
 * @without_length: as padma_packet_prepare()
 *
 * Return: 0, or -EINVAL (put *@packet, and count it as an error), -ENOMEM (no packets for the copy: end the burst before
 * this packet); no error is noted.
 */
PADMA_API int padma_tx_prepare(struct padma_tx_queue *queue, struct padma_packet **packet,
			       bool without_length);

/**
 * padma_mac_make_up() - a random MAC address for a card that has none
 * @mac: filled with PADMA_MAC_BYTES: a random one, unicast and locally administered (IEEE 802-2014, 8.4)
 */
PADMA_API void padma_mac_make_up(uint8_t *mac);

/**
 * padma_packet_insert_vlan() - put a packet's tag into its data
 * @packet: the packet, with PADMA_PACKET_VLAN, which is cleared; l2_bytes grows by 4 if it is not 0. Held by the caller alone
 *
 * Return: 0, or -ENOSPC (no headroom), -EINVAL (shorter than its MAC addresses); no error is noted.
 */
PADMA_API int padma_packet_insert_vlan(struct padma_packet *packet);

/**
 * padma_packet_strip_vlan() - take the outer 802.1Q tag out of a packet's data
 * @packet: the packet, held by the caller alone; PADMA_PACKET_VLAN and vlan are set. One without a tag, or with
 *	PADMA_PACKET_VLAN, is left alone
 */
PADMA_API void padma_packet_strip_vlan(struct padma_packet *packet);

/**
 * padma_packet_checksum() - fill in the checksums that a packet is marked for
 * @packet: the packet, not PADMA_PACKET_TSO; the marks of checksums are cleared. Held by the caller alone
 *
 * Return: 0, or -EINVAL as padma_packet_prepare().
 */
PADMA_API int padma_packet_checksum(struct padma_packet *packet);

/* The drivers in the tree, for programs that link them by name. */
PADMA_API extern const struct padma_net_driver padma_virtio_net_driver;
PADMA_API extern const struct padma_net_driver padma_e1000_driver;

PADMA_END_DECLS

#endif
