// SPDX-License-Identifier: BSD-3-Clause
/* Structures of the caller's size. */
#define PADMA_PART "padma"
#include "base/base.h"

#include <string.h>

#include <padma/params.h>

static bool all_zero(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

static void copy(void *to, size_t to_bytes, const void *from, size_t from_bytes)
{
	size_t known = from_bytes < to_bytes ? from_bytes : to_bytes;

	if (known)
		memcpy(to, from, known);
	memset((char *)to + known, 0, to_bytes - known);
}

int padma_params_take(void *to, size_t to_bytes, const void *from, size_t from_bytes)
{
	if (!from)
		from_bytes = 0;
	if (from_bytes > to_bytes &&
	    !all_zero((const unsigned char *)from + to_bytes, from_bytes - to_bytes))
		return fail(
			-E2BIG,
			"the program sets parameters that this libpadma does not know (%zu bytes, "
			"of which it knows %zu); install the libpadma that the program was built "
			"for, or leave the new members 0",
			from_bytes, to_bytes);
	copy(to, to_bytes, from, from_bytes);
	return 0;
}

void padma_params_give(void *to, size_t to_bytes, const void *from, size_t from_bytes)
{
	if (to)
		copy(to, to_bytes, from, from_bytes);
}
