/* SPDX-License-Identifier: BSD-3-Clause */
/* backend_report.h - which backend a space got, and why not another: in every report of the tool. */
#ifndef APPS_PADMA_BACKEND_REPORT_H
#define APPS_PADMA_BACKEND_REPORT_H

#include <jansson.h>

#include <padma/space.h>

/* A line of text: @label, the backend's name, and why. */
void backend_print(const char *label, struct padma_space *space);

/* "backend" and "backend_why" into @object, which is given back; NULL where it is NULL. */
json_t *backend_json(json_t *object, struct padma_space *space);

#endif
