// SPDX-License-Identifier: BSD-3-Clause
/* What programs and drivers call: the check, and reporting a refusal. */
#define PADMA_PART "guard"
#include "base/base.h"

#include <padma/params.h>

#include "space/guard/exact.h"
#include "space/space_private.h"

bool guard_exact_allows(const struct guard *guard, padma_dma_t dma, size_t len)
{
	struct space *space = container_of((uintptr_t)guard, struct space, guard);
	bool fine;

	pthread_mutex_lock(&space->lock);
	fine = guard_exact_diagnose(space, dma, len, NULL) == GUARD_FINE;
	pthread_mutex_unlock(&space->lock);
	return fine;
}

bool padma_guard_check(const struct padma_space *space, padma_dma_t dma, size_t len)
{
	const struct guard *guard = &space_of(space)->guard;

	return !guard->frames || guard_check(guard, dma, len);
}

enum padma_guard_mode padma_guard_mode(const struct padma_space *space)
{
	const struct guard *guard = &space_of(space)->guard;

	if (guard->exact)
		return PADMA_GUARD_EXACT;
	return guard->frames ? PADMA_GUARD_PAGES : PADMA_GUARD_OFF;
}

/* Lock held. */
static enum guard_kind look(struct space *space, const struct padma_guard_entry *entry,
			    struct sentence *words)
{
	enum guard_kind kind = space->guard.exact
				       ? guard_exact_diagnose(space, entry->dma, entry->len, words)
				       : guard_pages_diagnose(space, entry->dma, entry->len, words);

	if (kind == GUARD_FINE)
		sentence_add(words, "memory of the space by now: another thread changed it "
				    "meanwhile");
	return kind;
}

int padma_guard_refuse_sized(struct padma_space *space, size_t entry_bytes,
			     const struct padma_guard_entry *given)
{
	struct space *s = space_of(space);
	struct padma_guard_entry entry;
	struct sentence words = {""};
	enum guard_kind kind;
	uint64_t times;
	int rc;

	/* Members that are unknown here do not matter: it is refused in any case. */
	padma_params_give(&entry, sizeof(entry), given, entry_bytes);
	pthread_mutex_lock(&s->lock);
	kind = look(s, &entry, &words);
	times = ++s->guard.refused[kind];
	s->guard.refusals++;
	pthread_mutex_unlock(&s->lock);
	/* Each kind is logged less and less often. */
	fail_hold();
	rc = fail(-EFAULT, "%.64s, queue %u, entry %u: the guard refuses dma 0x%llx, %zu bytes: %s",
		  entry.driver ? entry.driver : "a driver", entry.queue, entry.entry,
		  (unsigned long long)entry.dma, entry.len, words.text);
	fail_release(is_power_of_two(times) ? rc : 0);
	return rc;
}
