/* SPDX-License-Identifier: BSD-3-Clause */
/* net_echo.h - a handler that answers ARP and pings (IPv4) in place, whatever the address asked for. */
#ifndef TESTS_VM_NET_ECHO_H
#define TESTS_VM_NET_ECHO_H

#include "net_card.h"

/* Counts what it answers in card.answered, and of that: tags in the data, stripped tags, packets of several segments. */
void echo(struct card *card, struct padma_packet *packet);

#endif
