/* SPDX-License-Identifier: BSD-3-Clause */
/* errata.h - workarounds for what is not in the cards' manuals. */
#ifndef E1000_ERRATA_H
#define E1000_ERRATA_H

#include "card.h"

/* When the card is opened. */
void e1000_errata_open(const struct e1000 *card);
/* After each reset, before queues are set up. */
void e1000_errata_start(const struct e1000 *card);

#endif
