// SPDX-License-Identifier: BSD-3-Clause
/* io: what is received is transmitted, untouched. The fastest mode: the engine passes the burst on by itself. */
#include "net/test/test.h"

const struct test_mode test_mode_io = {
	.name = "io",
	.help = "transmit what is received, unchanged",
	.receives = true,
	.transmits = true,
};
