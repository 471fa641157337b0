// SPDX-License-Identifier: BSD-3-Clause
/* Redirect standard error to a file for a while. */
#include "captured.h"
#include "test.h"

#include <unistd.h>

static FILE *kept;
static int before = -1;

void capture_begin(void)
{
	assert_int_equal(before, -1);
	fflush(stderr);
	kept = tmpfile();
	assert_non_null(kept);
	before = dup(STDERR_FILENO);
	assert_true(before >= 0);
	assert_int_equal(dup2(fileno(kept), STDERR_FILENO), STDERR_FILENO);
}

const char *capture_end(void)
{
	static char text[8192];
	ssize_t bytes;

	fflush(stderr);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	before = -1;
	bytes = pread(fileno(kept), text, sizeof(text) - 1, 0);
	assert_true(bytes >= 0);
	text[bytes] = '\0';
	fclose(kept);
	return text;
}

void capture_one_line(const char *words)
{
	const char *text = capture_end(), *newline = strchr(text, '\n');
	int good = newline && newline[1] == '\0' && strncmp(text, "padma: ", 7) == 0 &&
		   strstr(text, words) != NULL;

	if (!good)
		print_message("expected one line with \"%s\", not:\n%s\n", words, text);
	assert_true(good);
}

void capture_nothing(void)
{
	assert_string_equal(capture_end(), "");
}
