// SPDX-License-Identifier: BSD-3-Clause
/* See foreign.h. */
#include <errno.h>
#include <string.h>

#include "sim/foreign.h"
#include "sim/machine/word.h"

static void *at(const struct sim_foreign_memory *memory, uint64_t pa, size_t bytes)
{
	uint64_t there = 0;
	void *found = memory->at ? memory->at(memory->ctx, pa, &there) : NULL;

	return bytes <= there ? found : NULL;
}

int sim_foreign_read(const struct sim_foreign_memory *memory, uint64_t pa, void *to, size_t bytes)
{
	const void *from = at(memory, pa, bytes);

	if (!from)
		return -EFAULT;
	memcpy(to, from, bytes);
	return 0;
}

int sim_foreign_write(const struct sim_foreign_memory *memory, uint64_t pa, const void *from,
		      size_t bytes)
{
	void *to = at(memory, pa, bytes);

	if (!to)
		return -EFAULT;
	memcpy(to, from, bytes);
	return 0;
}

int sim_foreign_store(const struct sim_foreign_memory *memory, uint64_t pa, uint64_t value,
		      unsigned int width)
{
	void *to = sim_is_word(pa, width) ? at(memory, pa, width) : NULL;

	if (!to)
		return -EFAULT;
	sim_store_word(to, value, width);
	return 0;
}

int sim_foreign_load(const struct sim_foreign_memory *memory, uint64_t pa, uint64_t *value,
		     unsigned int width)
{
	const void *from = sim_is_word(pa, width) ? at(memory, pa, width) : NULL;

	if (!from)
		return -EFAULT;
	*value = sim_load_word(from, width);
	return 0;
}
