// SPDX-License-Identifier: BSD-3-Clause
/* MAP and UNMAP by virtual address, and what their errors mean. */
#include "space/backend.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <padma/time.h>

#include "memory/pin_fault.h"
#include "memory/pin_shortage.h"

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
	if (rc == 0)
		backend->mapped_bytes += bytes;
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
	int rc;

	rc = backend->ops->unmap(backend, &unmap);
	if (rc == 0)
		backend->mapped_bytes -= bytes;
	return rc;
}

void backend_page_bytes(struct backend *backend, uint64_t va, uint64_t *page_bytes, uint64_t *end)
{
	*page_bytes = UAPI_PAGE_BYTES;
	*end = UINT64_MAX;
	if (backend->ops->page_bytes)
		backend->ops->page_bytes(backend, va, page_bytes, end);
}

int set_reason(int error, char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, BACKEND_REASON_BYTES, format, args);
	va_end(args);
	return error;
}

/* EFAULT and ENOMEM of real memory. */
static const char *investigate(const struct backend *backend, int error, uint64_t va,
			       uint64_t bytes)
{
	static _Thread_local struct sentence sentence;

	sentence.text[0] = '\0';
	if (error == -ENOMEM)
		pin_shortage("", bytes, va ? backend->mapped_bytes : 0, backend->iommufd >= 0,
			     &sentence);
	else if (!va || !mapping_explains("", va, bytes, &sentence))
		sentence_add(&sentence, "some of it is unmapped or not writable");
	return sentence.text;
}

const char *backend_advice(const struct backend *backend, int error, uint64_t va, uint64_t bytes)
{
	const char *advice = backend->ops->advice ? backend->ops->advice(error) : NULL;

	if (advice)
		return advice;
	if (error == -ENOMEM || error == -EFAULT)
		return investigate(backend, error, va, bytes);
	return strerror(-error);
}
