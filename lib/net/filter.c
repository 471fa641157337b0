// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a port receives, and by which queue: the library keeps what was asked for, and the driver programs it, at
 * once if the port is started, and otherwise when it starts.
 */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "net/filter.h"
#include "net/private.h"

#define MACS_MAX   1024u
#define VLAN_BYTES 512u
#define MULTICAST  0x01u

static bool is_started(const struct padma_port *port)
{
	return port->private_data->started;
}

void padma_port_mac(const struct padma_port *port, uint8_t *mac)
{
	memcpy(mac, port->mac, PADMA_MAC_BYTES);
}

int padma_port_set_mac(struct padma_port *port, const uint8_t *mac)
{
	static const uint8_t zero[PADMA_MAC_BYTES];
	uint8_t former[PADMA_MAC_BYTES];
	int rc = port_usable(port);

	if (rc)
		return rc;
	if (memcmp(mac, zero, PADMA_MAC_BYTES) == 0 || (mac[0] & MULTICAST))
		return fail(-EINVAL, "a port's MAC address is neither zero nor of a group");
	if (!port->ops->set_mac)
		return fail(-ENOTSUP, "the MAC address of %s cannot be changed", port->info.name);
	memcpy(former, port->mac, PADMA_MAC_BYTES);
	memcpy(port->mac, mac, PADMA_MAC_BYTES);
	rc = is_started(port) ? port->ops->set_mac(port) : 0;
	if (rc)
		memcpy(port->mac, former, PADMA_MAC_BYTES);
	return rc;
}

static int copy_macs(struct padma_port_filter *filter, const uint8_t *macs, unsigned int count)
{
	if (count == 0)
		return 0;
	filter->macs = malloc((size_t)count * PADMA_MAC_BYTES);
	if (!filter->macs)
		return fail(-ENOMEM, "no memory for %u MAC addresses", count);
	memcpy(filter->macs, macs, (size_t)count * PADMA_MAC_BYTES);
	filter->count = count;
	return 0;
}

/* A device may have taken a part of what it then refused: it gets the former setting again. */
static void restore(struct padma_port *port, int (*program)(struct padma_port *port))
{
	if (padma_gate_word(&port->gate) & PADMA_GATE_FLAGS)
		return;
	fail_hold();
	(void)program(port);
	(void)fail_release(0);
}

int padma_port_filter(struct padma_port *port, const uint8_t *macs, unsigned int count,
		      bool promiscuous, bool all_multicast)
{
	struct padma_port_filter former = port->filter;
	struct padma_port_filter filter = {.promiscuous = promiscuous,
					   .all_multicast = all_multicast};
	int rc = port_usable(port);

	if (rc)
		return rc;
	if (count > MACS_MAX || (count && !macs))
		return fail(-EINVAL, "%u MAC addresses to filter; give up to %u, or receive all",
			    count, MACS_MAX);
	rc = copy_macs(&filter, macs, count);
	if (rc)
		return rc;
	port->filter = filter;
	rc = is_started(port) && port->ops->filter ? port->ops->filter(port) : 0;
	if (rc) {
		port->filter = former;
		restore(port, port->ops->filter);
	}
	free(rc ? filter.macs : former.macs);
	return rc;
}

int padma_port_vlan_filter(struct padma_port *port, const uint8_t *vlans)
{
	const uint8_t *former = port->vlans;
	uint8_t *copy = NULL;
	int rc = port_usable(port);

	if (rc)
		return rc;
	if (!port->ops->vlan_filter)
		return fail(-ENOTSUP, "%s has no filter for VLANs", port->info.name);
	if (vlans) {
		copy = malloc(VLAN_BYTES);
		if (!copy)
			return fail(-ENOMEM, "no memory for a filter of VLANs");
		memcpy(copy, vlans, VLAN_BYTES);
	}
	port->vlans = copy;
	rc = is_started(port) ? port->ops->vlan_filter(port) : 0;
	if (rc) {
		port->vlans = former;
		restore(port, port->ops->vlan_filter);
	}
	free((void *)(uintptr_t)(rc ? copy : former));
	return rc;
}

/* Microsoft's, which all cards' manuals have. */
static const uint8_t default_key[PADMA_RSS_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static int copy_rss(struct padma_rss *to, const struct padma_rss *from)
{
	size_t bytes = from->entries * sizeof(uint16_t);
	uint16_t *table = malloc(bytes);

	if (!table)
		return fail(-ENOMEM, "no memory for an indirection table of %u", from->entries);
	memcpy(table, from->table, bytes);
	*to = *from;
	to->table = table;
	return 0;
}

void filter_free_rss(struct padma_rss *rss)
{
	free((void *)(uintptr_t)rss->table);
	*rss = (struct padma_rss){0};
}

int filter_default_rss(const struct padma_port *port, unsigned int queues, struct padma_rss *rss)
{
	unsigned int entries = port->info.rss_entries;
	uint16_t *table;

	*rss = (struct padma_rss){0};
	memcpy(rss->key, default_key, sizeof(rss->key));
	if (queues < 2 || !(port->info.offloads & PADMA_OFFLOAD_RSS) || entries == 0)
		return 0;
	table = calloc(entries, sizeof(*table));
	if (!table)
		return fail(-ENOMEM, "no memory for an indirection table of %u", entries);
	for (unsigned int i = 0; i < entries; i++)
		table[i] = (uint16_t)(i % queues);
	rss->types = port->info.rss_types;
	rss->entries = entries;
	rss->table = table;
	return 0;
}

static int check_rss(const struct padma_port *port, const struct padma_rss *rss)
{
	const struct padma_port_info *info = &port->info;

	if (!(port->offloads & PADMA_OFFLOAD_RSS) || !port->ops->rss)
		return fail(-ENOTSUP, "%s does not distribute packets among its queues",
			    info->name);
	if (rss->types & ~info->rss_types)
		return fail(-ENOTSUP, "%s cannot compute hashes of types 0x%x; it can of 0x%x",
			    info->name, rss->types & ~info->rss_types, info->rss_types);
	if (rss->entries != info->rss_entries || !rss->table || rss->entries == 0)
		return fail(-EINVAL, "the indirection table of %s has %u entries, not %u",
			    info->name, info->rss_entries, rss->entries);
	for (unsigned int i = 0; i < rss->entries; i++) {
		if (rss->table[i] >= port->params.rx_queues)
			return fail(-EINVAL,
				    "entry %u of the indirection table is queue %u; %s has %u", i,
				    rss->table[i], info->name, port->params.rx_queues);
	}
	return 0;
}

int padma_port_rss(struct padma_port *port, const struct padma_rss *rss)
{
	struct padma_rss former = port->rss, copy;
	int rc = port_usable(port);

	if (rc == 0)
		rc = check_rss(port, rss);
	if (rc == 0)
		rc = copy_rss(&copy, rss);
	if (rc)
		return rc;
	port->rss = copy;
	rc = is_started(port) ? port->ops->rss(port) : 0;
	if (rc)
		port->rss = former;
	filter_free_rss(rc ? &copy : &former);
	return rc;
}
