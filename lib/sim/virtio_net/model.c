// SPDX-License-Identifier: BSD-3-Clause
/* "sim:virtio-net": its keys, creating a device from them, and its turns. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../net/mac.h"
#include "model.h"
#include "net.h"

/* Network controller, Ethernet. */
#define CLASS_ETHERNET 0x020000u
#define PAIRS_MAX      256u

#define FIELD(name)    offsetof(struct net, keys.name)
#define FLAG(key, field, means)                                                                    \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_FLAG, .offset = FIELD(field), .help = (means) \
	}
#define NUMBER(key, field, least, most, at_first, means)                                           \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_NUMBER, .offset = FIELD(field),               \
		.min = (least), .max = (most), .initial = (at_first), .help = (means)              \
	}

static const struct padma_sim_key keys[] = {
	SIM_WIRE_KEYS(struct net, keys.wire),
	NUMBER("queues", queues, 1, PAIRS_MAX, 4, "queue pairs"),
	NUMBER("depth", depth, 2, 32768, 1024, "descriptors of a queue, at most"),
	NUMBER("mtu", mtu, 68, 65535, 9000, "the MTU that it offers"),
	{.name = "mac",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = FIELD(mac),
	 .min = 17,
	 .max = 17,
	 .help = "its address, 02:00:00:00:00:01"},
	NUMBER("vectors", vectors, 0, 2048, UINT16_MAX,
	       "MSI-X vectors; default: one per queue and one"),
	NUMBER("speed", speed, 0, UINT32_MAX, 10000, "Mbit/s"),
	FLAG("packed", packed, "offers packed rings"),
	FLAG("in-order", in_order, "offers in-order use of buffers"),
	FLAG("notify-data", notify_data, "offers notifications with data"),
	NUMBER("features", features, 0, UINT64_MAX, 0, "the feature bits that it offers"),
	NUMBER("with", with, 0, UINT64_MAX, 0, "further feature bits"),
	NUMBER("without", without, 0, UINT64_MAX, 0, "feature bits that it does not offer"),
	FLAG("transitional", transitional, "with the ids of a transitional device"),
	FLAG("legacy", legacy, "has the legacy interface only"),
	FLAG("late-queues", late,
	     "shows one queue pair and a short control queue until features are accepted"),
	FLAG("unmarked-used", unmarked,
	     "does not mark used descriptors of packed rings as written"),
	FLAG("odd-capabilities", odd, "has capabilities that a driver must ignore"),
	{.name = NULL},
};

static int set_mac(struct net *net)
{
	if (net->keys.mac)
		return sim_mac_read(net->function->name, net->keys.mac, net->mac_initial);
	sim_mac_number(net->mac_initial);
	return 0;
}

static void make_config(struct net *net)
{
	uint8_t *config = net->config;

	memcpy(config + CONFIG_MAC, net->mac_initial, MAC_BYTES);
	net_put16(config + CONFIG_PAIRS, (uint32_t)net->keys.queues);
	net_put16(config + CONFIG_MTU, (uint32_t)net->keys.mtu);
	net_put32(config + CONFIG_SPEED, (uint32_t)net->keys.speed);
	config[CONFIG_DUPLEX] = DUPLEX_FULL;
	config[CONFIG_RSS_KEY] = RSS_KEY_BYTES;
	net_put16(config + CONFIG_RSS_TABLE, RSS_TABLE_ENTRIES);
	net_put32(config + CONFIG_HASH_TYPES, HASH_TYPES);
}

static int open_transport(struct net *net, struct padma_sim_shape *shape)
{
	const struct net_keys *k = &net->keys;
	struct sim_virtio_params params = {
		.ops = &sim_virtio_net_ops,
		.type = VIRTIO_TYPE_NET,
		.class_code = CLASS_ETHERNET,
		.features = sim_virtio_net_features(k),
		.queue_entries = (uint32_t)k->depth,
		.config = net->config,
		.config_bytes = CONFIG_BYTES,
		.transitional = k->transitional,
		.legacy = k->legacy,
		.odd = k->odd,
		.unmarked = k->unmarked,
	};

	/* 5.1.2: without a way to use more pairs there is one, and without NET_CTRL_VQ no control queue. */
	if (!(params.features & (VIRTIO_BIT(NET_MQ) | VIRTIO_BIT(NET_RSS))))
		net->keys.queues = 1;
	params.queues = 2 * (unsigned int)k->queues + (params.features >> NET_CTRL_VQ & 1 ? 1 : 0);
	if (k->late && params.queues > 3)
		params.queues_before = 3;
	params.vectors = k->vectors == UINT16_MAX ? params.queues + 1 : (unsigned int)k->vectors;
	return sim_virtio_open(&net->virtio, net->function, shape, &params);
}

