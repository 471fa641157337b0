/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h - the part of a device's name after its kind: ",key=value,key".
 *
 * Each kind states its keys in a table; the parser fills a structure by it and says in one sentence
 * what is wrong with a text that does not fit.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum sim_option_type {
	SIM_OPTION_FLAG,   /* no value; sets a bool */
	SIM_OPTION_NUMBER, /* uint64_t, decimal or 0x */
	SIM_OPTION_BYTES,  /* uint64_t with an optional suffix K, M, G or T, powers of 1024 */
	SIM_OPTION_TEXT,   /* char *, owned by the structure */
};

struct sim_option {
	const char *key; /* NULL ends a table */
	enum sim_option_type type;
	size_t offset;
	uint64_t min, max; /* of numbers and bytes, and of the length of texts */
};

/*
 * Fill @config from @text, which is "" or starts with ','. @name is the whole name, for messages.
 * 0, -EINVAL, -ENOMEM; texts set so far are the caller's to free (sim_options_free) in any case.
 */
int sim_options_parse(const char *name, const char *text, const struct sim_option *table,
		      void *config);
void sim_options_free(const struct sim_option *table, void *config);

#endif
