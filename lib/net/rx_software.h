/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rx_software.h - what the processor does for a receive queue whose device cannot, or shall not: checking sums,
 * stripping tags, time stamps. A queue whose device does all that is wanted has the driver's own burst.
 */
#ifndef NET_RX_SOFTWARE_H
#define NET_RX_SOFTWARE_H

#include <padma/net/driver.h>

/* Choose the burst of a queue that was opened. */
void rx_software_setup(struct padma_rx_queue *queue);

#endif
