// SPDX-License-Identifier: BSD-3-Clause
/* The simulated space that a benchmark runs in. */
#include "bench/bench.h"

#include <padma/error.h>

#include "common/command.h"

struct padma_space_params bench_params(void)
{
	return (struct padma_space_params){.backend = "sim"};
}

struct padma_space *bench_space(const struct padma_space_params *params)
{
	struct padma_space *space;

	if (padma_space_open(params, &space) == 0)
		return space;
	complain("%s", padma_last_error());
	return NULL;
}
