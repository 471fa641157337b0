// SPDX-License-Identifier: BSD-3-Clause
/*
 * Quiescing a card (82574 datasheet 3.1.3.10 and 4.6.3; 8254x manual 14.3): the queues are disabled, then, on PCI
 * Express, the card is asked to start no further request and reports when the last one is done; only then is it reset.
 */
#include "reset.h"

#include "message.h"

#define MASTER_DISABLE_NS 80000000ull /* Linux, e1000e_disable_pcie_master(): 800 times 100 us */
#define RESET_NS	  10000000ull
#define AUTO_READ_NS	  20000000ull
/* PCI and PCI-X: for outstanding requests to end (8254x manual 14.3), and for the EEPROM to be read. */
#define PENDING_NS	  10000000ull
#define EEPROM_NS	  5000000ull

static void disable_queues(const struct e1000 *card)
{
	reg_write(card, REG_IMC, CAUSE_ALL);
	reg_write(card, REG_RCTL, 0);
	reg_write(card, REG_TCTL, TCTL_PSP);
	reg_flush(card);
}

/* Wait until the card's outstanding requests are done. */
static int wait_for_requests(const struct e1000 *card)
{
	if (!card->model->is_express) {
		padma_delay_ns(PENDING_NS);
		return 0;
	}
	reg_write(card, REG_CTRL, reg_read(card, REG_CTRL) | CTRL_MASTER_DISABLE);
	return padma_bar_wait32(card->bar, REG_STATUS, STATUS_MASTER_ENABLE, 0, MASTER_DISABLE_NS);
}

static int wait_for_eeprom(const struct e1000 *card)
{
	if (!card->model->is_express) {
		padma_delay_ns(EEPROM_NS);
		return 0;
	}
	return padma_bar_wait32(card->bar, REG_EEC, EEC_AUTO_READ_DONE, EEC_AUTO_READ_DONE,
				AUTO_READ_NS);
}

/* CTRL.RST ends by itself (82574 datasheet 10.2.2.1; 8254x manual 13.4.1): not before a microsecond. */
static int software_reset(const struct e1000 *card)
{
	int rc;

	reg_write(card, REG_CTRL, reg_read(card, REG_CTRL) | CTRL_RST);
	padma_delay_ns(2000);
	rc = padma_bar_wait32(card->bar, REG_CTRL, CTRL_RST, 0, RESET_NS);
	return rc ? rc : wait_for_eeprom(card);
}

/*
 * The reset has disabled the queues, if it did what the manuals say. That of QEMU's cards does not touch them: so do it
 * again, with empty rings, and check the result.
 */
static int check_disabled(const struct e1000 *card)
{
	int rc;

	disable_queues(card);
	for (unsigned int i = 0; i < card->model->queues; i++) {
		reg_write(card, REG_RDLEN(i), 0);
		reg_write(card, REG_TDLEN(i), 0);
	}
	(void)reg_read(card, REG_ICR);
	rc = padma_bar_wait32(card->bar, REG_RCTL, RCTL_EN, 0, 0);
	return rc ? rc : padma_bar_wait32(card->bar, REG_TCTL, TCTL_EN, 0, 0);
}

int e1000_reset(struct e1000 *card)
{
	int rc;

	disable_queues(card);
	rc = wait_for_requests(card);
	/* Reset in any case: it may help. */
	if (rc == -ENODEV)
		return rc;
	if (rc == 0) {
		rc = software_reset(card);
	} else if (software_reset(card) == 0) {
		log_warning("%s: outstanding requests did not complete: %s", e1000_name(card),
			    padma_last_error());
		/* With bus mastering off, as it is when a card is opened, there are none. */
		rc = card->mastering ? rc : 0;
	}
	if (rc == 0)
		rc = check_disabled(card);
	if (rc == 0) {
		card->mastering = false;
		padma_device_declare_quiesced(card->port.device);
	}
	return rc;
}

int e1000_rest(struct e1000 *card)
{
	bool was_reset = e1000_reset(card) == 0;

	/* Do both: this stops a card that its registers do not stop. */
	if (padma_device_quiesce(card->port.device) == 0)
		card->mastering = false;
	else if (!was_reset)
		return fail(-EIO,
			    "%s can neither be reset nor stopped from mastering the bus, so its "
			    "memory stays in use",
			    e1000_name(card));
	return 0;
}
