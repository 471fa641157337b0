/* SPDX-License-Identifier: BSD-3-Clause */
/* offloads.h - names of PADMA_OFFLOAD_*. */
#ifndef NET_OFFLOADS_H
#define NET_OFFLOADS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct offload_name {
	uint32_t bit;
	const char *name;
};

/* All of them; a name of NULL ends the table. */
extern const struct offload_name offload_names[];

/* "tx-ip-csum, tx-l4-csum", or "none". Return: @text. */
const char *offloads_format(uint32_t offloads, char *text, size_t room);

json_t *offloads_json(uint32_t offloads);

#endif
