// SPDX-License-Identifier: BSD-3-Clause
/* See address.h. */
#include "net/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

bool mac_address_parse(const char *text, uint8_t *mac)
{
	uint8_t bytes[MAC_BYTES];

	for (unsigned int i = 0; i < MAC_BYTES; i++) {
		char *end;

		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		bytes[i] = (uint8_t)strtoul((const char[]){text[0], text[1], '\0'}, &end, 16);
		text += 2;
		if (i + 1 < MAC_BYTES && *text != ':' && *text != '-')
			return false;
		text += i + 1 < MAC_BYTES;
	}
	if (*text)
		return false;
	memcpy(mac, bytes, MAC_BYTES);
	return true;
}

const char *mac_address_format(const uint8_t *mac, char text[MAC_TEXT_BYTES])
{
	snprintf(text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}

bool ip_address_parse(const char *text, struct ip_address *address)
{
	*address = (struct ip_address){0};
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		return true;
	address->v6 = inet_pton(AF_INET6, text, address->bytes) == 1;
	return address->v6;
}
