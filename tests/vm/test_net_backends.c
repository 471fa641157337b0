// SPDX-License-Identifier: BSD-3-Clause
/*
 * test_net_backends.c - the drivers by one backend of the space: test_net_backends iommu|pagemap. The machine has a card for
 * each driver, each in a slot and wired to an interface of the kernel's (net.sh). What depends on the backend is tested:
 * addresses (traffic both ways), interrupts, resets, removals, memory after a program was killed. test_net.c has the rest.
 */
#include "net_echo.h"
#include "net_tests.h"

#define PINGS 500u /* of each of two sizes */
#define KILLS 1u

struct kind {
	const char *model, *driver;
	const char *interrupts;
};

/* In the order of the machine's cards. */
static struct kind kinds[] = {
	{"virtio-net-pci", "virtio-net", "msix intx"},
	{"e1000e", "e1000", "msix msi intx"},
	{"e1000", "e1000", "intx"},
};

#define KINDS ARRAY_SIZE(kinds)

static int choose(void **state)
{
	const struct kind *kind = *state;

	net_card = (unsigned int)(kind - kinds);
	net_card_beside = (net_card + 1) % KINDS;
	net_model = kind->model;
	net_driver = kind->driver;
	/* uio_pci_generic knows INTx only. */
	net_interrupts = strcmp(net_backend, "pagemap") == 0 ? "intx" : kind->interrupts;
	print_message("%s by %s:\n", net_model, net_backend);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	net_pings = PINGS;
	net_kills = KILLS;
	net_copy_size = "4M";
	card_serve(NULL, "end_of 0; end_of 1; end_of 2");
	return 0;
}

#define TEST_OF(test, kind)                                                                        \
	cmocka_unit_test_prestate_setup_teardown(test, choose, NULL, &kinds[kind])
#define TESTS_OF(kind)                                                                             \
	TEST_OF(test_identity, kind), TEST_OF(test_pings, kind),                                   \
		TEST_OF(test_card_checksums, kind), TEST_OF(test_interrupts, kind),                \
		TEST_OF(test_reset_under_traffic, kind), TEST_OF(test_killed, kind),               \
		TEST_OF(test_tool_copy, kind), TEST_OF(test_removal_requested, kind),              \
		TEST_OF(test_removal_by_surprise, kind)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {TESTS_OF(0), TESTS_OF(1), TESTS_OF(2)};

	if (argc == 5 && strcmp(argv[1], NET_VICTIM) == 0)
		return net_victim(argv + 2);
	if (argc != 2)
		return EXIT_FAILURE;
	net_backend = argv[1];
	/* By hand: only the tests of that pattern. */
	if (getenv("PADMA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("PADMA_TEST_FILTER"));
	return cmocka_run_group_tests(tests, set_up, NULL);
}
