// SPDX-License-Identifier: BSD-3-Clause
/* See extended.h. */
#include "net/extended.h"

#include <stdlib.h>

#include <padma/error.h>

#include "common/command.h"

static int refuse(const char *why)
{
	complain("%s", why);
	return -1;
}

int extended_stats(struct padma_port *port, struct padma_port_stat **stats)
{
	int count = padma_port_extended_stats(port, NULL, 0);

	*stats = NULL;
	if (count < 0)
		return refuse(padma_last_error());
	*stats = calloc((size_t)count + 1, sizeof(**stats));
	if (!*stats)
		return refuse("no memory for the statistics");
	if (padma_port_extended_stats(port, *stats, (unsigned int)count) != count) {
		free(*stats);
		*stats = NULL;
		return refuse("the statistics changed while they were read; try again");
	}
	return count;
}

int extended_features(struct padma_port *port, struct padma_port_feature **features)
{
	int count = padma_port_features(port, NULL, 0);

	*features = NULL;
	if (count < 0)
		return refuse(padma_last_error());
	*features = calloc((size_t)count + 1, sizeof(**features));
	if (!*features)
		return refuse("no memory for the features");
	if (padma_port_features(port, *features, (unsigned int)count) != count) {
		free(*features);
		*features = NULL;
		return refuse("the features changed while they were read; try again");
	}
	return count;
}
