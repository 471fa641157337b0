// SPDX-License-Identifier: BSD-3-Clause
/* Commands of the control queue (Virtio 1.2, 5.1.6.5). */
#include <inttypes.h>
#include <string.h>

#include "net.h"

#define F(n)	      VIRTIO_BIT(n)
#define COMMAND_BYTES 16384u
#define RSS_FIXED     8u  /* before the indirection table */
#define HASH_FIXED    12u /* of the other command: hash types and what is reserved */

/* A command, as far as it was understood. */
struct command {
	uint8_t class, code;
	const uint8_t *data;
	uint32_t bytes;
};

/* The driver may not give this command: recorded. ACK_ERR. */
static uint8_t refuse(struct net *net, const struct command *command, const char *why)
{
	padma_sim_driver_error(net->function, "command %u.%u of %u bytes %s", command->class,
			       command->code, command->bytes, why);
	return ACK_ERR;
}

static uint8_t set_mode(struct net *net, const struct command *command)
{
	unsigned int feature = command->code <= CTRL_RX_ALLMULTI ? NET_CTRL_RX : NET_CTRL_RX_EXTRA;

	if (command->code > CTRL_RX_NOBCAST)
		return refuse(net, command, "does not exist");
	if (!net_has(net, feature))
		return refuse(net, command, "needs a feature that was not accepted");
	if (command->bytes != 1 || command->data[0] > 1)
		return refuse(net, command, "is not one byte, 0 or 1");
	net->filter.modes[command->code] = command->data[0];
	return ACK_OK;
}

/* One of the two tables at *@at; *@at is moved behind it. The addresses go behind the @before ones that are there. */
static bool take_macs(struct net_filter *filter, const struct command *command, uint32_t *at,
		      unsigned int before, bool multicast, unsigned int *count)
{
	uint32_t entries;

	if (command->bytes - *at < 4)
		return false;
	entries = net_get32(command->data + *at);
	*at += 4;
	if (entries > (command->bytes - *at) / MAC_BYTES)
		return false;
	for (uint32_t i = 0; i < entries; i++) {
		if ((command->data[*at + i * MAC_BYTES] & 1) != multicast)
			return false;
	}
	*count = entries;
	if (before + entries <= FILTER_MACS)
		memcpy(filter->macs[before], command->data + *at, entries * (size_t)MAC_BYTES);
	*at += entries * MAC_BYTES;
	return true;
}

static uint8_t set_table(struct net *net, const struct command *command)
{
	struct net_filter filter = net->filter;
	uint32_t at = 0;

	if (!take_macs(&filter, command, &at, 0, false, &filter.unicast) ||
	    !take_macs(&filter, command, &at, filter.unicast, true, &filter.multicast) ||
	    at != command->bytes)
		return refuse(net, command,
			      "is not a table of unicast and one of multicast addresses");
	/* More than it has room for: nothing was changed. */
	if (filter.unicast + filter.multicast > FILTER_MACS)
		return ACK_ERR;
	net->filter = filter;
	return ACK_OK;
}

static uint8_t set_mac(struct net *net, const struct command *command)
{
	if (command->code == CTRL_MAC_TABLE_SET) {
		if (!net_has(net, NET_CTRL_RX))
			return refuse(net, command, "needs a feature that was not accepted");
		return set_table(net, command);
	}
	if (command->code != CTRL_MAC_ADDR_SET)
		return refuse(net, command, "does not exist");
	if (!net_has(net, NET_CTRL_MAC_ADDR))
		return refuse(net, command, "needs a feature that was not accepted");
	if (command->bytes != MAC_BYTES || command->data[0] & 1)
		return refuse(net, command, "is not a unicast address");
	memcpy(net->config + CONFIG_MAC, command->data, MAC_BYTES);
	return ACK_OK;
}

