/* SPDX-License-Identifier: BSD-3-Clause */
/* extended.h - the lists that a port fills: statistics by name, features. */
#ifndef NET_EXTENDED_H
#define NET_EXTENDED_H

#include <padma/net/port.h>

/* All statistics, allocated: free() them. Return: how many, or -1 after complaining. */
int extended_stats(struct padma_port *port, struct padma_port_stat **stats);

/* All features, likewise. */
int extended_features(struct padma_port *port, struct padma_port_feature **features);

#endif
