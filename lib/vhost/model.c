// SPDX-License-Identifier: BSD-3-Clause
/* The device as a model: its keys, its registers, and what happens at its end. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <string.h>

#include "vhost/link.h"
#include "vhost/memory.h"
#include "vhost/net.h"

#define CLASS_ETHERNET 0x020000u
#define ENTRIES_MAX    32768u
#define TIMEOUT_MS     5000u
#define TIMEOUT_MS_MAX 600000u
#define MTU_MIN	       68u
#define MAC_TEXT       17u
/* For the link to become gone, once it is broken: what a peer takes to close its side. */
#define GONE_MS	       500u

static const struct padma_sim_shape shape;

#define NUMBER(key, field, least, most, usual, text)                                               \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_NUMBER,                                       \
		.offset = offsetof(struct vhost_net, keys.field), .min = (least), .max = (most),   \
		.initial = (usual), .help = (text)                                                 \
	}

static const struct padma_sim_key keys[] = {
	{.name = "server",
	 .type = PADMA_SIM_KEY_FLAG,
	 .offset = offsetof(struct vhost_net, keys.server),
	 .help = "create the socket and wait for the process to connect"},
	NUMBER("timeout", timeout_ms, 1, TIMEOUT_MS_MAX, TIMEOUT_MS,
	       "milliseconds to wait for the process, and for each of its replies"),
	NUMBER("queues", queues, 1, VHOST_VRINGS_MAX / 2, 1, "pairs of queues"),
	NUMBER("entries", entries, 2, ENTRIES_MAX, 4096, "the most descriptors of a queue"),
	NUMBER("mtu", mtu, MTU_MIN, UINT16_MAX, 0, "the MTU that is announced to both sides"),
	NUMBER("features", features, 0, UINT64_MAX, UINT64_MAX,
	       "offer no feature bits other than these"),
	{.name = "mac",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = offsetof(struct vhost_net, keys.mac),
	 .min = MAC_TEXT,
	 .max = MAC_TEXT,
	 .help = "MAC address; default: that of the process, or a random one"},
	{.name = "packed",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = offsetof(struct vhost_net, keys.packed),
	 .min = 2,
	 .max = 3,
	 .help = "off: do not offer packed rings; on: fail without them"},
	{.name = NULL},
};

static struct vhost_net *net_of(struct sim_virtio *virtio)
{
	return container_of(virtio, struct vhost_net, virtio);
}

static bool is_up(const struct vhost_net *net)
{
	return vhost_link_state(net->link) == VHOST_LINK_UP;
}

static bool accept_features(struct sim_virtio *virtio, uint64_t features)
{
	struct vhost_net *net = net_of(virtio);

	/* 5.1.2 */
	net->many = features & VIRTIO_BIT(NET_MQ);
	virtio->control = net->many ? 2 * net->pairs : 2;
	return !(features & VIRTIO_BIT(NET_MQ)) || features & VIRTIO_BIT(NET_CTRL_VQ);
}

/* As soon as the driver is ready and may master the bus, whichever comes last. */
static void start(struct vhost_net *net)
{
	if (net->started || net->halted || !net->device->bus.master ||
	    !sim_virtio_is_running(&net->virtio))
		return;
	if (vhost_net_start(net) == 0)
		return;
	log_warning("%s: the device does not start: %s", net->function->name, padma_last_error());
	sim_virtio_need_reset(&net->virtio);
}

static void ready(struct sim_virtio *virtio)
{
	start(net_of(virtio));
}

static bool stops(struct sim_virtio *virtio)
{
	return vhost_net_stop(net_of(virtio)) == 0;
}

static void reset_done(struct sim_virtio *virtio)
{
	struct vhost_net *net = net_of(virtio);

	net->active_pairs = 1;
	net->many = false;
	net->halted = false;
}

static void notified(struct sim_virtio *virtio, unsigned int index)
{
	struct vhost_net *net = net_of(virtio);

	if (net->has_control && index == virtio->control)
		vhost_net_control(net);
	else
		vhost_ring_kick(&net->rings, index);
}

/* Virtio 1.2, 5.1.4. The device checks no driver: fields are what they are. */
static unsigned int field_bytes(struct sim_virtio *virtio, unsigned int offset, uint64_t *feature)
{
	(void)virtio;
	*feature = 0;
	if (offset < 6 || offset == 16 || offset == 17)
		return 1;
	return offset == 12 || offset == 20 ? 4 : 2;
}

static const struct sim_virtio_ops ops = {
	.accept = accept_features,
	.ready = ready,
	.stops = stops,
	.reset = reset_done,
	.notified = notified,
	.field_bytes = field_bytes,
};

static void gone(void *ctx)
{
	struct vhost_net *net = ctx;

	sim_device_remove(net->device, UINT64_MAX);
}

static void ring_error(void *ctx)
{
	struct vhost_net *net = ctx;

	log_warning("%s: the process that serves it reports an error of a queue",
		    net->function->name);
	sim_device_lock(net->device);
	sim_virtio_need_reset(&net->virtio);
	sim_device_unlock(net->device);
}

