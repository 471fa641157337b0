// SPDX-License-Identifier: BSD-3-Clause
/* Mutations in words: the key "hostile-kinds", and a line of a report. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/params.h>

#include "sim/hostile.h"

#define ALL_KINDS      (SIM_MUTATION_BIT(SIM_MUTATION_KINDS) - 1)
/* What can be done to a read of a register: it always returns something. */
#define REGISTER_KINDS (SIM_MUTATION_BIT(PADMA_SIM_MUTATION_DROP) - 1)

static const char *const names[SIM_MUTATION_KINDS] = {
	[PADMA_SIM_MUTATION_FLIP] = "flip",   [PADMA_SIM_MUTATION_RANDOM] = "random",
	[PADMA_SIM_MUTATION_ZEROS] = "zeros", [PADMA_SIM_MUTATION_ONES] = "ones",
	[PADMA_SIM_MUTATION_STALE] = "stale", [PADMA_SIM_MUTATION_DROP] = "drop",
	[PADMA_SIM_MUTATION_TORN] = "torn",
};

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(text, word, length) == 0;
}

static int parse_word(const char *name, const char *text, size_t length, uint32_t *kinds,
		      bool *memory, bool *registers)
{
	if (is_word(text, length, "memory")) {
		*memory = true;
		return 0;
	}
	if (is_word(text, length, "registers")) {
		*registers = true;
		return 0;
	}
	for (unsigned int kind = 0; kind < SIM_MUTATION_KINDS; kind++) {
		if (is_word(text, length, names[kind])) {
			*kinds |= SIM_MUTATION_BIT(kind);
			return 0;
		}
	}
	return fail(-EINVAL,
		    "%s: hostile-kinds has no '%.*s'; join any of memory, registers, flip, random, "
		    "zeros, ones, stale, drop and torn by '+'",
		    name, length < 32 ? (int)length : 32, text);
}

static int parse_kinds(const char *name, const char *text, struct sim_hostile *hostile)
{
	bool memory = false, registers = false;
	uint32_t kinds = 0;

	while (text && *text) {
		size_t length = strcspn(text, "+");
		int rc = parse_word(name, text, length, &kinds, &memory, &registers);

		if (rc)
			return rc;
		text += length;
		text += *text == '+';
	}
	if (!kinds)
		kinds = ALL_KINDS;
	if (memory || !registers)
		hostile->writes.kinds = kinds;
	if (registers || !memory)
		hostile->reads.kinds = kinds & REGISTER_KINDS;
	if (!hostile->writes.kinds && !hostile->reads.kinds)
		return fail(-EINVAL,
			    "%s: reads of registers are neither dropped nor torn; give another of "
			    "hostile-kinds, or 'memory'",
			    name);
	return 0;
}

int sim_hostile_new(const char *name, uint64_t seed, uint64_t rate, uint64_t after,
		    const char *kinds, struct sim_hostile **made)
{
	struct sim_hostile *hostile = calloc(1, sizeof(*hostile));
	int rc;

	if (!hostile)
		return fail(-ENOMEM, "%s: no memory left", name);
	hostile->seed = seed;
	hostile->rate = rate;
	hostile->after = after;
	rc = parse_kinds(name, kinds, hostile);
	if (rc) {
		free(hostile);
		return rc;
	}
	log_warning("%s: a hostile device: it mutates one access in %" PRIu64 "; hostile=%" PRIu64
		    " gives the same again",
		    name, rate, seed);
	*made = hostile;
	return 0;
}

static void bytes_text(const uint8_t *bytes, size_t count, char *text)
{
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

int padma_sim_mutation_text_sized(size_t mutation_bytes, const struct padma_sim_mutation *given,
				  char *text, size_t bytes)
{
	char before[17] = "", after[17] = "", place[32] = "write to";
	struct padma_sim_mutation mutation;
	size_t shown;
	int rc = padma_params_take(&mutation, sizeof(mutation), given, mutation_bytes);

	if (rc || (unsigned int)mutation.kind >= SIM_MUTATION_KINDS)
		return rc ? rc : fail(-EINVAL, "%d is no kind of mutation", (int)mutation.kind);
	shown = mutation.count < 8 ? mutation.count : 8;
	bytes_text(mutation.before, shown, before);
	bytes_text(mutation.after, shown, after);
	if (mutation.bar >= 0)
		snprintf(place, sizeof(place), "read of BAR %d,", mutation.bar);
	return snprintf(text, bytes,
			"#%" PRIu64 ": %s 0x%" PRIx64 ", %zu bytes: %s at %zu: %s -> %s%s",
			mutation.access, place, mutation.at, mutation.bytes, names[mutation.kind],
			mutation.first, before, after, mutation.count > shown ? "..." : "");
}
