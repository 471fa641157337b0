// SPDX-License-Identifier: BSD-3-Clause
/* padma net info: what a port is and can do, and which features of the device are not used, and why. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/json.h"
#include "net/address.h"
#include "net/extended.h"
#include "net/offloads.h"
#include "net/port_option.h"
#include "net/session.h"

#define LINK_NS 500000000u /* a link may take some time to come up */

struct findings {
	struct padma_port_link link;
	struct padma_port_feature *features;
	int feature_count;
};

static json_t *features_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (int i = 0; i < findings->feature_count; i++) {
		const struct padma_port_feature *f = &findings->features[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:b, s:b, s:o}", "name", json_text(f->name),
						"offered", f->offered, "used", f->used, "reason",
						json_text_or_null(f->reason)));
	}
	return list;
}

static json_t *limits_json(const struct padma_port_info *info)
{
	return json_pack("{s:i, s:i, s:I, s:I, s:i, s:i, s:I, s:i, s:i}", "rx_queues",
			 (int)info->rx_queues, "tx_queues", (int)info->tx_queues, "depth_max",
			 (json_int_t)info->depth_max, "depth_step", (json_int_t)info->depth_step,
			 "segments_max", (int)info->segments_max, "mtu_max", (int)info->mtu_max,
			 "room_bytes", (json_int_t)info->room_bytes, "macs", (int)info->macs,
			 "rss_entries", (int)info->rss_entries);
}

static json_t *to_json(const struct net_session *session, const struct findings *findings)
{
	const struct padma_port_info *info = &session->info;
	const struct padma_port_link *link = &findings->link;
	char mac[MAC_TEXT_BYTES];

	return backend_json(
		json_pack("{s:o, s:s, s:s, s:i, s:o, s:o, s:{s:b, s:b, s:I}, s:s, s:i, s:o}",
			  "name", json_text(info->name), "driver", info->driver, "mac",
			  mac_address_format(info->mac, mac), "mtu", (int)info->mtu, "limits",
			  limits_json(info), "offloads", offloads_json(info->offloads), "link",
			  "up", link->up, "full_duplex", link->full_duplex, "mbit",
			  (json_int_t)link->mbit, "interrupts",
			  padma_irq_kind_name(padma_device_irq_kind(session->device)), "vectors",
			  (int)padma_device_irq_count(session->device), "features",
			  features_json(findings)),
		&session->backend);
}

static void print_features(const struct findings *findings)
{
	if (findings->feature_count)
		puts("  features with all offloads and one pair of queues");
	for (int i = 0; i < findings->feature_count; i++) {
		const struct padma_port_feature *f = &findings->features[i];
		const char *state = f->used ? "in use" : f->offered ? "not used" : "not offered";

		/* "not offered" is also the reason of what would have been used. */
		if (*f->reason && strcmp(f->reason, state) != 0)
			printf("    %-24s %-12s %s\n", f->name, state, f->reason);
		else
			printf("    %-24s %s\n", f->name, state);
	}
}

static void print_limits(const struct padma_port_info *info)
{
	printf("  MTU         %u, at most %u\n", info->mtu, info->mtu_max);
	printf("  queues      %u receive, %u transmit; ", info->rx_queues, info->tx_queues);
	if (info->depth_step)
		printf("rings of multiples of %" PRIu32 " up to %" PRIu32 " descriptors\n",
		       info->depth_step, info->depth_max);
	else
		printf("rings of powers of two up to %" PRIu32 " descriptors\n", info->depth_max);
	printf("  transmit    up to %u segment%s per packet\n", info->segments_max,
	       info->segments_max == 1 ? "" : "s");
	printf("  receive     packets with room for at least %" PRIu32 " bytes\n",
	       info->room_bytes);
	printf("  filter      %u further unicast and multicast addresses\n", info->macs);
	if (info->rss_entries)
		printf("  RSS         %u entries\n", info->rss_entries);
}

static int print_text(const struct net_session *session, const struct findings *findings)
{
	const struct padma_port_info *info = &session->info;
	char mac[MAC_TEXT_BYTES], text[256];

	printf("%s: %s, %s\n", info->name, info->driver, mac_address_format(info->mac, mac));
	backend_print("  backend     ", &session->backend);
	if (!findings->link.up)
		puts("  link        down");
	else if (findings->link.mbit)
		printf("  link        up, %" PRIu32 " Mbit/s\n", findings->link.mbit);
	else
		puts("  link        up");
	print_limits(info);
	printf("  offloads    %s\n", offloads_format(info->offloads, text, sizeof(text)));
	printf("  interrupts  %s, %u vector%s\n",
	       padma_irq_kind_name(padma_device_irq_kind(session->device)),
	       padma_device_irq_count(session->device),
	       padma_device_irq_count(session->device) == 1 ? "" : "s");
	print_features(findings);
	return command_finish_output();
}

/* The port is started: before that devices have no link, and features are not negotiated. */
static int show(struct net_session *session, bool json)
{
	const struct padma_port_params params = {.offloads =
							 session->info.offloads & PADMA_OFFLOAD_RX};
	struct findings findings = {0};
	int status = net_session_start(session, &params);

	if (status)
		return status;
	(void)net_session_wait_link(session, LINK_NS, &findings.link);
	findings.feature_count = extended_features(session->port, &findings.features);
	if (findings.feature_count < 0)
		return EXIT_FAILURE;
	status = json ? json_print(to_json(session, &findings)) : print_text(session, &findings);
	free(findings.features);
	return status;
}

int net_info_command(int argc, char **argv)
{
	static const struct argp_option rows[] = {PORT_OPTION_ROW, {0}};
	static const struct argp argp = {
		.options = rows,
		.parser = port_option_parse,
		.args_doc = "PORT",
		.doc = "Show a port's limits, offloads and link, and for each feature of "
		       "the device whether it is used, and if not, why. Resets the device.",
		.children = command_backend};
	struct port_option option = {0};
	struct net_session session;
	int status;

	command_parse(&argp, argc, argv, &option);
	status = net_session_open(&session, option.name);
	return status ? status : net_session_close(&session, show(&session, option.json));
}
