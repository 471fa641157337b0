// SPDX-License-Identifier: BSD-3-Clause
/* MAP and UNMAP as the space uses them: by the virtual address. And their errors. */
#include "space/backend.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <padma/time.h>

int backend_map(struct backend *backend, uint64_t va, uint64_t bytes)
{
	struct uapi_ioas_map map = {
		.size = sizeof(map),
		.flags =
			UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE,
		.ioas_id = backend->ioas_id,
		.user_va = va,
		.length = bytes,
		.iova = va,
	};
	uint64_t start = padma_ticks();
	int rc = backend->ops->map(backend, &map);

	backend->map_ticks += padma_ticks() - start;
	return rc;
}

int backend_unmap(struct backend *backend, uint64_t va, uint64_t bytes)
{
	struct uapi_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = backend->ioas_id,
		.iova = va,
		.length = bytes,
	};

	return backend->ops->unmap(backend, &unmap);
}

int because(int error, char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, BACKEND_REASON_BYTES, format, args);
	va_end(args);
	return error;
}

const char *backend_advice(const struct backend *backend, int error)
{
	const char *advice = backend->ops->advice ? backend->ops->advice(error) : NULL;

	if (advice)
		return advice;
	if (error == -ENOMEM)
		return "memory is short, or more than may be locked: raise that limit (ulimit -l) "
		       "or give CAP_IPC_LOCK";
	return strerror(-error);
}
