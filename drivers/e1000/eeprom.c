// SPDX-License-Identifier: BSD-3-Clause
/* The EEPROM, by EERD (82574 datasheet 10.2.3.2; 8254x manual 5.3.1 and 13.4.4), and the address in it. */
#include "eeprom.h"

#include <string.h>

#include "message.h"

#define WORD_NS	     10000000ull
#define EEPROM_SUM   0xbabau
#define MAC_WORDS    3u
#define PHY_SETUP_NS 25000000ull /* Linux, e1000_reset_hw_82571() */

static int read_word(const struct e1000 *card, unsigned int index, uint16_t *word)
{
	const struct e1000_model *model = card->model;
	int rc;

	reg_write(card, REG_EERD, (uint32_t)index << model->eerd_address_shift | EERD_START);
	rc = padma_bar_wait32(card->bar, REG_EERD, model->eerd_done, model->eerd_done, WORD_NS);
	if (rc == 0)
		*word = EERD_DATA(reg_read(card, REG_EERD));
	return rc;
}

int e1000_eeprom_read(const struct e1000 *card, uint16_t *words, unsigned int count)
{
	int rc = 0;

	/* After a reset the 82574 sets up its PHY from the EEPROM, which must not be disturbed. */
	if (card->model->is_express)
		padma_delay_ns(PHY_SETUP_NS);
	for (unsigned int i = 0; i < count && rc == 0; i++)
		rc = read_word(card, i, &words[i]);
	return rc;
}

bool e1000_eeprom_is_valid(const uint16_t *words)
{
	uint16_t sum = 0;

	for (unsigned int i = 0; i < EEPROM_WORDS; i++)
		sum = (uint16_t)(sum + words[i]);
	return sum == EEPROM_SUM;
}

static bool is_usable(const uint8_t *mac)
{
	static const uint8_t zero[PADMA_MAC_BYTES];

	return !(mac[0] & 1) && memcmp(mac, zero, sizeof(zero)) != 0;
}

/* The card has read it from the EEPROM itself (82574 datasheet 10.2.5.15; 8254x manual 13.5.2). */
static bool mac_of_registers(const struct e1000 *card, uint8_t *mac)
{
	uint32_t low = reg_read(card, REG_RAL(0)), high = reg_read(card, REG_RAH(0));

	for (unsigned int i = 0; i < PADMA_MAC_BYTES; i++)
		mac[i] = (uint8_t)(i < 4 ? low >> (8 * i) : high >> (8 * (i - 4)));
	return (high & RAH_VALID) && is_usable(mac);
}

bool e1000_permanent_mac(const struct e1000 *card, uint8_t *mac)
{
	uint16_t words[EEPROM_WORDS] = {0};

	if (e1000_eeprom_read(card, words, EEPROM_WORDS)) {
		log_warning("%s: cannot read the EEPROM: %s", e1000_name(card), padma_last_error());
	} else if (!e1000_eeprom_is_valid(words)) {
		log_warning("%s: the EEPROM checksum is wrong", e1000_name(card));
	} else {
		for (unsigned int i = 0; i < MAC_WORDS; i++) {
			mac[2 * i] = (uint8_t)words[i];
			mac[2 * i + 1] = (uint8_t)(words[i] >> 8);
		}
		if (is_usable(mac))
			return true;
	}
	return mac_of_registers(card, mac);
}
