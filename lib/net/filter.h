/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filter.h - filters when a port is configured.
 */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include <padma/net/driver.h>

/* For @queues receive queues: all types, the queues in turn. All zero if the device has no RSS, or one queue. */
int filter_default_rss(const struct padma_port *port, unsigned int queues, struct padma_rss *rss);
void filter_free_rss(struct padma_rss *rss);

#endif