static uint8_t set_vlan(struct net *net, const struct command *command)
{
	unsigned int vlan;

	if (command->code > CTRL_VLAN_DEL)
		return refuse(net, command, "does not exist");
	if (!net_has(net, NET_CTRL_VLAN))
		return refuse(net, command, "needs a feature that was not accepted");
	vlan = command->bytes == 2 ? net_get16(command->data) : VLANS;
	if (vlan >= VLANS)
		return refuse(net, command, "is not a VLAN");
	if (command->code == CTRL_VLAN_ADD)
		net->filter.vlans[vlan / 8] |= (uint8_t)(1u << vlan % 8);
	else
		net->filter.vlans[vlan / 8] &= (uint8_t) ~(1u << vlan % 8);
	return ACK_OK;
}

static uint8_t acknowledge(struct net *net, const struct command *command)
{
	if (command->code != CTRL_ANNOUNCE_ACK || command->bytes)
		return refuse(net, command, "does not exist");
	if (!net_has(net, NET_GUEST_ANNOUNCE))
		return refuse(net, command, "needs a feature that was not accepted");
	net->config[CONFIG_STATUS] &= (uint8_t)~LINK_ANNOUNCE;
	return ACK_OK;
}

static bool are_enabled(const struct net *net, unsigned int pairs)
{
	for (unsigned int i = 0; i < 2 * pairs; i++) {
		if (!net->virtio.queues[i].enabled)
			return false;
	}
	return true;
}

static uint8_t set_pairs(struct net *net, const struct command *command)
{
	unsigned int pairs = command->bytes == 2 ? net_get16(command->data) : 0;

	if (!net_has(net, NET_MQ))
		return refuse(net, command, "needs a feature that was not accepted");
	if (pairs == 0 || pairs > net_pairs_max(net))
		return refuse(net, command, "is not a number of queue pairs that there are");
	if (!are_enabled(net, pairs))
		return refuse(net, command, "is for queues that are not enabled");
	/* What was queued before the command is still sent. */
	sim_virtio_net_transmit(net, UINT32_MAX);
	net->pairs = pairs;
	net->rss.steers = false;
	memset(net->flows, 0, sizeof(net->flows));
	net->has_next = false;
	return ACK_OK;
}

/* A key at @at, with its length before it, up to the end of the command. */
static bool take_key(struct net_rss *rss, const struct command *command, uint32_t at)
{
	unsigned int bytes = at < command->bytes ? command->data[at] : 0;

	if (at >= command->bytes || bytes > RSS_KEY_BYTES || at + 1 + bytes != command->bytes)
		return false;
	memset(rss->key, 0, sizeof(rss->key));
	memcpy(rss->key, command->data + at + 1, bytes);
	return true;
}

static bool is_receive_queue(const struct net *net, unsigned int number)
{
	return number < net_pairs_max(net) && net->virtio.queues[2 * number].enabled;
}

static uint8_t set_rss(struct net *net, const struct command *command)
{
	struct net_rss rss = {.steers = true};
	uint32_t at = RSS_FIXED;
	unsigned int entries, pairs;

	if (!net_has(net, NET_RSS))
		return refuse(net, command, "needs a feature that was not accepted");
	if (command->bytes < RSS_FIXED)
		return refuse(net, command, "is too short");
	rss.types = net_get32(command->data);
	rss.mask = net_get16(command->data + 4);
	rss.unclassified = net_get16(command->data + 6);
	entries = rss.mask + 1u;
	if (rss.types & ~HASH_TYPES)
		return refuse(net, command, "has hash types that are not supported");
	if (entries > RSS_TABLE_ENTRIES || !is_power_of_two(entries) ||
	    command->bytes < at + 2 * entries + 3)
		return refuse(net, command, "has a table of another length");
	for (unsigned int i = 0; i < entries; i++, at += 2) {
		rss.table[i] = net_get16(command->data + at);
		if (!is_receive_queue(net, rss.table[i]))
			return refuse(net, command, "names a queue that is not enabled");
	}
	pairs = net_get16(command->data + at);
	if (!is_receive_queue(net, rss.unclassified) || pairs == 0 || pairs > net_pairs_max(net))
		return refuse(net, command, "names a queue that is not enabled");
	if (!take_key(&rss, command, at + 2))
		return refuse(net, command, "has a key of another length");
	sim_virtio_net_transmit(net, UINT32_MAX);
	net->rss = rss;
	net->pairs = pairs;
	net->has_next = false;
	return ACK_OK;
}

