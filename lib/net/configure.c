// SPDX-License-Identifier: BSD-3-Clause
/* Configuring a port: defaults, what the device cannot, what the processor does instead. */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdlib.h>

#include <padma/params.h>

#include "net/filter.h"
#include "net/irq.h"
#include "net/private.h"

#define DEFAULT_DEPTH	      512u
#define DEFAULT_TX_TIMEOUT_NS 5000000000ull
#define MTU_MIN		      68u

/* Offloads without a software version. */
#define DEVICE_ONLY	      (PADMA_OFFLOAD_RX_TSO | PADMA_OFFLOAD_RX_HASH | PADMA_OFFLOAD_RSS)
#define KNOWN                                                                                      \
	(PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM | PADMA_OFFLOAD_TX_TSO4 |             \
	 PADMA_OFFLOAD_TX_TSO6 | PADMA_OFFLOAD_TX_VLAN | PADMA_OFFLOAD_TX_CHAINS |                 \
	 PADMA_OFFLOAD_RX_CSUM | PADMA_OFFLOAD_RX_VLAN | PADMA_OFFLOAD_RX_TIMESTAMP | DEVICE_ONLY)

static bool is_depth(const struct padma_port_info *info, uint32_t depth)
{
	if (info->depth_step == 0)
		return is_power_of_two(depth);
	return depth != 0 && depth % info->depth_step == 0;
}

static uint32_t default_depth(const struct padma_port_info *info)
{
	uint32_t depth = info->depth_max < DEFAULT_DEPTH ? info->depth_max : DEFAULT_DEPTH;

	while (depth > 1 && !is_depth(info, depth))
		depth--;
	return depth;
}

static void fill_in(const struct padma_port_info *info, struct padma_port_params *params)
{
	if (!params->rx_queues)
		params->rx_queues = 1;
	if (!params->tx_queues)
		params->tx_queues = params->rx_queues;
	if (!params->rx_depth)
		params->rx_depth = default_depth(info);
	if (!params->tx_depth)
		params->tx_depth = default_depth(info);
	if (!params->mtu)
		params->mtu = info->mtu;
	if (!params->tx_timeout_ns)
		params->tx_timeout_ns = DEFAULT_TX_TIMEOUT_NS;
}

static int check_depth(const struct padma_port_info *info, const char *what, uint32_t depth)
{
	if (depth <= info->depth_max && is_depth(info, depth))
		return 0;
	if (info->depth_step == 0)
		return fail(-EINVAL, "%s: a depth of %u for %s; give a power of two up to %u",
			    info->name, depth, what, info->depth_max);
	return fail(-EINVAL, "%s: a depth of %u for %s; give a multiple of %u up to %u", info->name,
		    depth, what, info->depth_step, info->depth_max);
}

static int check_sizes(const struct padma_port_info *info, const struct padma_port_params *params)
{
	int rc;

	if (params->rx_queues > info->rx_queues || params->tx_queues > info->tx_queues)
		return fail(-EINVAL,
			    "%s has up to %u receive and %u transmit queues; not %u and %u",
			    info->name, info->rx_queues, info->tx_queues, params->rx_queues,
			    params->tx_queues);
	if (params->mtu < MTU_MIN || params->mtu > info->mtu_max)
		return fail(-EINVAL, "%s has an MTU of %u to %u; not %u", info->name, MTU_MIN,
			    info->mtu_max, params->mtu);
	rc = check_depth(info, "receive rings", params->rx_depth);
	return rc ? rc : check_depth(info, "transmit rings", params->tx_depth);
}

static int check_offloads(const struct padma_port *port, const struct padma_port_params *params)
{
	uint32_t has = port->info.offloads & ~params->without, asked = params->offloads;

	if (asked & ~KNOWN)
		return fail(-EINVAL, "%s: 0x%x are no offloads", port->info.name, asked & ~KNOWN);
	if (asked & DEVICE_ONLY & ~has)
		return fail(-ENOTSUP,
			    "%s does not do the offloads 0x%x, nor does the processor for it: "
			    "see padma_port_info()",
			    port->info.name, asked & DEVICE_ONLY & ~has);
	if (params->interrupts && !port->ops->rx_arm)
		return fail(-ENOTSUP, "the driver of %s has no interrupts", port->info.name);
	return 0;
}

/* The part of a port that its driver looks at while it is configured, and that goes back if it fails. */
struct former {
	uint32_t offloads;
	struct padma_rss rss;
	struct irq_setup irq;
	uint32_t room_bytes;
};

static int set_up(struct padma_port *port, const struct padma_port_params *params,
		  struct former *former)
{
	uint32_t wanted = PADMA_OFFLOAD_TX | params->offloads;
	struct padma_rss rss;
	int rc = irq_setup(port, params->rx_queues, params->interrupts, &former->irq);

	if (rc)
		return rc;
	rc = filter_default_rss(port, params->without & PADMA_OFFLOAD_RSS ? 1 : params->rx_queues,
				&rss);
	if (rc) {
		irq_undo(port, &former->irq);
		return rc;
	}
	former->offloads = port->offloads;
	former->rss = port->rss;
	former->room_bytes = port->info.room_bytes;
	if (rss.entries)
		wanted |= PADMA_OFFLOAD_RSS;
	port->offloads = port->info.offloads & ~params->without & wanted;
	/* Who cuts computes the sums of what is cut. */
	if (!(port->offloads & PADMA_OFFLOAD_TX_L4_CSUM))
		port->offloads &= ~(PADMA_OFFLOAD_TX_TSO4 | PADMA_OFFLOAD_TX_TSO6);
	port->rss = rss;
	return 0;
}

static void undo(struct padma_port *port, struct former *former)
{
	filter_free_rss(&port->rss);
	port->rss = former->rss;
	port->offloads = former->offloads;
	port->info.room_bytes = former->room_bytes;
	irq_undo(port, &former->irq);
}

static void keep(struct padma_port *port, const struct padma_port_params *params,
		 struct former *former)
{
	filter_free_rss(&former->rss);
	irq_keep(port, &former->irq);
	port->params = *params;
	port->filter.promiscuous = params->promiscuous;
	port->filter.all_multicast = params->all_multicast;
	port->private_data->configured = true;
}

static int check_idle(const struct padma_port *port)
{
	if (port->private_data->started || port->private_data->running)
		return fail(-EBUSY, "%s is started; stop it to configure it", port->info.name);
	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i] || port->tx[i])
			return fail(-EBUSY,
				    "%s: queue %u is open; close all queues to configure the port",
				    port->info.name, i);
	}
	return port_usable(port);
}

int padma_port_configure_sized(struct padma_port *port, size_t params_bytes,
			       const struct padma_port_params *given)
{
	struct padma_port_params params;
	struct former former;
	int rc = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (rc == 0)
		rc = check_idle(port);
	if (rc)
		return rc;
	fill_in(&port->info, &params);
	rc = check_sizes(&port->info, &params);
	if (rc == 0)
		rc = check_offloads(port, &params);
	if (rc == 0)
		rc = set_up(port, &params, &former);
	if (rc)
		return rc;
	rc = port->ops->configure(port, &params);
	if (rc)
		undo(port, &former);
	else
		keep(port, &params, &former);
	return rc;
}
