/* SPDX-License-Identifier: BSD-3-Clause */
/* rss.h - receive side scaling of the 82574. */
#ifndef E1000_RSS_H
#define E1000_RSS_H

#include "card.h"

#define E1000_RSS_TYPES (PADMA_RSS_IPV4 | PADMA_RSS_TCP_IPV4 | PADMA_RSS_IPV6 | PADMA_RSS_TCP_IPV6)

/* Whether the card computes hashes, as it was configured: to choose a queue, or for the program. */
bool e1000_rss_is_on(const struct e1000 *card);

/* Program the key, the table and the types of port->rss, or turn the hash off. */
void e1000_rss_program(const struct e1000 *card);

#endif
