// SPDX-License-Identifier: BSD-3-Clause
/* See array.h. */
#include "pci/array.h"

#include <errno.h>
#include <stdlib.h>

#include <padma/error.h>
#include <padma/params.h>

int array_give(void **array, size_t bytes, size_t count, size_t wanted_bytes)
{
	char *wanted;

	if (wanted_bytes == bytes || !*array)
		return 0;
	wanted = calloc(count ? count : 1, wanted_bytes);
	if (!wanted)
		return padma_fail(-ENOMEM, "pci", "no memory for a list of %zu", count);
	for (size_t i = 0; i < count; i++)
		padma_params_give(wanted + i * wanted_bytes, wanted_bytes,
				  (char *)*array + i * bytes, bytes);
	free(*array);
	*array = wanted;
	return 0;
}
