// SPDX-License-Identifier: BSD-3-Clause
/* Request tags: making and freeing them. */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <stdlib.h>

#include <padma/pmd/tags.h>

int padma_tags_open(struct padma_tags *tags, unsigned int tag_bits, uint32_t count)
{
	struct padma_tags made = {.free_count = count, .count = count};

	if (tag_bits == 0 || tag_bits > PADMA_TAG_ID_BITS)
		return fail(-EINVAL, "a tag has 1 to %u bits, not %u", PADMA_TAG_ID_BITS, tag_bits);
	if (count == 0 || count > 1u << tag_bits)
		return fail(-EINVAL, "there are 1 to %u tags of %u bits, not %u", 1u << tag_bits,
			    tag_bits, count);
	made.words = calloc(count, sizeof(*made.words));
	made.free = calloc(count, sizeof(*made.free));
	if (!made.words || !made.free) {
		padma_tags_close(&made);
		return fail(-ENOMEM, "no memory for %u request tags", count);
	}
	for (uint32_t tag = 0; tag < count; tag++) {
		made.words[tag] = tag;
		made.free[tag] = (uint16_t)(count - 1 - tag);
	}
	*tags = made;
	return 0;
}

void padma_tags_close(struct padma_tags *tags)
{
	free(tags->words);
	free(tags->free);
	*tags = (struct padma_tags){0};
}
