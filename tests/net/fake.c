// SPDX-License-Identifier: BSD-3-Clause
/* See fake.h. */
#include "test.h"

#include <errno.h>

#include <padma/error.h>

#include "net/fake.h"

#define ALL_TX                                                                                     \
	(PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM | PADMA_OFFLOAD_TX_TSO4 |             \
	 PADMA_OFFLOAD_TX_TSO6 | PADMA_OFFLOAD_TX_VLAN | PADMA_OFFLOAD_TX_CHAINS)

struct fake_control fake_control;

struct fake_port {
	struct padma_port head;
	struct fake_wire wires[FAKE_QUEUES];
	struct fake_port *peer;
};

struct fake_rx {
	struct padma_rx_queue rx;
	struct fake_wire *wire;
	struct padma_packet *ring[FAKE_DEPTH];
	unsigned int count, depth;
};

struct fake_tx {
	struct padma_tx_queue tx;
	struct padma_packet *ring[FAKE_DEPTH];
	unsigned int head, count, depth;
	unsigned int done; /* of the ring's, finished by the device; atomic */
};

static struct fake_port *fake_of(struct padma_port *port)
{
	return (struct fake_port *)port;
}

/* ---- the wire ---- */

static void wire_add(struct fake_wire *wire, const struct fake_frame *frame)
{
	pthread_mutex_lock(&wire->lock);
	if (wire->count == FAKE_FRAMES) {
		wire->lost++;
		free(frame->data);
	} else {
		wire->frames[(wire->head + wire->count++) % FAKE_FRAMES] = *frame;
	}
	pthread_mutex_unlock(&wire->lock);
}

static bool wire_take(struct fake_wire *wire, struct fake_frame *frame)
{
	bool found;

	pthread_mutex_lock(&wire->lock);
	found = wire->count != 0;
	if (found) {
		*frame = wire->frames[wire->head++ % FAKE_FRAMES];
		wire->count--;
	}
	pthread_mutex_unlock(&wire->lock);
	return found;
}

static void send_frame(struct fake_wire *wire, const struct padma_packet *packet)
{
	struct fake_frame frame = {.bytes = padma_packet_bytes(packet), .marks = *packet};
	uint32_t at = 0;

	frame.data = malloc(frame.bytes + 1);
	for (; packet; packet = packet->next) {
		memcpy(frame.data + at, padma_packet_data(packet), packet->length);
		at += packet->length;
		frame.segments++;
	}
	wire_add(wire, &frame);
}

/* ---- receive ---- */

static void refill(struct fake_rx *queue)
{
	while (queue->count < queue->depth) {
		struct padma_packet *packet = padma_packet_get(queue->rx.cache);

		if (!packet)
			return;
		queue->ring[queue->count++] = packet;
	}
}

static struct padma_packet *receive(struct fake_rx *queue, const struct fake_frame *frame)
{
	struct padma_packet *packet = queue->ring[--queue->count];

	if (frame->bytes > padma_packet_tailroom(packet)) {
		queue->count++;
		padma_counter_add(&queue->rx.stats.errors, 1);
		return NULL;
	}
	memcpy(padma_packet_append(packet, frame->bytes), frame->data, frame->bytes);
	packet->port = (uint8_t)padma_port_number(queue->rx.port);
	packet->queue = (uint8_t)queue->rx.index;
	return packet;
}

static unsigned int rx_burst(struct padma_rx_queue *rx, struct padma_packet **packets,
			     unsigned int n)
{
	struct fake_rx *queue = (struct fake_rx *)rx;
	struct fake_frame frame;
	unsigned int got = 0;

	if (!padma_gate_passes(rx->gate, &rx->member))
		return padma_rx_queue_outside(rx);
	refill(queue);
	while (got < n && wire_take(queue->wire, &frame)) {
		struct padma_packet *packet = queue->count ? receive(queue, &frame) : NULL;

		if (packet)
			packets[got++] = packet;
		else if (queue->count == 0)
			padma_counter_add(&rx->stats.no_buffer, 1);
		if (packet)
			padma_counter_add(&rx->stats.bytes, frame.bytes);
		free(frame.data);
	}
	padma_counter_add(&rx->stats.packets, got);
	padma_counter_add(got ? &rx->stats.bursts : &rx->stats.empty, 1);
	return got;
}

