/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - the counters of the test at one moment, for the table and the report. By the control thread. */
#ifndef NET_TEST_SNAPSHOT_H
#define NET_TEST_SNAPSHOT_H

#include "net/test/test.h"

/* Of queue @queue of @port: those of earlier openings and of this one. */
void snapshot_queue(const struct test *test, const struct test_port *port, unsigned int queue,
		    struct test_queue_counts *counts);

/* Sums over the queues of a port, or of all ports if it is NULL. */
void snapshot_port(const struct test *test, const struct test_port *port,
		   struct test_queue_counts *counts);

/* What the device has counted. */
void snapshot_device(const struct test_port *port, struct test_device_counts *counts);

/* What the streams have counted that transmit by queue @queue of @port (tx), or that receive by it (rx). */
struct snapshot_stream {
	uint64_t tx_dropped, down, retries, no_packet; /* of the one that transmits */
	uint64_t refused, bad_ip, bad_l4;	       /* of the one that receives */
};
void snapshot_streams(const struct test *test, const struct test_port *port, unsigned int queue,
		      struct snapshot_stream *counts);

/* Keep the counters of a port's queues, which are about to be closed. */
void snapshot_keep(struct test *test, struct test_port *port);

#endif
