// SPDX-License-Identifier: BSD-3-Clause
/* net_tool.c - padma net test on QEMU's cards, between interfaces of the kernel's. */
#include "net_card.h"
#include "net_tests.h"

unsigned int net_card_beside = 1;
unsigned int net_tool_pings = 10000;
const char *net_copy_size = "64M";

/* Starts the tool in the background; stop_tool ends it in order, and its report must say that nothing was dropped. */
#define TOOL_SCRIPT                                                                                \
	"start_tool() { '" TOOL "' net test \"$@\" --json >report 2>err & tool=$!; }\n"            \
	"stop_tool() { kill -TERM $tool; wait $tool || fail \"the tool: $(cat err)\"; }\n"         \
	"trap 'kill $tool 2>err2 || true; wait $tool || true; cat report err >&2' EXIT\n"

static void beside_card(const char *rest)
{
	card_none_open();
	card_serve(NULL, "%s%s", TOOL_SCRIPT, rest);
}

void test_tool_echo(void **state)
{
	char script[512];

	(void)state;
	snprintf(
		script, sizeof(script),
		"start_tool %s --backend %s --mode icmpecho --ip 10.0.0.8 --ip fd00::8\n"
		"answers $end 10.0.0.8\n"
		"pings $end 10.0.0.8 %u 56; pings $end 10.0.0.8 %u 1400; pings $end fd00::8 %u 56\n"
		"stop_tool; trap - EXIT",
		bdf(net_card), net_backend, net_tool_pings, net_tool_pings, net_tool_pings / 5);
	beside_card(script);
}

void test_tool_copy(void **state)
{
	char script[512], first[32];

	(void)state;
	snprintf(first, sizeof(first), "%s", bdf(net_card));
	snprintf(script, sizeof(script),
		 "start_tool %s %s --backend %s --mode io\n"
		 "answers $end 10.0.0.%u; copy $end %u %s; pings %u 10.0.0.$((end + 1)) 1000 1400\n"
		 "stop_tool; trap - EXIT",
		 first, bdf(net_card_beside), net_backend, net_card_beside + 1, net_card_beside,
		 net_copy_size, net_card_beside);
	beside_card(script);
}