static int rx_arm(struct padma_rx_queue *rx)
{
	const struct fake_rx *queue = (struct fake_rx *)rx;
	bool arrived;

	pthread_mutex_lock(&queue->wire->lock);
	arrived = queue->wire->count != 0;
	pthread_mutex_unlock(&queue->wire->lock);
	return arrived;
}

static void rx_reclaim(struct padma_rx_queue *rx)
{
	struct fake_rx *queue = (struct fake_rx *)rx;

	padma_packet_put_bulk(rx->cache, queue->ring, queue->count);
	queue->count = 0;
}

static int rx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		   struct padma_rx_queue **rx)
{
	struct fake_rx *queue;

	(void)cache;
	if (fake_control.queue_error)
		return padma_fail(fake_control.queue_error, "fake", "no receive queue, as asked");
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return padma_fail(-ENOMEM, "fake", "no memory for a queue");
	queue->wire = &fake_of(port)->wires[index];
	queue->depth = port->params.rx_depth;
	queue->rx.burst = rx_burst;
	*rx = &queue->rx;
	return 0;
}

static void rx_close(struct padma_rx_queue *rx)
{
	struct fake_rx *queue = (struct fake_rx *)rx;

	assert_int_equal(queue->count, 0);
	free(queue);
}

/* ---- transmit ---- */

/* The device's part of the work, done by the owner, who alone uses the ring. */
static void transmit(struct fake_tx *queue)
{
	struct fake_port *port = fake_of(queue->tx.port);
	struct fake_wire *wire = &(port->peer ? port->peer : port)->wires[queue->tx.index];

	while (!fake_control.hung && queue->done < queue->count) {
		send_frame(wire, queue->ring[(queue->head + queue->done) % FAKE_DEPTH]);
		__atomic_store_n(&queue->done, queue->done + 1, __ATOMIC_RELAXED);
	}
}

static unsigned int tx_reap(struct padma_tx_queue *tx, unsigned int n)
{
	struct fake_tx *queue = (struct fake_tx *)tx;
	unsigned int reaped = 0;

	if (!padma_gate_passes(tx->gate, &tx->member))
		return padma_tx_queue_outside(tx);
	transmit(queue);
	while (reaped < n && queue->done) {
		padma_packet_put(tx->cache, queue->ring[queue->head++ % FAKE_DEPTH]);
		__atomic_store_n(&queue->done, queue->done - 1, __ATOMIC_RELAXED);
		queue->count--;
		reaped++;
	}
	padma_counter_add(&tx->stats.sent, reaped);
	return reaped;
}

/* Whether the card takes it, as the offloads that the port was configured with say. */
static bool takes(const struct fake_tx *queue, const struct padma_packet *packet)
{
	if (packet->flags & queue->tx.software)
		return false;
	return !packet->next || (queue->tx.port->offloads & PADMA_OFFLOAD_TX_CHAINS);
}

static bool has_room(struct fake_tx *queue)
{
	unsigned int room = fake_control.ring_room ? fake_control.ring_room : queue->depth;

	if (queue->count >= room)
		(void)tx_reap(&queue->tx, 32);
	return queue->count < room;
}

static void post(struct fake_tx *queue, struct padma_packet *packet)
{
	padma_counter_add(&queue->tx.stats.packets, 1);
	padma_counter_add(&queue->tx.stats.bytes, padma_packet_bytes(packet));
	queue->ring[(queue->head + queue->count++) % FAKE_DEPTH] = packet;
}

