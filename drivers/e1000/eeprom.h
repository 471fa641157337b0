/* SPDX-License-Identifier: BSD-3-Clause */
/* eeprom.h - the card's EEPROM. */
#ifndef E1000_EEPROM_H
#define E1000_EEPROM_H

#include "card.h"

#define EEPROM_WORDS 64u /* that the checksum is of */

/* Read the first words. 0, or -ETIMEDOUT, -EIO, -ENODEV. */
int e1000_eeprom_read(const struct e1000 *card, uint16_t *words, unsigned int count);

/* Whether all words add up to 0xbaba (82574 datasheet 6.1.3.1; 8254x manual 5.6.35). */
bool e1000_eeprom_is_valid(const uint16_t *words);

/* The factory MAC address, to @mac. false: there is none. */
bool e1000_permanent_mac(const struct e1000 *card, uint8_t *mac);

#endif
