// SPDX-License-Identifier: BSD-3-Clause
/*
 * icmpecho: answer ARP, ICMP echo, neighbour solicitation and ICMPv6 echo for the addresses of --ip; everything else
 * is dropped. Answers leave by the port that the topology says: --port-topology loop is the default of this mode.
 */
#include "net/test/modes/echo.h"

#include "net/test/test.h"

static struct echo_host host_of(const struct test_stream *stream)
{
	const struct test_options *options = stream->test->options;
	struct echo_host host = {.ips = options->ips, .ip_count = options->ip_count};

	memcpy(host.mac, stream->tx_mac, MAC_BYTES);
	return host;
}

/* The host has asked for it: it has moved, and switches are to learn where to. */
static unsigned int announce(struct test_stream *stream, const struct echo_host *host,
			     struct padma_packet **packets, unsigned int room)
{
	unsigned int n = 0;

	__atomic_store_n(&stream->announce, 0, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < host->ip_count && n < room; i++) {
		struct padma_packet *packet = padma_packet_get(stream->cache);

		if (!packet)
			break;
		if (echo_announce(host, &host->ips[i], packet))
			packets[n++] = packet;
		else
			padma_packet_put(stream->cache, packet);
	}
	return n;
}

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	const struct echo_host host = host_of(stream);
	unsigned int answers = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (echo_answer(&host, packets[i])) {
			packets[answers++] = packets[i];
		} else {
			padma_packet_put(stream->cache, packets[i]);
			padma_counter_add(&stream->stats.refused, 1);
		}
	}
	if (PADMA_UNLIKELY(__atomic_load_n(&stream->announce, __ATOMIC_RELAXED)))
		answers += announce(stream, &host, packets + answers, stream->burst);
	return answers;
}

const struct test_mode test_mode_icmpecho = {
	.name = "icmpecho",
	.help = "answer ARP and ICMP echo, IPv4 and IPv6, for --ip",
	.receives = true,
	.transmits = true,
	.always = true,
	.burst = burst,
};
