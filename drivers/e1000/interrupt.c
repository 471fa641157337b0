// SPDX-License-Identifier: BSD-3-Clause
/*
 * Interrupts (82574 datasheet 7.4; 8254x manual 13.4.17 to 13.4.21).
 *
 * With MSI-X each receive queue has a cause and a vector of its own, and the link has a third (IVAR). Otherwise, by MSI
 * and INTx, there is one cause for all packets. An interrupt is sent when a cause is set whose mask is set, or the other way
 * round, so that arming is: clear the cause, set the mask, look at the ring. The read in between (a read's answer
 * follows all that the card wrote before) separates packets that the look finds from those that interrupt.
 */
#include "interrupt.h"

static bool uses_vectors(const struct e1000 *card)
{
	return card->model->has_vectors &&
	       padma_device_irq_kind(card->port.device) == PADMA_IRQ_MSIX;
}

bool e1000_interrupt_is_shared(const struct e1000 *card)
{
	return !uses_vectors(card);
}

static uint32_t rx_cause(const struct e1000 *card, unsigned int queue)
{
	return uses_vectors(card) ? CAUSE_RXQ(queue) : CAUSE_RXT0;
}

/*
 * Each queue's cause is cleared, and its mask, when its vector is sent: one interrupt for each time that it is armed. The
 * link's causes are left to ICR, which says what it was.
 */
static void start_vectors(const struct e1000 *card)
{
	uint32_t ivar = 0, queues = 0;

	for (unsigned int i = 0; i < card->port.params.rx_queues; i++) {
		const struct padma_rx_queue *rx = card->port.rx[i];

		if (!rx || rx->irq_vector < 0)
			continue;
		ivar |= IVAR_RXQ(i, rx->irq_vector);
		queues |= CAUSE_RXQ(i);
	}
	if (card->port.event_vector >= 0)
		ivar |= IVAR_OTHER(card->port.event_vector);
	reg_write(card, REG_IVAR, ivar);
	for (unsigned int i = 0; i < MSIX_VECTORS; i++)
		reg_write(card, REG_EITR(i), 0);
	reg_write(card, REG_EIAC, queues);
	reg_write(card, REG_IAM, queues);
	reg_write(card, REG_CTRL_EXT,
		  (reg_read(card, REG_CTRL_EXT) & ~CTRL_EXT_IAME) | CTRL_EXT_EIAME |
			  CTRL_EXT_PBA_SUPPORT);
}

void e1000_interrupt_start(const struct e1000 *card)
{
	reg_write(card, REG_IMC, CAUSE_ALL);
	reg_write(card, REG_ITR, 0);
	reg_write(card, REG_RDTR, 0);
	reg_write(card, REG_RADV, 0);
	reg_write(card, REG_ICR, CAUSE_ALL);
	if (!card->port.irq_vectors)
		return;
	if (uses_vectors(card))
		start_vectors(card);
	e1000_interrupt_arm_link(card);
}

void e1000_interrupt_arm_link(const struct e1000 *card)
{
	uint32_t causes = uses_vectors(card) ? CAUSE_LSC | CAUSE_OTHER : CAUSE_LSC;

	if (card->port.event_vector < 0)
		return;
	reg_write(card, REG_ICR, causes);
	reg_write(card, REG_IMS, causes);
}

void e1000_interrupt_arm_rx(const struct e1000 *card, unsigned int queue)
{
	uint32_t cause = rx_cause(card, queue);

	/* What QEMU's card clears there in place of the mask. */
	if (uses_vectors(card))
		reg_write(card, REG_IAM,
			  card->port.params.rx_queues > 1 ? CAUSE_RXQ(0) | CAUSE_RXQ(1)
							  : CAUSE_RXQ(0));
	reg_write(card, REG_ICR, cause);
	reg_write(card, REG_IMS, cause);
	reg_flush(card);
}

void e1000_interrupt_raise_rx(const struct e1000 *card)
{
	reg_write(card, REG_ICS, CAUSE_RXT0);
}
