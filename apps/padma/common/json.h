/* SPDX-License-Identifier: BSD-3-Clause */
/* json.h - printing with jansson, which returns NULL when out of memory. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <jansson.h>
#include <stdint.h>

/* A string in hexadecimal, "0x1b36", of at least @digits digits. */
json_t *json_hex(uint64_t value, int digits);

/*
 * External text: names of devices, files and programs are bytes, and JSON is UTF-8.
 * Each byte that is not part of a valid UTF-8 character becomes U+FFFD.
 */
json_t *json_text(const char *text);
json_t *json_text_or_null(const char *text); /* null if it is empty */
json_t *json_integer_or_null(int value);     /* if it is negative */

/*
 * Print @value (NULL: it could not be built) on standard output, indented and with a newline, and
 * release it. Return: the exit code; 1 after complaining.
 */
int json_print(json_t *value);

#endif
