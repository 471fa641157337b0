/* SPDX-License-Identifier: BSD-3-Clause */
/* phy.h - the card's PHY. */
#ifndef E1000_PHY_H
#define E1000_PHY_H

#include "card.h"

/*
 * Make sure that the PHY is powered and negotiates. The previous driver may have turned it off, which a reset of the card does
 * not undo: without this there would be no link. A PHY that works is left alone, as its link would go down.
 * 0, or -ETIMEDOUT, -EIO, -ENODEV.
 */
int e1000_phy_wake(const struct e1000 *card);

#endif