static unsigned int tx_burst(struct padma_tx_queue *tx, struct padma_packet *const *packets,
			     unsigned int n)
{
	struct fake_tx *queue = (struct fake_tx *)tx;
	unsigned int i;

	if (!padma_gate_passes(tx->gate, &tx->member))
		return padma_tx_queue_outside(tx);
	for (i = 0; i < n && takes(queue, packets[i]); i++) {
		struct padma_packet *packet = packets[i];
		int rc;

		if (!has_room(queue)) {
			padma_counter_add(&tx->stats.full, n - i);
			break;
		}
		rc = padma_tx_prepare(tx, &packet, false);
		if (rc == -ENOMEM)
			break;
		if (rc == 0) {
			post(queue, packet);
			continue;
		}
		padma_packet_put(tx->cache, packet);
		padma_counter_add(&tx->stats.errors, 1);
	}
	if (i)
		padma_counter_add(&tx->stats.bursts, 1);
	transmit(queue);
	return i;
}

static bool tx_waits(const struct padma_tx_queue *tx)
{
	const struct fake_tx *queue = (const struct fake_tx *)tx;

	return __atomic_load_n(&queue->done, __ATOMIC_RELAXED) == 0;
}

static void tx_reclaim(struct padma_tx_queue *tx)
{
	struct fake_tx *queue = (struct fake_tx *)tx;

	for (; queue->count; queue->count--)
		padma_packet_put(tx->cache, queue->ring[queue->head++ % FAKE_DEPTH]);
	queue->done = 0;
}

static int tx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		   struct padma_tx_queue **tx)
{
	struct fake_tx *queue;

	(void)cache;
	(void)index;
	if (fake_control.queue_error)
		return padma_fail(fake_control.queue_error, "fake", "no transmit queue, as asked");
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return padma_fail(-ENOMEM, "fake", "no memory for a queue");
	queue->depth = port->params.tx_depth;
	queue->tx.burst = tx_burst;
	queue->tx.reap = tx_reap;
	*tx = &queue->tx;
	return 0;
}

static void tx_close(struct padma_tx_queue *tx)
{
	struct fake_tx *queue = (struct fake_tx *)tx;

	assert_int_equal(queue->count, 0);
	free(queue);
}

/* ---- the port ---- */

static int answer(int error, const char *what)
{
	return error ? padma_fail(error, "fake", "%s fails, as asked", what) : 0;
}

static int configure(struct padma_port *port, const struct padma_port_params *params)
{
	(void)port;
	assert_true(params->rx_queues && params->tx_queues && params->rx_depth &&
		    params->tx_depth && params->mtu && params->tx_timeout_ns);
	return answer(fake_control.configure_error, "configure");
}

static int start(struct padma_port *port)
{
	for (unsigned int i = 0; i < port->params.rx_queues; i++)
		assert_int_equal(((struct fake_rx *)port->rx[i])->count, 0);
	for (unsigned int i = 0; i < port->params.tx_queues; i++)
		assert_int_equal(((struct fake_tx *)port->tx[i])->count, 0);
	fake_control.starts++;
	if (fake_control.start_fails_port)
		(void)padma_port_fail(port, -EPROTO, "as asked");
	return answer(fake_control.start_error, "start");
}

static int stop(struct padma_port *port)
{
	(void)port;
	fake_control.stops++;
	return answer(fake_control.stop_error, "stop");
}

static int link_state(struct padma_port *port, struct padma_port_link *link)
{
	(void)port;
	*link = (struct padma_port_link){!fake_control.link_down, true, 1000};
	return answer(fake_control.link_error, "link");
}

static int set_mac(struct padma_port *port)
{
	(void)port;
	fake_control.set_macs++;
	return answer(fake_control.set_mac_error, "set_mac");
}

static int filter(struct padma_port *port)
{
	fake_control.promiscuous = port->filter.promiscuous;
	fake_control.filters++;
	return answer(fake_control.filter_error, "filter");
}

