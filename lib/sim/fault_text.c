// SPDX-License-Identifier: BSD-3-Clause
/* A fault in words: the key "fault" of a device's name. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fault.h"

static const char *const kinds[SIM_FAULT_KINDS] = {
	[PADMA_SIM_FAULT_NONE] = "none",
	[PADMA_SIM_FAULT_DROP] = "drop",
	[PADMA_SIM_FAULT_DELAY] = "delay",
	[PADMA_SIM_FAULT_WRONG_ID] = "wrong-id",
	[PADMA_SIM_FAULT_STATUS] = "status",
	[PADMA_SIM_FAULT_GARBAGE] = "garbage",
	[PADMA_SIM_FAULT_WRONG_HEAD] = "wrong-head",
	[PADMA_SIM_FAULT_TWICE] = "twice",
	[PADMA_SIM_FAULT_FATAL] = "fatal",
	[PADMA_SIM_FAULT_SLOW_RESET] = "slow-reset",
	[PADMA_SIM_FAULT_STUCK] = "stuck",
	[PADMA_SIM_FAULT_SLOW_SHUTDOWN] = "slow-shutdown",
	[PADMA_SIM_FAULT_REGISTERS] = "registers",
	[PADMA_SIM_FAULT_MASTER_STUCK] = "master-stuck",
	[PADMA_SIM_FAULT_LINK_DOWN] = "link-down",
	[PADMA_SIM_FAULT_HANG] = "hang",
	[PADMA_SIM_FAULT_WRONG_LENGTH] = "wrong-length",
};

static int unknown(const char *name, const char *text)
{
	char list[256] = "";
	size_t used = 0;

	for (unsigned int kind = 0; kind < SIM_FAULT_KINDS && used < sizeof(list); kind++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
					 kinds[kind]);
	return fail(-EINVAL,
		    "%s: there is no fault '%.32s'; give KIND[:VALUE[:SKIP[:COUNT]]], of %s", name,
		    text, list);
}

static bool take_number(const char **text, uint64_t *number)
{
	char *end;

	if (**text == '\0')
		return true;
	if (**text != ':' || (*text)[1] < '0' || (*text)[1] > '9')
		return false;
	errno = 0;
	*number = strtoull(*text + 1, &end, 0);
	*text = end;
	return errno == 0;
}

int sim_fault_parse(const char *name, const char *text, struct padma_sim_fault *fault)
{
	size_t length = strcspn(text, ":");
	const char *rest = text + length;
	unsigned int kind = 0;

	while (kind < SIM_FAULT_KINDS &&
	       (strlen(kinds[kind]) != length || strncmp(kinds[kind], text, length) != 0))
		kind++;
	if (kind == SIM_FAULT_KINDS)
		return unknown(name, text);
	*fault = (struct padma_sim_fault){.kind = (enum padma_sim_fault_kind)kind};
	if (!take_number(&rest, &fault->value) || !take_number(&rest, &fault->skip) ||
	    !take_number(&rest, &fault->count) || *rest)
		return unknown(name, text);
	return 0;
}
