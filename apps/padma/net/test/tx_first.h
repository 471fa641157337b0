/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx_first.h - --tx-first: bursts that start a forwarding mode. Two forwarders facing each other, or one whose wire is
 * looped, forward nothing unless one of them transmits first.
 */
#ifndef NET_TEST_TX_FIRST_H
#define NET_TEST_TX_FIRST_H

#include "net/test/test.h"

/* Transmit as many bursts of txonly's packets as the command line says. The stream's worker. */
void tx_first(struct test_stream *stream);

#endif
