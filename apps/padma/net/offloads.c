// SPDX-License-Identifier: BSD-3-Clause
/* See offloads.h. */
#include "net/offloads.h"

#include <stdio.h>

#include <padma/net/port.h>

const struct offload_name offload_names[] = {
	{PADMA_OFFLOAD_TX_IP_CSUM, "tx-ip-csum"},
	{PADMA_OFFLOAD_TX_L4_CSUM, "tx-l4-csum"},
	{PADMA_OFFLOAD_TX_TSO4, "tx-tso4"},
	{PADMA_OFFLOAD_TX_TSO6, "tx-tso6"},
	{PADMA_OFFLOAD_TX_VLAN, "tx-vlan"},
	{PADMA_OFFLOAD_TX_CHAINS, "tx-chains"},
	{PADMA_OFFLOAD_RX_CSUM, "rx-csum"},
	{PADMA_OFFLOAD_RX_VLAN, "rx-vlan"},
	{PADMA_OFFLOAD_RX_TSO, "rx-tso"},
	{PADMA_OFFLOAD_RX_HASH, "rx-hash"},
	{PADMA_OFFLOAD_RX_TIMESTAMP, "rx-timestamp"},
	{PADMA_OFFLOAD_RSS, "rss"},
	{0, NULL},
};

const char *offloads_format(uint32_t offloads, char *text, size_t room)
{
	size_t used = 0;

	snprintf(text, room, "none");
	for (const struct offload_name *o = offload_names; o->name && used < room; o++) {
		if (offloads & o->bit)
			used += (size_t)snprintf(text + used, room - used, "%s%s", used ? ", " : "",
						 o->name);
	}
	return text;
}

json_t *offloads_json(uint32_t offloads)
{
	json_t *list = json_array();

	for (const struct offload_name *o = offload_names; o->name; o++) {
		if (offloads & o->bit)
			json_array_append_new(list, json_string(o->name));
	}
	return list;
}
