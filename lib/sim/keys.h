/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * keys.h - the part of a device's name after its model: ",key=value,key".
 *
 * The keys that all models have fill a structure of ours, those of the model its state. An error is reported in
 * one sentence.
 */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/sim/model.h>

/* What sim_keys.hostile is unless the key is given. */
#define SIM_NOT_HOSTILE 0

/* The keys of all models. */
struct sim_keys {
	bool step, trap, help;
	uint64_t seed;
	uint64_t hostile, hostile_rate /* 0: not given */, hostile_after;
	char *hostile_kinds;
	char *fault; /* to be armed from the start, see sim_fault_parse(); or NULL */
	char *reset; /* how the function is reset; NULL: the default of its shape */
};

/*
 * Fill @keys and @state from @text, which is "" or starts with ','. @name is the whole name, for messages. @served: of the
 * keys of all models it has "help" alone.
 * 0, -EINVAL, -ENOMEM; texts set so far are the caller's to free (sim_keys_free) in any case.
 */
int sim_keys_parse(const char *name, const char *text, const struct padma_sim_model *model,
		   bool served, struct sim_keys *keys, void *state);
void sim_keys_free(const struct padma_sim_model *model, struct sim_keys *keys, void *state);

/* Whether a table of keys can be a model's, whose state has @state_bytes. 0, or -EINVAL with the reason noted. */
int sim_keys_check(const char *model, const struct padma_sim_key *table, size_t state_bytes);

#endif
