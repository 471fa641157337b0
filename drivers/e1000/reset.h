/* SPDX-License-Identifier: BSD-3-Clause */
/* reset.h - quiescing and resetting a card. */
#ifndef E1000_RESET_H
#define E1000_RESET_H

#include "card.h"

/*
 * Stop reception and transmission, wait for the end of all DMA, and reset the card, whose registers have the values of the
 * EEPROM then. 0: the card does no DMA until it is set up again. -ETIMEDOUT, -EIO, -ENODEV: unknown.
 */
int e1000_reset(struct e1000 *card);

/* e1000_reset(), or bus mastering off. 0: the card certainly does no DMA; -EIO. */
int e1000_rest(struct e1000 *card);

#endif