static int connect_to(struct vhost_net *net)
{
	const struct vhost_link_params params = {
		.name = net->function->name,
		.path = net->path,
		.server = net->keys.server,
		.timeout_ms = (unsigned int)net->keys.timeout_ms,
		.gone = gone,
		.ring_error = ring_error,
		.ctx = net,
	};

	return vhost_link_open(&params, &net->link);
}

static int open_virtio(struct vhost_net *net, struct padma_sim_shape *shown)
{
	struct sim_virtio_params params = {
		.ops = &ops,
		.type = VIRTIO_TYPE_NET,
		.class_code = CLASS_ETHERNET,
		.queues = 2 * net->pairs,
		.queue_entries = (uint32_t)net->keys.entries,
		.config = net->config,
		.config_bytes = sizeof(net->config),
		.called = true,
	};
	int rc = vhost_net_offer(net, &params.features);

	params.queues = 2 * net->pairs + net->has_control;
	params.vectors = params.queues + 1;
	return rc ? rc : sim_virtio_open(&net->virtio, net->function, shown, &params);
}

static int create(void *state, struct padma_sim_function *function, struct padma_sim_shape *shown)
{
	struct vhost_net *net = state;
	int rc;

	net->function = function;
	net->active_pairs = 1;
	rc = connect_to(net);
	if (rc)
		return rc;
	rc = open_virtio(net, shown);
	if (rc) {
		vhost_link_close(net->link);
		return rc;
	}
	vhost_rings_init(&net->rings, net->link, net->memory);
	net->device->head.link =
		(struct space_device){.kind = SPACE_DEVICE_VHOST, .fd = -1, .context = net->link};
	return 0;
}

static void destroy(void *state)
{
	struct vhost_net *net = state;

	vhost_link_close(net->link);
	vhost_rings_close(&net->rings);
	sim_virtio_close(&net->virtio);
}

int vhost_net_watch(struct padma_device *device)
{
	struct vhost_net *net = sim_device_of(device)->state;
	int rc = vhost_link_start(net->link);

	if (rc)
		device->ops->close(device);
	return rc;
}

/* All ones, as of a function that does not answer, until it is known to be gone. */
static uint64_t read_register(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	struct vhost_net *net = state;

	return is_up(net) ? sim_virtio_read(&net->virtio, bar, offset, width) : UINT64_MAX;
}

static void write_register(void *state, unsigned int bar, uint64_t offset, uint64_t value,
			   unsigned int width)
{
	struct vhost_net *net = state;

	if (!is_up(net))
		return;
	sim_virtio_write(&net->virtio, bar, offset, value, width);
	/* It may have been the vector of a queue. */
	if (offset < COMMON_BYTES && net->started)
		vhost_net_update_calls(net, false);
}

/* What the back end cannot be stopped for goes on: bus mastering reads as on then. */
static void reset(void *state)
{
	struct vhost_net *net = state;

	if (vhost_net_stop(net) == 0)
		sim_virtio_reset(&net->virtio);
}

static bool asserts(void *state)
{
	const struct vhost_net *net = state;

	return sim_virtio_asserts(&net->virtio);
}

static void config_read(void *state, unsigned int offset, unsigned int bytes)
{
	struct vhost_net *net = state;

	if (is_up(net))
		sim_virtio_config_read(&net->virtio, offset, bytes);
}

static void config_write(void *state, unsigned int offset, unsigned int bytes)
{
	struct vhost_net *net = state;

	if (is_up(net))
		sim_virtio_config_write(&net->virtio, offset, bytes);
}

const struct padma_sim_model vhost_net_model = {
	.name = "vhost-user",
	.help = "a virtio network device that another process serves, at the socket PATH",
	.shape = &shape,
	.keys = keys,
	.state_bytes = sizeof(struct vhost_net),
	.create = create,
	.destroy = destroy,
	.read = read_register,
	.write = write_register,
	.reset = reset,
	.asserts = asserts,
	.config_read = config_read,
	.config_write = config_write,
};

static void prepare(void *state, void *ctx, struct padma_device *head)
{
	const struct vhost_net_source *source = ctx;
	struct vhost_net *net = state;

	net->device = container_of(head, struct sim_device, head);
	net->memory = source->memory;
	net->path = source->path;
}

static void mastering_on(void *state)
{
	start(state);
}

static int mastering_off(void *state)
{
	struct vhost_net *net = state;
	bool was = net->started;
	int rc = vhost_net_stop(net);

	if (rc == 0 && was)
		net->halted = true;
	return rc;
}

static void interrupts(void *state, const struct pci_function *pci)
{
	struct vhost_net *net = state;

	(void)pci;
	if (net->started && is_up(net))
		vhost_net_update_calls(net, true);
}

static void waits(void *state)
{
	const struct vhost_net *net = state;

	if (vhost_link_state(net->link) == VHOST_LINK_BROKEN)
		(void)vhost_link_wait_gone(net->link, GONE_MS);
}

const struct sim_hooks vhost_net_hooks = {
	.prepare = prepare,
	.start = mastering_on,
	.stop = mastering_off,
	.interrupts = interrupts,
	.waits = waits,
};
