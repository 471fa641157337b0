/* SPDX-License-Identifier: BSD-3-Clause */
/* filter.h - which frames a card receives. */
#ifndef E1000_FILTER_H
#define E1000_FILTER_H

#include "card.h"

/* The bit of the multicast table for an address, 0 to 4095, with RCTL.MO 0. */
unsigned int e1000_multicast_hash(const uint8_t *mac);

/*
 * Program the addresses of port->mac and port->filter, and the VLANs of port->vlans. Return: the bits of RCTL that go with
 * them (UPE, MPE, BAM, VFE).
 */
uint32_t e1000_filter_program(struct e1000 *card);

#endif