static uint8_t set_hash(struct net *net, const struct command *command)
{
	static const uint8_t zeros[8] = {0};
	struct net_rss rss = net->rss;

	if (!net_has(net, NET_HASH_REPORT))
		return refuse(net, command, "needs a feature that was not accepted");
	if (command->bytes < HASH_FIXED || memcmp(command->data + 4, zeros, sizeof(zeros)) != 0)
		return refuse(net, command, "is too short, or what is reserved is not 0");
	rss.types = net_get32(command->data);
	rss.steers = false;
	if (rss.types & ~HASH_TYPES)
		return refuse(net, command, "has hash types that are not supported");
	if (!take_key(&rss, command, HASH_FIXED))
		return refuse(net, command, "has a key of another length");
	net->rss = rss;
	net->has_next = false;
	return ACK_OK;
}

static uint8_t set_queues(struct net *net, const struct command *command)
{
	switch (command->code) {
	case CTRL_MQ_PAIRS_SET:
		return set_pairs(net, command);
	case CTRL_MQ_RSS_CONFIG:
		return set_rss(net, command);
	case CTRL_MQ_HASH_CONFIG:
		return set_hash(net, command);
	default:
		return refuse(net, command, "does not exist");
	}
}

static uint8_t set_offloads(struct net *net, const struct command *command)
{
	uint64_t offloads;

	if (command->code != CTRL_OFFLOADS_SET || command->bytes != 8)
		return refuse(net, command, "does not exist");
	if (!net_has(net, NET_CTRL_GUEST_OFFLOADS))
		return refuse(net, command, "needs a feature that was not accepted");
	offloads = net_get32(command->data) | (uint64_t)net_get32(command->data + 4) << 32;
	if (offloads & ~net->virtio.accepted)
		return refuse(net, command, "turns on what was not accepted");
	net->offloads = offloads;
	sim_virtio_net_set_receiver(net, true);
	return ACK_OK;
}

static uint8_t execute(struct net *net, const struct command *command)
{
	switch (command->class) {
	case CTRL_RX:
		return set_mode(net, command);
	case CTRL_MAC:
		return set_mac(net, command);
	case CTRL_VLAN:
		return set_vlan(net, command);
	case CTRL_ANNOUNCE:
		return acknowledge(net, command);
	case CTRL_MQ:
		return set_queues(net, command);
	case CTRL_OFFLOADS:
		return set_offloads(net, command);
	default:
		return refuse(net, command, "does not exist");
	}
}

/* One command: how many bytes were written. */
static uint32_t serve(struct net *net, struct sim_virtq *queue,
		      const struct sim_virtq_buffer *buffer)
{
	uint8_t bytes[COMMAND_BYTES], ack;
	struct command command = {.bytes = (uint32_t)buffer->readable_bytes};

	if (buffer->readable_bytes < 2 || buffer->readable_bytes > sizeof(bytes) ||
	    buffer->writable_bytes < 1) {
		padma_sim_driver_error(net->function,
				       "a command of %" PRIu64 " bytes, with %" PRIu64
				       " for the answer",
				       buffer->readable_bytes, buffer->writable_bytes);
		return 0;
	}
	if (!sim_virtq_read(queue, buffer, 0, bytes, command.bytes))
		return 0;
	command.class = bytes[0];
	command.code = bytes[1];
	command.data = bytes + 2;
	command.bytes -= 2;
	ack = execute(net, &command);
	return sim_virtq_write(queue, buffer, 0, &ack, 1) ? 1 : 0;
}

unsigned int sim_virtio_net_control(struct net *net)
{
	struct sim_virtq *queue = &net->virtio.queues[net->virtio.control];
	struct sim_virtq_buffer buffer;
	unsigned int done = 0;

	if (!net_has(net, NET_CTRL_VQ))
		return 0;
	while (sim_virtq_take(queue, &buffer) > 0) {
		sim_virtq_put(queue, &buffer, serve(net, queue, &buffer));
		done++;
	}
	sim_virtq_publish(queue);
	return done;
}
