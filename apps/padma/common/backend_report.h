/* SPDX-License-Identifier: BSD-3-Clause */
/* backend_report.h - which backend a space got, and why not another: in every report of the tool. */
#ifndef COMMON_BACKEND_REPORT_H
#define COMMON_BACKEND_REPORT_H

#include <jansson.h>

#include <padma/space.h>

/* It outlives its space. All zero: there was no space. */
struct backend_taken {
	char name[16];
	char why[512];
};

void backend_note(struct backend_taken *taken, struct padma_space *space);

/* A line of text: @label, the backend's name, and why. Nothing where there was no space. */
void backend_print(const char *label, const struct backend_taken *taken);

/* "backend" and "backend_why" into @object, which is given back; NULL where it is NULL. */
json_t *backend_json(json_t *object, const struct backend_taken *taken);

#endif
