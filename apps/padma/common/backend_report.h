/* SPDX-License-Identifier: BSD-3-Clause */
/* backend_report.h - which backend a space uses and why; part of every report of the tool. */
#ifndef COMMON_BACKEND_REPORT_H
#define COMMON_BACKEND_REPORT_H

#include <jansson.h>

#include <padma/space.h>

/* It outlives its space. All zero: no space. */
struct backend_taken {
	char name[16];
	char why[512];
};

void backend_note(struct backend_taken *taken, struct padma_space *space);

/* Print a line: @label, the backend's name, and why. Nothing if there was no space. */
void backend_print(const char *label, const struct backend_taken *taken);

/* Add "backend" and "backend_why" to @object. Return: @object; NULL if it is NULL. */
json_t *backend_json(json_t *object, const struct backend_taken *taken);

#endif
