// SPDX-License-Identifier: BSD-3-Clause
/* Printing with jansson. */
#include "common/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command.h"

json_t *json_hex(uint64_t value, int digits)
{
	return json_sprintf("0x%0*" PRIx64, digits, value);
}

/* Length of the character at @text by jansson's rule for UTF-8; 0 if it is invalid. */
static size_t character_bytes(const char *text)
{
	size_t left = strnlen(text, 4);

	for (size_t bytes = 1; bytes <= left; bytes++) {
		json_t *character = json_stringn(text, bytes);

		json_decref(character);
		if (character)
			return bytes;
	}
	return 0;
}

/* Each byte that is not part of a valid character becomes U+FFFD. */
static json_t *repaired(const char *text)
{
	char *copy;
	size_t bytes;
	json_t *value;
	FILE *out = open_memstream(&copy, &bytes);

	if (!out)
		return NULL;
	while (*text) {
		size_t taken = character_bytes(text);

		if (taken)
			fwrite(text, 1, taken, out);
		else
			fputs("\xef\xbf\xbd", out);
		text += taken ? taken : 1;
	}
	value = fclose(out) == 0 ? json_string(copy) : NULL;
	free(copy);
	return value;
}

json_t *json_text(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : repaired(text);
}

json_t *json_text_or_null(const char *text)
{
	return *text ? json_text(text) : json_null();
}

json_t *json_integer_or_null(int value)
{
	return value >= 0 ? json_integer(value) : json_null();
}

int json_print(json_t *value)
{
	if (!value)
		return complain("no memory for the JSON output");
	/* 9 digits resolve nanoseconds, the precision that was measured. */
	if (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0)
		putchar('\n');
	json_decref(value);
	return command_finish_output();
}
