/* SPDX-License-Identifier: BSD-3-Clause */
/* address.h - MAC and IP addresses as text. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/wire.h"

#define MAC_TEXT_BYTES 18

/* An IPv4 or IPv6 address. */
struct ip_address {
	bool v6;
	uint8_t bytes[16]; /* the first 4 of an IPv4 address */
};

/* "02:00:00:00:00:01", also with '-'. Return: whether all of @text is one. */
bool mac_address_parse(const char *text, uint8_t *mac);

/* Return: @text. */
const char *mac_address_format(const uint8_t *mac, char text[MAC_TEXT_BYTES]);

/* "10.0.0.1" or "fd00::1". Return: whether all of @text is one. */
bool ip_address_parse(const char *text, struct ip_address *address);

#endif
