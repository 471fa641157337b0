/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/net/driver.h - writing a network driver
 *
 * A driver fills a struct padma_net_driver, whose open() returns a port: its own structure, which begins with a
 * struct padma_port. The library does what all drivers would do alike: it checks arguments and states, keeps the gate, the
 * filter and the statistics, finds hung queues, and does by the processor what the device cannot (struct
 * padma_port.offloads). A driver's burst therefore sees only packets that its device can transmit.
 *
 * A burst begins like this; nothing else on the fast path concerns resets or removal:
 *
 *     if (PADMA_UNLIKELY(!padma_gate_passes(queue->rx.gate, &queue->rx.member)))
 *             return padma_rx_queue_outside(&queue->rx);
 *
 * and when the device wrote something that it must not:
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
 *	against port->info. A call that fails leaves the former configuration. The device is stopped
 * @rx_open: allocate queue @index, set its burst; the library fills the rest of the head. The device is stopped
 * @tx_open: likewise, with reap
 * @rx_close: free it; it holds no packets
 * @tx_close: likewise
 * @start: set the device up as configured, and start it, with empty receive rings: after a start, and after a reset
 * @stop: stop the device. 0 only if it certainly does no DMA any more: stopped as its specification says, or
 *	padma_device_quiesce(). -EIO otherwise
 * @rx_reclaim: put all packets that the ring holds, through queue->cache, and empty the ring. The device is stopped or
 *	gone. Called by the queue's owner
 * @tx_reclaim: likewise
 * @rx_arm: padma_rx_arm(): 0, 1, or a negative errno. May be NULL
 * @link: padma_port_link()
 * @set_mac: program the device for port->mac. May be NULL: -ENOTSUP
 * @filter: program it for port->filter. May be NULL: the device receives everything, and so does the program
 * @vlan_filter: padma_port_vlan_filter(). May be NULL
 * @rss: padma_port_rss(). May be NULL
 * @service: periodically, from the control thread: look whether the device is alive, read its statistics;
 *	PADMA_PORT_EVENT_*. May be NULL
 * @stats: add what the device counts itself to *stats (rx_dropped, rx_errors, tx_errors). May be NULL
 * @extended_stats: the device's own: fill, return how many there are. May be NULL
 *
 * All return 0 or a negative errno, with a sentence by padma_fail().
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
	int (*link)(struct padma_port *port, struct padma_port_link *link);
	int (*set_mac)(struct padma_port *port);
	int (*filter)(struct padma_port *port);
	int (*vlan_filter)(struct padma_port *port, const uint8_t *vlans);
	int (*rss)(struct padma_port *port, const struct padma_rss *rss);
	unsigned int (*service)(struct padma_port *port, uint64_t now_ns);
	void (*stats)(struct padma_port *port, struct padma_port_stats *stats);
	int (*extended_stats)(struct padma_port *port, struct padma_port_stat *stats,
			      unsigned int room);
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
 * @params: as configured
 * @gate: of all its queues
 * @mac: address in use; open() leaves it to the library, which takes info.mac
 * @filter: in use
 * @rx: the queues, NULL where none is open
 * @tx: likewise
 * @private_data: the library's
 */
struct padma_port {
	const struct padma_port_ops *ops;
	struct padma_device *device;
	struct padma_port_info info;
	struct padma_port_params params;
	struct padma_gate gate;
	uint8_t mac[PADMA_MAC_BYTES];
	struct padma_port_filter filter;
	struct padma_rx_queue *rx[PADMA_PORT_QUEUES_MAX];
	struct padma_tx_queue *tx[PADMA_PORT_QUEUES_MAX];
	struct padma_port_private *private_data;
};

/**
 * struct padma_net_driver - a network driver
 * @name: of the driver: "virtio-net"
 * @help: what it drives, in a few words
 * @claims: whether it drives a device of these ids
 * @open: open the device as a port: reset it, read its information, make it ready for configure(). If it fails, nothing
 *	is left, except by padma_device_leave()
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
 * padma_net_driver_add() - let padma_port_open() choose a driver of others, too
 * @driver: the driver; tried before the built-in ones. Any thread
 *
 * Return: 0, or -EINVAL (a member is missing), -EEXIST (a driver of that name), -E2BIG, -ENOMEM.
 */
PADMA_INLINE int padma_net_driver_add(const struct padma_net_driver *driver)
{
	return padma_net_driver_add_sized(sizeof(struct padma_net_driver), driver);
}

/**
 * padma_port_fail() - the device broke its protocol, or is hung: nothing is read from its rings any more
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
 * padma_rx_queue_outside() - a burst of a queue whose gate does not pass
 * @queue: the queue (its owner)
 *
 * Acknowledges a reset; gives the packets back (rx_reclaim) when the device has been stopped; resumes.
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
 * @packet: the packet, with PADMA_PACKET_WORK
 *
 * For drivers, before they tell the device: the headers are in the first segment, the IP version and the protocol are
 * those of the flags, and segment_size is not 0. Writes the sum of the pseudo header to the checksum's field, which is what
 * devices expect (without the length, for TSO: see @tso_length).
 *
 * @tso_length: leave the length out of the pseudo header, as Intel's cards want it for TSO
 *
 * Return: 0, or -EINVAL.
 */
PADMA_API int padma_packet_prepare(struct padma_packet *packet, bool tso_length);

/**
 * padma_packet_insert_vlan() - put a packet's tag into its data
 * @packet: the packet, with PADMA_PACKET_VLAN, which is cleared; l2_bytes grows by 4
 *
 * Return: 0, or -ENOSPC (no headroom), -EINVAL (shorter than its MAC addresses).
 */
PADMA_API int padma_packet_insert_vlan(struct padma_packet *packet);

/**
 * padma_packet_checksum() - fill in the checksums that a packet is marked for
 * @packet: the packet, not PADMA_PACKET_TSO; the marks are cleared
 *
 * Return: 0, or -EINVAL as padma_packet_prepare().
 */
PADMA_API int padma_packet_checksum(struct padma_packet *packet);

/* The drivers in the tree, for programs that link them by name. */
PADMA_API extern const struct padma_net_driver padma_virtio_net_driver;
PADMA_API extern const struct padma_net_driver padma_e1000_driver;

PADMA_END_DECLS

#endif