static unsigned int service(struct padma_port *port, uint64_t now_ns)
{
	unsigned int events = fake_control.service_events;

	(void)port;
	(void)now_ns;
	fake_control.service_events = 0;
	return events;
}

static void stats(struct padma_port *port, struct padma_port_stats *all)
{
	(void)port;
	all->rx_errors += 1000;
}

static int extended_stats(struct padma_port *port, struct padma_port_stat *list, unsigned int room)
{
	(void)port;
	if (room)
		list[0] = (struct padma_port_stat){"fake_counter", 42};
	return 1;
}

static void close_port(struct padma_port *port)
{
	struct fake_port *fake = fake_of(port);

	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		struct fake_frame frame;

		while (wire_take(&fake->wires[i], &frame))
			free(frame.data);
		pthread_mutex_destroy(&fake->wires[i].lock);
	}
	free(fake);
	fake_control.closes++;
}

#define OPS                                                                                        \
	.close = close_port, .configure = configure, .rx_open = rx_open, .tx_open = tx_open,       \
	.rx_close = rx_close, .tx_close = tx_close, .start = start, .stop = stop,                  \
	.rx_reclaim = rx_reclaim, .tx_reclaim = tx_reclaim, .rx_arm = rx_arm, .link = link_state,  \
	.set_mac = set_mac, .filter = filter, .service = service, .stats = stats,                  \
	.extended_stats = extended_stats

static const struct padma_port_ops ops = {OPS, .tx_waits = tx_waits};
static const struct padma_port_ops ops_without_tx_waits = {OPS};

static int open_port(struct padma_device *device, struct padma_port **port)
{
	struct fake_port *fake;

	if (fake_control.open_error)
		return answer(fake_control.open_error, "open");
	fake = calloc(1, sizeof(*fake));
	if (!fake)
		return padma_fail(-ENOMEM, "fake", "no memory for a port");
	for (unsigned int i = 0; i < FAKE_QUEUES; i++)
		pthread_mutex_init(&fake->wires[i].lock, NULL);
	fake->head.ops = fake_control.blind ? &ops_without_tx_waits : &ops;
	fake->head.device = device;
	fake->head.info = (struct padma_port_info){
		.mac = {2, 0, 0, 0, 0, 1},
		.rx_queues = FAKE_QUEUES,
		.tx_queues = FAKE_QUEUES,
		.depth_max = FAKE_DEPTH,
		.segments_max = 16,
		.mtu_max = fake_control.mtu_max,
		.mtu = 1500,
		.room_bytes = PADMA_PACKET_HEADROOM + 1536,
		.offloads = fake_control.offloads,
	};
	*port = &fake->head;
	return 0;
}

static bool claims(const struct padma_device_ids *ids)
{
	bool is_edu = ids->vendor == 0x1234 && ids->device == 0x11e8;

	return is_edu == (strcmp(fake_control.device, "sim:edu") == 0);
}

static const struct padma_net_driver driver = {
	.name = "fake",
	.help = "frames in memory",
	.claims = claims,
	.open = open_port,
};

void fake_begin(void)
{
	int rc = padma_net_driver_add(&driver);

	assert_true(rc == 0 || rc == -EEXIST);
	fake_control =
		(struct fake_control){.device = "sim:edu", .offloads = ALL_TX, .mtu_max = 9000};
}

void fake_connect(struct padma_port *from, struct padma_port *to)
{
	fake_of(from)->peer = fake_of(to);
}

bool fake_take(struct padma_port *port, unsigned int index, struct fake_frame *frame)
{
	struct fake_port *fake = fake_of(port);

	return wire_take(&(fake->peer ? fake->peer : fake)->wires[index], frame);
}

void fake_arrive(struct padma_port *port, unsigned int index, const void *data, uint32_t bytes)
{
	struct fake_frame frame = {.data = malloc(bytes + 1), .bytes = bytes, .segments = 1};

	memcpy(frame.data, data, bytes);
	wire_add(&fake_of(port)->wires[index], &frame);
}