static void destroy(void *state)
{
	struct net *net = state;

	sim_wire_close(net->wire);
	sim_virtio_close(&net->virtio);
}

static int create(void *state, struct padma_sim_function *function, struct padma_sim_shape *shape)
{
	struct net *net = state;
	int rc;

	net->function = function;
	net->pairs = 1;
	rc = set_mac(net);
	if (rc)
		return rc;
	make_config(net);
	rc = open_transport(net, shape);
	if (rc)
		return rc;
	/* Faults strike packets, not commands. */
	for (unsigned int i = 0; i < 2 * net->keys.queues; i++)
		net->virtio.queues[i].faulty = true;
	rc = sim_wire_open(&net->wire, &net->keys.wire, function);
	if (rc) {
		sim_virtio_close(&net->virtio);
		return rc;
	}
	sim_virtio_net_set_link(net, sim_wire_link(net->wire));
	return 0;
}

static uint64_t read_register(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	struct net *net = state;

	/* The other end of the wire may have changed since the last turn. */
	sim_virtio_net_set_link(net, sim_wire_link(net->wire));
	return sim_virtio_read(&net->virtio, bar, offset, width);
}

static void write_register(void *state, unsigned int bar, uint64_t offset, uint64_t value,
			   unsigned int width)
{
	sim_virtio_write(&((struct net *)state)->virtio, bar, offset, value, width);
}

static void config_read(void *state, unsigned int offset, unsigned int bytes)
{
	sim_virtio_config_read(&((struct net *)state)->virtio, offset, bytes);
}

static void config_write(void *state, unsigned int offset, unsigned int bytes)
{
	sim_virtio_config_write(&((struct net *)state)->virtio, offset, bytes);
}

static void reset(void *state)
{
	sim_virtio_reset(&((struct net *)state)->virtio);
}

static bool asserts(void *state)
{
	return sim_virtio_asserts(&((struct net *)state)->virtio);
}

static unsigned int release(struct net *net)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < net->virtio.params.queues; i++) {
		struct sim_virtq *queue = &net->virtio.queues[i];
		unsigned int late = sim_virtq_release(queue);

		if (late)
			sim_virtq_publish(queue);
		done += late;
	}
	return done;
}

static unsigned int run(void *state, unsigned int limit)
{
	struct net *net = state;
	unsigned int done;

	limit = limit ? limit : UINT32_MAX;
	sim_virtio_net_set_link(net, sim_wire_link(net->wire));
	done = sim_wire_poll(net->wire);
	if (!sim_virtio_poll(&net->virtio))
		return done;
	done += release(net);
	done += sim_virtio_net_transmit(net, limit);
	done += sim_virtio_net_control(net);
	return done + sim_virtio_net_receive(net, limit);
}

#define FAULTS                                                                                     \
	(PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DROP) | PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DELAY) |  \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_WRONG_ID) |                                           \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_WRONG_LENGTH) |                                       \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_GARBAGE) |                                            \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_TWICE) | PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_FATAL) | \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_SLOW_RESET) |                                         \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK) |                                              \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_LINK_DOWN) |                                          \
	 PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_HANG))

static const struct padma_sim_shape shape_of_all = {
	.vendor = 0x1af4,
	.device = 0x1041,
	.class_code = CLASS_ETHERNET,
};

const struct padma_sim_model sim_virtio_net_model = {
	.name = "virtio-net",
	.help = "a network device of Virtio",
	.shape = &shape_of_all,
	.keys = keys,
	.state_bytes = sizeof(struct net),
	.faults = FAULTS,
	.create = create,
	.destroy = destroy,
	.read = read_register,
	.write = write_register,
	.run = run,
	.reset = reset,
	.asserts = asserts,
	.config_read = config_read,
	.config_write = config_write,
};
