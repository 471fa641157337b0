/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * models.h - which models there are: the table of the build (lib/registry.c), and those that were added
 * by padma_sim_model_add().
 *
 * Threading: the list has a lock of its own. A model is never removed, so a pointer to one stays valid.
 */
#ifndef SIM_MODELS_H
#define SIM_MODELS_H

#include <stddef.h>

#include <padma/sim/model.h>

/* NULL at the end. */
extern const struct padma_sim_model *const sim_models[];

/* The model called @name, of @length characters, or NULL. */
const struct padma_sim_model *sim_model_find(const char *name, size_t length);

/* The names of all models, joined by ", ", cut off if they are longer. */
void sim_model_names(char *text, size_t bytes);

#endif
