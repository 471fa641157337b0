/* SPDX-License-Identifier: BSD-3-Clause */
/* statistics.h - what the card counts. */
#ifndef E1000_STATISTICS_H
#define E1000_STATISTICS_H

#include "card.h"

/* Clear the card's counters by reading them. */
void e1000_statistics_clear(struct e1000 *card);
/* Read them, and add them up. */
void e1000_statistics_collect(struct e1000 *card);
void e1000_statistics_basic(struct e1000 *card, struct padma_port_stats *stats);
int e1000_statistics_all(struct e1000 *card, struct padma_port_stat *stats, unsigned int room);

#endif
