/* SPDX-License-Identifier: BSD-3-Clause */
/* net.h - two simulated network cards back to back exchange packets of all sizes; every byte is compared. */
#ifndef DEMO_NET_H
#define DEMO_NET_H

#include <stdint.h>

struct net_report {
	uint64_t packets; /* received, in both directions together */
	uint64_t bytes;	  /* of their data */
	double seconds;
	const char *driver;
};

/*
 * @keys: of both cards beside the wire, ",loss=100"; NULL for none. Send @packets, made from @seed, half of them in each direction. Return: 0 only if each arrived once, in its order, with the
 * bytes that it was sent with, and all are back in their pool; else the exit code, after complaining (unless
 * interrupted).
 */
int net_exchange(uint64_t seed, uint64_t packets, const char *keys, struct net_report *report);

#endif
