// SPDX-License-Identifier: BSD-3-Clause
/* Printing with jansson. */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>

#include "command.h"

json_t *json_hex(uint64_t value, int digits)
{
	return json_sprintf("0x%0*" PRIx64, digits, value);
}

json_t *json_text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

json_t *json_integer_or_null(int value)
{
	return value >= 0 ? json_integer(value) : json_null();
}

int json_print(json_t *value)
{
	if (!value)
		return complain("no memory for the answer in JSON");
	/* 9 digits tell nanoseconds from each other, and not more than was measured. */
	if (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0)
		putchar('\n');
	json_decref(value);
	return command_finish_output();
}
