// SPDX-License-Identifier: BSD-3-Clause
/* See tx_software.h. */
#include "net/tx_software.h"

#include <errno.h>

#include "net/marks.h"
#include "net/private.h"

#define REAP 32u

/* PADMA_PACKET_* that the device does not do. */
static uint32_t work_for_the_processor(uint32_t offloads)
{
	uint32_t work = PADMA_PACKET_WORK;

	if (offloads & PADMA_OFFLOAD_TX_IP_CSUM)
		work &= ~PADMA_PACKET_IP_CSUM;
	if (offloads & PADMA_OFFLOAD_TX_L4_CSUM)
		work &= ~(PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM);
	/* The flag does not say which IP it is. */
	if ((offloads & PADMA_OFFLOAD_TX_TSO4) && (offloads & PADMA_OFFLOAD_TX_TSO6))
		work &= ~PADMA_PACKET_TSO;
	if (offloads & PADMA_OFFLOAD_TX_VLAN)
		work &= ~PADMA_PACKET_VLAN;
	return work;
}

static bool has_work(const struct padma_tx_queue *queue, const struct padma_packet *packet)
{
	return (packet->flags & queue->software) ||
	       (packet->next && !queue->private_data->software.chains);
}

static void append(struct tx_software *software, struct padma_packet *packet)
{
	software->ready[software->first + software->count++] = packet;
}

static bool has_room(const struct tx_software *software)
{
	return software->first + software->count < TX_READY;
}

/* Whether its tag is to be inserted and there is no room for it. */
static bool lacks_headroom(const struct padma_tx_queue *queue, const struct padma_packet *packet)
{
	return (packet->flags & queue->software & PADMA_PACKET_VLAN) && packet->offset < TAG_BYTES;
}

/*
 * A packet that the queue alone holds, of one segment if it has to be, and with room for its tag: a copy where it is
 * not. All that can fail for lack of memory is done here, before anything changes.
 */
static int own(struct padma_tx_queue *queue, struct padma_packet **packet)
{
	bool split = (*packet)->next && !queue->private_data->software.chains;
	bool shared = __atomic_load_n(&(*packet)->refs, __ATOMIC_ACQUIRE) != 0;
	uint32_t bytes = padma_packet_bytes(*packet);
	struct padma_packet *copy;

	if (!shared && !lacks_headroom(queue, *packet)) {
		if (!split)
			return 0;
		if (bytes - (*packet)->length <= padma_packet_tailroom(*packet))
			return padma_packet_linearize(queue->private_data->software.cache, packet);
	}
	if (!queue->private_data->software.chains &&
	    bytes + PADMA_PACKET_HEADROOM > padma_packet_room(queue->private_data->software.cache))
		return -EINVAL;
	copy = padma_packet_copy(queue->private_data->software.cache, *packet);
	if (!copy)
		return -ENOMEM;
	padma_packet_put(queue->private_data->software.cache, *packet);
	*packet = copy;
	return 0;
}

/* Checksums and tag of a packet that own() has prepared. 0, or -EINVAL. */
static int finish(const struct padma_tx_queue *queue, struct padma_packet *packet)
{
	int rc = 0;

	/* A device that cuts does the checksums that this implies, even if it does none by themselves. */
	if (packet->flags & PADMA_PACKET_TSO)
		packet->flags &= ~(queue->software & MARKS_IP);
	else if (packet->flags & queue->software & MARKS_IP)
		rc = padma_packet_checksum(packet);
	if (rc == 0 && (packet->flags & queue->software & PADMA_PACKET_VLAN))
		rc = padma_packet_insert_vlan(packet);
	return rc ? -EINVAL : 0;
}

static void drop(struct padma_tx_queue *queue, struct padma_packet *packet)
{
	padma_packet_put(queue->private_data->software.cache, packet);
	padma_counter_add(&queue->stats.errors, 1);
}

/* The segments of the packet that is being cut, as many as there is room and memory for. */
static void cut_more(struct padma_tx_queue *queue)
{
	struct tx_software *software = &queue->private_data->software;

	while (software->cut.packet && has_room(software)) {
		struct padma_packet *segment =
			segment_next(&software->cut, queue->private_data->software.cache);

		if (!segment)
			return;
		if (finish(queue, segment))
			drop(queue, segment);
		else
			append(software, segment);
	}
}

static unsigned int call_driver(struct padma_tx_queue *queue, struct padma_packet *const *packets,
				unsigned int n)
{
	return __atomic_load_n(&queue->driver_burst, __ATOMIC_RELAXED)(queue, packets, n);
}

/* Hand the waiting packets to the driver. True: none is left. */
static bool send_ready(struct padma_tx_queue *queue)
{
	struct tx_software *software = &queue->private_data->software;
	uint64_t full = padma_counter_read(&queue->stats.full);
	unsigned int sent;

	if (software->count == 0)
		return true;
	sent = call_driver(queue, &software->ready[software->first], software->count);
	/* They were accepted already: the program sees no full ring. */
	padma_counter_add(&queue->stats.full, full - padma_counter_read(&queue->stats.full));
	software->first += sent;
	software->count -= sent;
	if (software->count)
		return false;
	software->first = 0;
	return true;
}

/* False: something still waits, for room in the ring or for packets. */
static bool flush(struct padma_tx_queue *queue)
{
	struct tx_software *software = &queue->private_data->software;

	while (send_ready(queue)) {
		cut_more(queue);
		if (software->count == 0 && software->cut.packet && queue->driver_reap(queue, REAP))
			cut_more(queue);
		if (software->count == 0)
			return !software->cut.packet;
	}
	return false;
}

