// SPDX-License-Identifier: BSD-3-Clause
/* Request tags: making and freeing them. */
#define PADMA_PART "queue"
#include "base/base.h"

#include <stdlib.h>

#include "pmd/tags.h"

int tags_open(struct tags *tags, uint32_t count)
{
	if (count == 0 || count > TAGS_MAX)
		return fail(-EINVAL, "a queue holds 1 to %u requests, not %u", TAGS_MAX, count);
	tags->words = calloc(count, sizeof(*tags->words));
	tags->free = calloc(count, sizeof(*tags->free));
	if (!tags->words || !tags->free) {
		tags_close(tags);
		return fail(-ENOMEM, "no memory for %u request tags", count);
	}
	tags->count = count;
	tags->free_count = count;
	for (uint32_t tag = 0; tag < count; tag++) {
		tags->words[tag] = tag;
		tags->free[tag] = (uint16_t)(count - 1 - tag);
	}
	return 0;
}

void tags_close(struct tags *tags)
{
	free(tags->words);
	free(tags->free);
	*tags = (struct tags){0};
}
