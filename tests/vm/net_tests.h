/* SPDX-License-Identifier: BSD-3-Clause */
/* net_tests.h - the tests of test_net.c, by file. Each opens what it needs and closes it. */
#ifndef TESTS_VM_NET_TESTS_H
#define TESTS_VM_NET_TESTS_H

#include <stdbool.h>

/* The kinds of interrupts that the machine's cards must have: words of "msix msi intx". */
extern const char *net_interrupts;

/* test_net.c */
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

/* net_offload.c: of this card of the machine; and whether its own segmentation is tried, too */
extern unsigned int net_card;
extern bool net_card_segments;
void test_checksums(void **state);
void test_segmentation(void **state);

/* net_tool.c */
void test_tool_echo(void **state);
void test_tool_copy(void **state);

/* net_killed.c */
void test_killed(void **state);
/* The program again, as the one that is killed. */
int net_victim(const char *notes_path);

/* net_removal.c */
void test_removal_requested(void **state);
void test_removal_by_surprise(void **state);

#endif
