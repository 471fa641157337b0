/* SPDX-License-Identifier: BSD-3-Clause */
/* topology.h - which port transmits what another one receives, as testpmd's --port-topology. */
#ifndef NET_TEST_TOPOLOGY_H
#define NET_TEST_TOPOLOGY_H

#include "net/test/options.h"

/* The port that transmits what @port of @count receives. Paired, the last of an odd number is its own partner. */
static inline unsigned int topology_partner(enum test_topology topology, unsigned int port,
					    unsigned int count)
{
	switch (topology) {
	case TOPOLOGY_LOOP:
		return port;
	case TOPOLOGY_CHAINED:
		return (port + 1) % count;
	default:
		return (port ^ 1) < count ? port ^ 1 : port;
	}
}

#endif
