// SPDX-License-Identifier: BSD-3-Clause
/* See publish.h. */
#include "common/publish.h"

#include <padma/error.h>
#include <padma/log.h>
#include <padma/stats.h>

#include "common/command.h"

void publish_counters(const char *program)
{
	const struct padma_stats_params params = {.program = program};
	struct padma_stats *stats; /* closed by the end of the process */
	int rc;

	/* The command works without it. */
	command_hush(true);
	rc = padma_stats_serve(&params, &stats);
	command_hush(false);
	if (rc)
		padma_log(PADMA_LOG_INFO, "stats", "counters are not published: %s",
			  padma_last_error());
}
