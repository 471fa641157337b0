// SPDX-License-Identifier: BSD-3-Clause
/* Filters and the distribution of packets (Virtio 1.2, 5.1.6.5.1 to 5.1.6.5.7). */
#include <string.h>

#include "control.h"
#include "filter.h"
#include "message.h"

/* Addresses of each kind that a table has; with more, everything is received. */
#define TABLE_MOST 512u
#define VLANS	   4096u

_Static_assert(PADMA_RSS_IPV4 == 1 && PADMA_RSS_TCP_IPV4 == 2 && PADMA_RSS_UDP_IPV4 == 4 &&
		       PADMA_RSS_IPV6 == 8 && PADMA_RSS_TCP_IPV6 == 16 && PADMA_RSS_UDP_IPV6 == 32,
	       "the device chooses the hash types (5.1.6.4.3.1)");

int filter_set_mac(struct padma_port *port)
{
	struct net *net = net_of(port);

	if (!has(net, F_CTRL_MAC_ADDR))
		return fail(-ENOTSUP, "%s does not support changing its MAC address",
			    net_name(net));
	return control_command(net, CTRL_MAC, CTRL_MAC_ADDR_SET, port->mac, PADMA_MAC_BYTES);
}

static int set_mode(struct net *net, uint8_t command, bool on)
{
	const uint8_t value = on;

	return control_command(net, CTRL_RX, command, &value, 1);
}

/* The table: a count and addresses, unicast first, then multicast (5.1.6.5.2). */
struct table {
	uint8_t data[2 * (sizeof(uint32_t) + TABLE_MOST * PADMA_MAC_BYTES)];
	size_t bytes;
};

static bool add_macs(struct table *table, const struct padma_port_filter *filter, bool multicast)
{
	size_t at = table->bytes;
	uint32_t count = 0;

	table->bytes += sizeof(count);
	for (unsigned int i = 0; i < filter->count; i++) {
		const uint8_t *mac = filter->macs + (size_t)i * PADMA_MAC_BYTES;

		if ((mac[0] & 1) != multicast)
			continue;
		if (count == TABLE_MOST)
			return false;
		memcpy(table->data + table->bytes, mac, PADMA_MAC_BYTES);
		table->bytes += PADMA_MAC_BYTES;
		count++;
	}
	memcpy(table->data + at, &count, sizeof(count));
	return true;
}

/* One that does not fit is no table at all: the device becomes promiscuous, and more is received than was asked for. */
int filter_set(struct padma_port *port)
{
	const struct padma_port_filter *filter = &port->filter;
	struct net *net = net_of(port);
	struct table table = {.bytes = 0};
	bool fits;
	int rc;

	/* Without filters everything is received. */
	if (!has(net, F_CTRL_RX))
		return 0;
	fits = add_macs(&table, filter, false) && add_macs(&table, filter, true);
	if (!fits)
		memset(&table, 0, sizeof(table));
	if (!fits)
		table.bytes = 2 * sizeof(uint32_t);
	rc = control_command(net, CTRL_MAC, CTRL_MAC_TABLE_SET, table.data, table.bytes);
	if (!rc)
		rc = set_mode(net, CTRL_RX_ALLMULTI, filter->all_multicast);
	if (!rc)
		rc = set_mode(net, CTRL_RX_PROMISC, filter->promiscuous || !fits);
	return rc;
}

static bool has_vlan(const uint8_t *vlans, unsigned int id)
{
	return vlans[id / 8] & 1u << id % 8;
}

/* The identifiers that the device has to add to its list, or to take away. If it refuses one, the others are tried again next time. */
static int change_vlans(struct net *net, bool wanted)
{
	const uint8_t *vlans = net->port.vlans;
	uint16_t ids[VLANS];
	bool accepted[VLANS] = {false};
	unsigned int count = 0;
	int rc;

	for (unsigned int id = 0; id < VLANS; id++) {
		if ((!vlans || has_vlan(vlans, id)) == wanted && has_vlan(net->vlans, id) != wanted)
			ids[count++] = (uint16_t)id;
	}
	if (count == 0)
		return 0;
	rc = control_commands(net, CTRL_VLAN, wanted ? CTRL_VLAN_ADD : CTRL_VLAN_DEL, ids,
			      sizeof(ids[0]), count, accepted);
	for (unsigned int i = 0; i < count; i++) {
		if (accepted[i])
			net->vlans[ids[i] / 8] ^= (uint8_t)(1u << ids[i] % 8);
	}
	return rc;
}

