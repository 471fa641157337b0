// SPDX-License-Identifier: BSD-3-Clause
/*
 * test_net.c - a driver on QEMU's cards, against the kernel's network stack: test_net MODEL BACKEND INTERRUPTS. The
 * machine's first two cards are driven by padma; each is wired to an interface of the kernel's in a namespace of its own
 * (net.sh), end0 and end1.
 */
#include "net_echo.h"
#include "net_tests.h"

/* Through the API; virtio-net has more. Through the tool all drivers have as many. */
#define PINGS 500u

static int set_up(void **state)
{
	(void)state;
	card_serve(NULL, "end_of 0; end_of 1");
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_pings),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_promiscuous),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_vlan_filter),
		cmocka_unit_test(test_jumbo),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_segmentation),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_reset_under_traffic),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_tool_echo),
		cmocka_unit_test(test_tool_copy),
		cmocka_unit_test(test_removal_requested),
		cmocka_unit_test(test_removal_by_surprise),
	};

	if (argc == 5 && strcmp(argv[1], NET_VICTIM) == 0)
		return net_victim(argv + 2);
	if (argc != 4)
		return EXIT_FAILURE;
	net_model = argv[1];
	net_driver = strcmp(net_model, "virtio-net-pci") == 0 ? "virtio-net" : "e1000";
	/* On a hub QEMU 7.2's e1000e cuts a packet into fragments of IP instead: test_net_features.c has it by TAP. */
	net_card_segments = strcmp(net_model, "e1000e") != 0;
	if (strcmp(net_driver, "virtio-net") != 0) {
		net_pings = PINGS;
		net_copy_size = "16M";
	}
	net_backend = argv[2];
	net_interrupts = argv[3];
	/* By hand: only the tests of that pattern. */
	if (getenv("PADMA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("PADMA_TEST_FILTER"));
	return cmocka_run_group_tests(tests, set_up, NULL);
}
