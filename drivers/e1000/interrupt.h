/* SPDX-License-Identifier: BSD-3-Clause */
/* interrupt.h - interrupts of receive queues and of the link. */
#ifndef E1000_INTERRUPT_H
#define E1000_INTERRUPT_H

#include "card.h"

/* Set up the vectors that the port was given; the link's interrupt is armed, those of queues are not. */
void e1000_interrupt_start(const struct e1000 *card);
/* Let the link interrupt again. */
void e1000_interrupt_arm_link(const struct e1000 *card);
/* Interrupt at the next packet of a queue, or of any if they share a vector; look at the rings only afterwards. */
void e1000_interrupt_arm_rx(const struct e1000 *card, unsigned int queue);
/* Interrupt at once: a packet is there for a queue whose owner may be asleep. */
void e1000_interrupt_raise_rx(const struct e1000 *card);
/* Whether all receive queues interrupt by one vector. */
bool e1000_interrupt_is_shared(const struct e1000 *card);

#endif
