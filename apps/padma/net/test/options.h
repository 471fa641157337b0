/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - the command line of padma net test. */
#ifndef NET_TEST_OPTIONS_H
#define NET_TEST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/guard.h>

#include "net/address.h"
#include "net/test/sizes.h"
#include "net/wire.h"

#define TEST_PORTS_MAX	  32
#define TEST_IPS_MAX	  64
#define TEST_CORES_MAX	  256
#define TEST_SEGMENTS_MAX 32

struct test_mode;

enum test_topology {
	TOPOLOGY_PAIRED,  /* 0 <-> 1, 2 <-> 3 */
	TOPOLOGY_CHAINED, /* 0 -> 1 -> 2 -> ... -> 0 */
	TOPOLOGY_LOOP,	  /* each to itself */
};

struct test_options {
	const char *ports[TEST_PORTS_MAX];
	unsigned int port_count;
	const struct test_mode *mode;
	enum test_topology topology;
	bool topology_given;
	unsigned int rxq, txq;
	uint32_t rxd, txd;
	unsigned int burst;
	unsigned int tx_first; /* bursts; 0: without --tx-first */
	unsigned int cores;    /* 0: as many as there are streams, or processors */
	int core_list[TEST_CORES_MAX];
	unsigned int core_count; /* 0: the processors that the program may use */
	bool no_pin;
	const char *size;		      /* --size, while the command line is parsed */
	struct sizes sizes;		      /* of generated frames */
	uint16_t segments[TEST_SEGMENTS_MAX]; /* --txpkts with several */
	unsigned int segment_count;
	uint64_t rate;	      /* packets a second and port; 0: unlimited */
	uint64_t duration_ns; /* 0: until interrupted, or --count */
	uint64_t count;
	uint64_t window; /* packets of a stream under way; 0: any number */
	uint16_t mtu;
	uint32_t mbuf_bytes;
	uint32_t offloads;
	uint32_t without;
	bool no_promiscuous;
	bool all_multicast;
	uint8_t peers[TEST_PORTS_MAX][MAC_BYTES]; /* --eth-peer */
	struct ip_address ips[TEST_IPS_MAX];
	unsigned int ip_count;
	bool tx_ip_given;
	uint8_t tx_ip_from[4], tx_ip_to[4];
	uint16_t tx_udp_from, tx_udp_to;
	uint16_t vlan; /* of generated packets, plus one; 0: none */
	unsigned int flows;
	unsigned int retry_num;
	unsigned int retry_delay_us;
	bool csum_hardware;
	bool csum_keep_mac;
	uint16_t tso; /* segment size; 0: off */
	unsigned int noisy_buffer;
	unsigned int noisy_flush_ms;
	uint64_t noisy_memory_mib;
	unsigned int noisy_writes, noisy_reads, noisy_reads_writes;
	bool irq;
	bool verify;
	const char *capture;
	const char *replay;
	bool replay_loop;
	bool reconnect;
	unsigned int resets_max;
	uint64_t link_wait_ns;
	uint64_t stats_period_ns; /* 0: only on a terminal, each second */
	enum padma_guard_mode guard;
	bool json;
};

/* Does not return if the arguments are wrong. */
void test_options_parse(struct test_options *options, int argc, char **argv);

#endif
