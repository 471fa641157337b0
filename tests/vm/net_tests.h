/* SPDX-License-Identifier: BSD-3-Clause */
/* net_tests.h - the tests of test_net.c and test_net_backends.c, by file. Each opens what it needs and closes it. */
#ifndef TESTS_VM_NET_TESTS_H
#define TESTS_VM_NET_TESTS_H

#include <stdbool.h>

/* The kinds of interrupts that the machine's cards must have: words of "msix msi intx". */
extern const char *net_interrupts;

/* net_port.c; of each size net_pings are sent */
extern unsigned int net_pings;
void test_identity(void **state);
void test_pings(void **state);
void test_jumbo(void **state);
void test_interrupts(void **state);
void test_reset_under_traffic(void **state);
void test_link(void **state);

/* net_filter.c */
void test_addresses(void **state);
void test_promiscuous(void **state);
void test_multicast(void **state);
void test_vlan(void **state);
void test_vlan_filter(void **state);

/* net_offload.c; whether the card's own segmentation is tried, too */
extern bool net_card_segments;
void test_checksums(void **state);
/* The card's alone. */
void test_card_checksums(void **state);
void test_segmentation(void **state);

/* net_rss.c */
void test_rss(void **state);

/* net_tool.c; of two sizes net_tool_pings are sent; copies go from the end of net_card to that of net_card_beside, as many bytes as net_copy_size */
extern unsigned int net_card_beside;
extern unsigned int net_tool_pings;
extern const char *net_copy_size;
void test_tool_echo(void **state);
void test_tool_copy(void **state);

/* net_killed.c; net_kills times */
extern unsigned int net_kills;
void test_killed(void **state);
/* The program again, as the one that is killed: when its first argument is NET_VICTIM, with the rest. */
#define NET_VICTIM "victim"
int net_victim(char **words);

/* net_removal.c */
void test_removal_requested(void **state);
void test_removal_by_surprise(void **state);

#endif
