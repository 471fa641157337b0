// SPDX-License-Identifier: BSD-3-Clause
/* Parse numbers, sizes and times of the command line. */
#include "common/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command.h"

/* strtoull() also accepts blanks and signs: here a number starts with a digit. */
static bool leading_number(const char *text, uint64_t *number, const char **rest)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]) || (hex && !isxdigit((unsigned char)text[2])))
		return false;
	errno = 0;
	*number = strtoull(text, &end, hex ? 16 : 10);
	*rest = end;
	return errno == 0;
}

bool parse_number(const char *text, uint64_t *number)
{
	const char *rest;

	return leading_number(text, number, &rest) && *rest == '\0';
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "kmgt";
	const char *rest, *unit;
	uint64_t number;
	unsigned int shift;

	if (!leading_number(text, &number, &rest))
		return false;
	if (*rest == '\0') {
		*bytes = number;
		return true;
	}
	unit = strchr(units, tolower((unsigned char)*rest));
	if (!unit || rest[1] != '\0')
		return false;
	shift = 10 * (unsigned int)(unit - units + 1);
	*bytes = number << shift;
	return *bytes >> shift == number;
}

bool parse_seconds(const char *text, uint64_t *ns)
{
	double seconds, unit = 1;
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return false;
	/* strtod() also accepts hexadecimal: 0x10 would be 16 seconds. */
	if (text[0] == '0' && tolower((unsigned char)text[1]) == 'x')
		return false;
	seconds = strtod(text, &end);
	if (*end == 's' || *end == 'm')
		unit = *end++ == 'm' ? 60 : 1;
	seconds *= unit;
	if (*end != '\0' || !isfinite(seconds) || seconds < 1e-9 || seconds > 365.0 * 86400)
		return false;
	*ns = (uint64_t)(seconds * 1e9);
	return true;
}

uint64_t option_size(const struct argp_state *state, const char *what, const char *text,
		     uint64_t low, uint64_t high)
{
	uint64_t bytes;

	if (!parse_size(text, &bytes))
		command_usage(state, "%s: '%.64s' is not a size such as 512, 4k, 1M or 2G", what,
			      text);
	if (bytes < low || bytes > high)
		command_usage(state,
			      "%s: '%.64s' is out of range: %" PRIu64 " to %" PRIu64 " bytes", what,
			      text, low, high);
	return bytes;
}

uint64_t option_number(const struct argp_state *state, const char *what, const char *text,
		       uint64_t low, uint64_t high)
{
	uint64_t number;

	if (!parse_number(text, &number))
		command_usage(state, "%s: '%.64s' is not a number", what, text);
	if (number < low || number > high)
		command_usage(state, "%s: '%.64s' is out of range: %" PRIu64 " to %" PRIu64, what,
			      text, low, high);
	return number;
}

const char *format_bytes(uint64_t bytes, char *text, size_t room)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	unsigned int unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(text, room, value == floor(value) ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return text;
}