/* Begin to cut a packet. 0, or -EINVAL. */
static int begin_cut(struct padma_tx_queue *queue, struct padma_packet *packet)
{
	struct tx_software *software = &queue->private_data->software;
	int rc = segment_begin(&software->cut, packet);

	if (rc == 0 && !software->chains &&
	    !segment_fits(&software->cut, padma_packet_room(queue->private_data->software.cache))) {
		software->cut.packet = NULL;
		rc = -EINVAL;
	}
	if (rc == 0)
		cut_more(queue);
	return rc;
}

static int work(struct padma_tx_queue *queue, struct padma_packet **packet)
{
	int rc;

	if ((*packet)->flags & queue->software & PADMA_PACKET_TSO)
		return begin_cut(queue, *packet);
	rc = own(queue, packet);
	if (rc == 0)
		rc = finish(queue, *packet);
	if (rc == 0)
		append(&queue->private_data->software, *packet);
	return rc;
}

/* False: there is no memory for the copy that the packet takes; it remains the caller's. */
static bool take(struct padma_tx_queue *queue, struct padma_packet *packet)
{
	int rc;

	if (!has_work(queue, packet)) {
		append(&queue->private_data->software, packet);
		return true;
	}
	rc = work(queue, &packet);
	if (rc == -ENOMEM)
		return false;
	if (rc)
		drop(queue, packet);
	else
		padma_counter_add(&queue->stats.software, 1);
	return true;
}

/* Packets from the first on that has work, with those between: as many as there is room for. */
static unsigned int take_some(struct padma_tx_queue *queue, struct padma_packet *const *packets,
			      unsigned int n)
{
	struct tx_software *software = &queue->private_data->software;
	unsigned int taken = 0;

	while (taken < n && has_room(software) && !software->cut.packet &&
	       take(queue, packets[taken]))
		taken++;
	/* A driver reaps when its ring is full, which it may not be. */
	if (taken == 0)
		(void)queue->driver_reap(queue, REAP);
	return taken;
}

static unsigned int burst_slow(struct padma_tx_queue *queue, struct padma_packet *const *packets,
			       unsigned int n)
{
	unsigned int done = 0, taken;

	while (done < n && has_work(queue, packets[done]) &&
	       padma_gate_passes(queue->gate, &queue->member)) {
		taken = take_some(queue, packets + done, n - done);
		done += taken;
		if (taken == 0)
			return done;
		if (!flush(queue)) {
			padma_counter_add(&queue->stats.full, n - done);
			return done;
		}
		done += call_driver(queue, packets + done, n - done);
	}
	return done;
}

static bool is_waiting(const struct tx_software *software)
{
	return software->count || software->cut.packet;
}

static unsigned int burst(struct padma_tx_queue *queue, struct padma_packet *const *packets,
			  unsigned int n)
{
	unsigned int done;

	if (PADMA_UNLIKELY(is_waiting(&queue->private_data->software)) && !flush(queue)) {
		padma_counter_add(&queue->stats.full, n);
		return 0;
	}
	done = call_driver(queue, packets, n);
	if (PADMA_LIKELY(done == n))
		return n;
	return done + burst_slow(queue, packets + done, n - done);
}

static unsigned int reap(struct padma_tx_queue *queue, unsigned int n)
{
	unsigned int reaped = __atomic_load_n(&queue->driver_reap, __ATOMIC_RELAXED)(queue, n);

	if (is_waiting(&queue->private_data->software))
		(void)flush(queue);
	return reaped;
}

void tx_software_setup(struct padma_tx_queue *queue)
{
	uint32_t offloads = queue->port->offloads;

	queue->software = work_for_the_processor(offloads);
	queue->private_data->software.cache = queue->cache;
	queue->private_data->software.chains = offloads & PADMA_OFFLOAD_TX_CHAINS;
	queue->driver_burst = queue->burst;
	queue->driver_reap = queue->reap;
	if (queue->software || !(offloads & PADMA_OFFLOAD_TX_CHAINS)) {
		queue->burst = burst;
		queue->reap = reap;
	}
}

void tx_software_drop(struct padma_tx_queue *queue)
{
	struct tx_software *software = &queue->private_data->software;

	padma_packet_put_bulk(queue->private_data->software.cache,
			      &software->ready[software->first], software->count);
	software->first = software->count = 0;
	if (software->cut.packet)
		padma_packet_put(queue->private_data->software.cache, software->cut.packet);
	software->cut.packet = NULL;
}

unsigned int padma_tx_outstanding(const struct padma_tx_queue *queue)
{
	const struct tx_software *software = &queue->private_data->software;

	return (unsigned int)tx_in_flight(queue) + software->count + (software->cut.packet ? 1 : 0);
}

void padma_tx_queue_set_burst(struct padma_tx_queue *queue,
			      unsigned int (*driver_burst)(struct padma_tx_queue *queue,
							   struct padma_packet *const *packets,
							   unsigned int n),
			      unsigned int (*driver_reap)(struct padma_tx_queue *queue,
							  unsigned int n))
{
	bool opened = queue->driver_burst;

	if (!opened || queue->burst == queue->driver_burst) {
		__atomic_store_n(&queue->burst, driver_burst, __ATOMIC_RELAXED);
		__atomic_store_n(&queue->reap, driver_reap, __ATOMIC_RELAXED);
	}
	if (opened) {
		__atomic_store_n(&queue->driver_burst, driver_burst, __ATOMIC_RELAXED);
		__atomic_store_n(&queue->driver_reap, driver_reap, __ATOMIC_RELAXED);
	}
}
