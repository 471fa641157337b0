/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * values.h - the values of padma net test's options that are more than a number or a name. A value that is
 * wrong ends the program with a usage message, as argp_error() does.
 */
#ifndef NET_TEST_VALUES_H
#define NET_TEST_VALUES_H

#include <argp.h>
#include <stdint.h>

#include <padma/guard.h>

#include "net/test/options.h"

/* --offloads: "csum,vlan". Return: PADMA_OFFLOAD_RX_*. */
uint32_t parse_offloads(const struct argp_state *state, const char *text);

/* --without: "tso,rss". Return: PADMA_OFFLOAD_*. */
uint32_t parse_without(const struct argp_state *state, const char *text);

/* --cores: "1,2,4-7" */
void parse_cores(const struct argp_state *state, struct test_options *options, const char *text);

/* --eth-peer: "0,02:00:00:00:00:01" */
void parse_peer(const struct argp_state *state, struct test_options *options, const char *text);

/* --ip: an IPv4 or IPv6 address more */
void parse_ip(const struct argp_state *state, struct test_options *options, const char *text);

/* --tx-ip: "198.18.0.1,198.18.0.2" */
void parse_tx_ip(const struct argp_state *state, struct test_options *options, const char *text);

/* --tx-udp: "9" or "1000,1001" */
void parse_tx_udp(const struct argp_state *state, struct test_options *options, const char *text);

/* --txpkts: "64" or "128,256" */
void parse_txpkts(const struct argp_state *state, struct test_options *options, const char *text);

/* --rate: "1000000", "500k", "2M"; powers of 1000 */
uint64_t parse_rate(const struct argp_state *state, const char *text);

/* A time in seconds of the option WHAT. Return: nanoseconds. */
uint64_t parse_time(const struct argp_state *state, const char *what, const char *text);

/* --guard: NULL (no value), "pages" or "exact" */
enum padma_guard_mode parse_guard(const struct argp_state *state, const char *name);

#endif
