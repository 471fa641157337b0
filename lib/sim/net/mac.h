/* SPDX-License-Identifier: BSD-3-Clause */
/* mac.h - the MAC addresses of simulated cards: as the key mac= gives them, or one for each card. */
#ifndef SIM_NET_MAC_H
#define SIM_NET_MAC_H

#include <stdint.h>

#define SIM_MAC_BYTES 6u

/* Read @text, six pairs of hexadecimal digits with colons between them, for the device @name. 0, or -EINVAL (noted): it is not
 * that, or not unicast. */
int sim_mac_read(const char *name, const char *text, uint8_t *mac);

/* An address that no other card of this process has, locally administered: 02:00:00 and the card's number. */
void sim_mac_number(uint8_t *mac);

#endif
