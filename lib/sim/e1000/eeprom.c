// SPDX-License-Identifier: BSD-3-Clause
/* The EEPROM (574, 6; 8254x, 5.6): what it contains, EERD, and what the card loads of it. */
#include <string.h>

#include "card.h"

#define WORD_INIT_CONTROL_1 0x0au
#define WORD_SUBSYSTEM	    0x0bu
#define WORD_VENDOR	    0x0cu
#define WORD_DEVICE	    0x0du
#define WORD_INIT_CONTROL_2 0x0fu
#define WORD_SUM	    0x3fu

void sim_e1000_eeprom_init(struct card *card)
{
	uint16_t sum = 0;

	memset(card->eeprom, 0, sizeof(card->eeprom));
	for (unsigned int i = 0; i < ETH_MAC_BYTES / 2; i++)
		card->eeprom[i] = (uint16_t)(card->mac[2 * i] | card->mac[2 * i + 1] << 8);
	/* Signature: bits 15:14 are 01b. */
	card->eeprom[WORD_INIT_CONTROL_1] = 0x4000;
	card->eeprom[WORD_SUBSYSTEM] = card->kind->device;
	card->eeprom[WORD_VENDOR] = VENDOR_INTEL;
	card->eeprom[WORD_DEVICE] = card->kind->device;
	card->eeprom[WORD_INIT_CONTROL_2] = 0x4000;
	for (unsigned int i = 0; i < WORD_SUM; i++)
		sum = (uint16_t)(sum + card->eeprom[i]);
	card->eeprom[WORD_SUM] = (uint16_t)(EEPROM_SUM - sum);
}

/* The first receive address. */
void sim_e1000_eeprom_load(struct card *card)
{
	*reg(card, RAL(0u)) = card->eeprom[0] | (uint32_t)card->eeprom[1] << 16;
	*reg(card, RAH(0u)) = card->eeprom[2] | RAH_AV;
}

/* Done at once: a driver polls for it. */
void sim_e1000_eeprom_read(struct card *card, uint32_t value)
{
	uint32_t address_bits = 16 - card->kind->eerd_address;
	uint32_t address = value >> card->kind->eerd_address & ((1u << address_bits) - 1);
	uint16_t data = address < EEPROM_WORDS ? card->eeprom[address] : 0xffff;

	if (!(value & EERD_START))
		return;
	*reg(card, EERD) = (uint32_t)data << 16 | address << card->kind->eerd_address |
			   1u << card->kind->eerd_done;
}
