// SPDX-License-Identifier: BSD-3-Clause
/*
 * icmp_echo ADDRESS PORT [SECONDS]: a host that does nothing but answer: ARP (RFC 826) for its IPv4 ADDRESS, and pings.
 *
 * A complete program to start from: each packet is turned into its answer in place, and sent back. PORT is a PCI address, or
 * a simulated card; with CAP_NET_ADMIN "sim:virtio-net,tap=NAME" is one that this machine's kernel can ping.
 */
#include <arpa/inet.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>
#include <padma/net/checksum.h>
#include <padma/net/port.h>
#include <padma/time.h>

struct host {
	uint8_t mac[PADMA_MAC_BYTES];
	struct in_addr address;
	unsigned long answers;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

static bool answer_arp(const struct host *host, const struct ether_header *ether, uint32_t bytes)
{
	struct ether_arp *arp = (void *)(uintptr_t)(ether + 1);

	if (bytes < sizeof(*ether) + sizeof(*arp) || ntohs(arp->ea_hdr.ar_op) != ARPOP_REQUEST ||
	    memcmp(arp->arp_tpa, &host->address, 4) != 0)
		return false;
	arp->ea_hdr.ar_op = htons(ARPOP_REPLY);
	memcpy(arp->arp_tha, arp->arp_sha, PADMA_MAC_BYTES + 4);
	memcpy(arp->arp_sha, host->mac, PADMA_MAC_BYTES);
	memcpy(arp->arp_spa, &host->address, 4);
	return true;
}

/*
 * RFC 792. Only the type changes, by 8: so the checksum does, wherever the rest of the packet is. Behind the 14 bytes of
 * an Ethernet header no address is a multiple of 4: the headers are copied out and back.
 */
static bool answer_ping(const struct host *host, const struct ether_header *ether, uint32_t bytes)
{
	uint8_t *at = (uint8_t *)(uintptr_t)(ether + 1);
	struct icmphdr icmp;
	uint32_t header;
	struct iphdr ip;

	if (bytes < sizeof(*ether) + sizeof(ip))
		return false;
	memcpy(&ip, at, sizeof(ip));
	header = ip.ihl * 4u;
	if (header < sizeof(ip) || bytes < sizeof(*ether) + header + sizeof(icmp))
		return false;
	memcpy(&icmp, at + header, sizeof(icmp));
	if (ip.version != 4 || ip.protocol != IPPROTO_ICMP || icmp.type != ICMP_ECHO ||
	    ip.daddr != host->address.s_addr || (ip.frag_off & htons(IP_MF | IP_OFFMASK)))
		return false;
	ip.daddr = ip.saddr;
	ip.saddr = host->address.s_addr;
	icmp.type = ICMP_ECHOREPLY;
	icmp.checksum = padma_sum_finish((uint16_t)~icmp.checksum + (uint16_t)~htons(0x0800));
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + header, &icmp, sizeof(icmp));
	return true;
}

static bool answer(struct host *host, struct padma_packet *packet)
{
	struct ether_header *ether = (struct ether_header *)padma_packet_data(packet);
	uint32_t bytes = packet->length, type = bytes < 14 ? 0 : ntohs(ether->ether_type);

	if (!(type == ETHERTYPE_ARP && answer_arp(host, ether, bytes)) &&
	    !(type == ETHERTYPE_IP && answer_ping(host, ether, bytes)))
		return false;
	memcpy(ether->ether_dhost, ether->ether_shost, PADMA_MAC_BYTES);
	memcpy(ether->ether_shost, host->mac, PADMA_MAC_BYTES);
	host->answers++;
	return true;
}

static int run(struct host *host, struct padma_port *port, struct padma_pool_cache *cache,
	       uint64_t seconds)
{
	struct padma_packet *packets[32], *answers[32];
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	uint64_t end;

	if (padma_port_configure(port, NULL) || padma_rx_queue_open(port, 0, cache, &rx) ||
	    padma_tx_queue_open(port, 0, cache, &tx) || padma_port_start(port))
		return give_up("start");
	padma_port_mac(port, host->mac);
	end = seconds ? padma_now_ns() + seconds * 1000000000 : UINT64_MAX;
	while (!stopped && padma_now_ns() < end) {
		unsigned int n = padma_rx_burst(rx, packets, 32), count = 0, sent;

		for (unsigned int i = 0; i < n; i++) {
			if (answer(host, packets[i]))
				answers[count++] = packets[i];
			else
				padma_packet_put(cache, packets[i]);
		}
		sent = padma_tx_burst(tx, answers, count);
		padma_packet_put_bulk(cache, answers + sent, count - sent);
		padma_tx_reap(tx, 32);
		if (n == 0 && padma_port_service(port, padma_now_ns()) &
				      (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE))
			return give_up("the card");
	}
	printf("sent %lu answers\n", host->answers);
	return padma_port_stop(port) || padma_rx_queue_close(rx) || padma_tx_queue_close(tx)
		       ? give_up("stop")
		       : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct padma_packet_pool_params params = {.count = 4096};
	struct padma_pool_cache *cache = NULL;
	struct padma_device *device = NULL;
	struct padma_space *space = NULL;
	struct padma_port *port = NULL;
	struct padma_pool *pool = NULL;
	struct host host = {0};
	int code;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &host.address) != 1)
		return fprintf(stderr, "usage: icmp_echo ADDRESS PORT [SECONDS]\n"), 2;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (padma_space_open_for(argv[2], NULL, &space) ||
	    padma_device_open(space, argv[2], &device) || padma_port_open(device, &port) ||
	    padma_packet_pool_open(space, &params, &pool) || padma_pool_cache_open(pool, &cache))
		code = give_up(argv[2]);
	else
		code = run(&host, port, cache, argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
	padma_port_close(port);
	padma_pool_cache_close(cache);
	padma_pool_close(pool);
	padma_device_close(device);
	padma_space_close(space);
	return code;
}