/* The device has a list, of which one is added or taken away by a command (5.1.6.5.3). NULL: all. */
int filter_set_vlans(struct padma_port *port)
{
	struct net *net = net_of(port);
	int rc;

	if (!has(net, F_CTRL_VLAN))
		return port->vlans ? fail(-ENOTSUP, "%s has no VLAN filter", net_name(net)) : 0;
	rc = change_vlans(net, true);
	return rc ? rc : change_vlans(net, false);
}

/* An RSS or a hash configuration, little-endian (5.1.6.5.7). */
struct message {
	uint8_t data[16 + 2 * RSS_ENTRIES_MAX + PADMA_RSS_KEY_BYTES];
	size_t bytes;
};

static void put16(struct message *message, uint16_t value)
{
	memcpy(message->data + message->bytes, &value, sizeof(value));
	message->bytes += sizeof(value);
}

static void put_types(struct message *message, uint32_t types)
{
	memcpy(message->data + message->bytes, &types, sizeof(types));
	message->bytes += sizeof(types);
}

static void put_key(struct message *message, const uint8_t *key)
{
	message->data[message->bytes++] = PADMA_RSS_KEY_BYTES;
	memcpy(message->data + message->bytes, key, PADMA_RSS_KEY_BYTES);
	message->bytes += PADMA_RSS_KEY_BYTES;
}

/* Everything to the first receive queue, of a port that has fewer of them than pairs, and no table. */
static void use_first_queue(const struct net *net, struct padma_rss *rss)
{
	static const uint16_t first[1];

	*rss = (struct padma_rss){.types = net->port.info.rss_types, .entries = 1, .table = first};
	memcpy(rss->key, net->port.rss.key, sizeof(rss->key));
}

int filter_set_rss(struct padma_port *port)
{
	const struct padma_rss *rss = &port->rss;
	struct net *net = net_of(port);
	struct message message = {.bytes = 0};
	struct padma_rss first;

	if (rss->entries == 0) {
		use_first_queue(net, &first);
		rss = &first;
	}
	put_types(&message, rss->types);
	put16(&message, (uint16_t)(rss->entries - 1));
	/* What has no hash goes to the first queue. */
	put16(&message, 0);
	for (unsigned int i = 0; i < rss->entries; i++)
		put16(&message, rss->table[i]);
	put16(&message, (uint16_t)net->pairs);
	put_key(&message, rss->key);
	return control_command(net, CTRL_MQ, CTRL_MQ_RSS_CONFIG, message.data, message.bytes);
}

/* Hashes for one queue. */
static int set_hash(struct net *net)
{
	struct message message = {.bytes = 0};

	put_types(&message, net->port.info.rss_types);
	for (int i = 0; i < 4; i++)
		put16(&message, 0); /* reserved */
	put_key(&message, net->port.rss.key);
	return control_command(net, CTRL_MQ, CTRL_MQ_HASH_CONFIG, message.data, message.bytes);
}

static int set_pairs(struct net *net)
{
	const uint16_t pairs = (uint16_t)net->pairs;

	if (has(net, F_RSS))
		return filter_set_rss(&net->port);
	if (has(net, F_HASH_REPORT)) {
		int rc = set_hash(net);

		if (rc)
			return rc;
	}
	if (!has(net, F_MQ))
		return 0;
	return control_command(net, CTRL_MQ, CTRL_MQ_PAIRS_SET, &pairs, sizeof(pairs));
}

/* All that were negotiated are on after a reset (5.1.6.5.6); set again, in case the device disagrees. */
static int set_offloads(struct net *net)
{
	const unsigned int bits[] = {F_GUEST_CSUM, F_GUEST_TSO4, F_GUEST_TSO6, F_GUEST_ECN};
	uint64_t offloads = 0;

	if (!has(net, F_CTRL_GUEST_OFFLOADS))
		return 0;
	for (unsigned int i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		offloads |= has(net, bits[i]) ? PADMA_VIRTIO_BIT(bits[i]) : 0;
	return control_command(net, CTRL_OFFLOADS, CTRL_OFFLOADS_SET, &offloads, sizeof(offloads));
}

int filter_start(struct net *net)
{
	struct padma_port *port = &net->port;
	int rc = 0;

	memset(net->vlans, 0, sizeof(net->vlans));
	if (memcmp(port->mac, port->info.mac, PADMA_MAC_BYTES) != 0)
		rc = filter_set_mac(port);
	if (!rc)
		rc = filter_set(port);
	if (!rc)
		rc = filter_set_vlans(port);
	if (!rc)
		rc = set_offloads(net);
	return rc ? rc : set_pairs(net);
}
