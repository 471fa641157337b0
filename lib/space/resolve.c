// SPDX-License-Identifier: BSD-3-Clause
/* See resolve.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <string.h>
#include <linux/capability.h>

#include <padma/time.h>

#include "base/permission.h"
#include "space/resolve.h"

/* PAs have 52 bits at most (AMD64 APM volume 2, 5.1); bit 63 marks a hole in the PA cache. */
#define DMA_LIMIT (1ull << 52)

struct resolver {
	struct backend *backend;
	resolve_fn fn;
	void *ctx;
	struct padma_run pending; /* grows while answers continue it; len 0: none */
	size_t page_bytes;
};

static int refuse_answer(uint64_t va, const struct uapi_ioas_get_pa *answer, const char *why)
{
	return fail(-EIO, "GET_PA of 0x%llx answered address 0x%llx, %llu bytes: %s",
		    (unsigned long long)va, (unsigned long long)answer->out_phys,
		    (unsigned long long)answer->length, why);
}

static const char *query_advice(const struct backend *backend, int rc)
{
	if (backend->ops->query_advice)
		return backend->ops->query_advice(rc);
	switch (rc) {
	case -ENOTTY:
		return "this kernel has no such ioctl; Linux 7.3 or later is needed";
	case -EPERM:
		return permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO");
	case -EOPNOTSUPP:
		return "no device without an IOMMU is attached to that page table";
	case -ENOENT:
		return "that address is not mapped";
	default:
		return strerror(-rc);
	}
}

/* The contiguous bytes at @va, at most @length, in *bytes and *dma. */
static int query(struct resolver *r, uint64_t va, uint64_t length, uint64_t left, uint64_t *dma,
		 uint64_t *bytes)
{
	struct uapi_ioas_get_pa get_pa = {
		.size = sizeof(get_pa),
		.ioas_id = r->backend->ioas_id,
		.iova = va,
		.length = length,
	};
	int rc = r->backend->ops->get_pa(r->backend, &get_pa);

	r->backend->queries++;
	if (rc)
		return fail(rc, "GET_PA of 0x%llx: %s", (unsigned long long)va,
			    query_advice(r->backend, rc));
	if (get_pa.out_phys == 0)
		return refuse_answer(va, &get_pa, "address 0 is a failed lookup");
	if (get_pa.length == 0)
		return refuse_answer(va, &get_pa, "an empty run");
	if ((get_pa.out_phys - va) % r->page_bytes != 0)
		return refuse_answer(va, &get_pa, "it is not aligned as a page of that size is");
	if (get_pa.length > left)
		get_pa.length = left;
	if (get_pa.out_phys >= DMA_LIMIT || get_pa.length > DMA_LIMIT - get_pa.out_phys)
		return refuse_answer(va, &get_pa, "no processor has such addresses");
	*dma = get_pa.out_phys;
	*bytes = get_pa.length;
	return 0;
}

static int flush(struct resolver *r)
{
	struct padma_run run = r->pending;

	r->pending.len = 0;
	return run.len ? r->fn(r->ctx, &run) : 0;
}

static int take(struct resolver *r, uint64_t va, uint64_t dma, uint64_t bytes)
{
	int rc;

	if (r->pending.len && r->pending.dma + r->pending.len == dma) {
		r->pending.len += bytes;
		return 0;
	}
	rc = flush(r);
	r->pending = (struct padma_run){(void *)(uintptr_t)va, dma, bytes};
	return rc;
}

/*
 * How much of an answer of @got bytes at @va is usable. A hugepage is contiguous to its end, whatever
 * the query was; beyond that only whole pages count, and so it is with ordinary pages. 0: nothing.
 */
static uint64_t whole_pages(const struct resolver *r, uint64_t va, uint64_t got)
{
	uint64_t to_end = r->page_bytes - va % r->page_bytes;

	if (got < to_end)
		return r->page_bytes > UAPI_PAGE_BYTES ? to_end : 0;
	return to_end + align_down(got - to_end, r->page_bytes);
}

int resolve(struct backend *backend, uint64_t va, uint64_t bytes, size_t page_bytes, resolve_fn fn,
	    void *ctx)
{
	struct resolver r = {.backend = backend, .fn = fn, .ctx = ctx, .page_bytes = page_bytes};
	bool huge = page_bytes > UAPI_PAGE_BYTES;
	uint64_t end = va + bytes, dma = 0, got = 0, start = padma_ticks();
	int rc = 0;

	while (va < end && rc == 0) {
		rc = query(&r, va, huge ? UAPI_PAGE_BYTES : end - va, end - va, &dma, &got);
		if (rc)
			break;
		got = whole_pages(&r, va, got);
		if (got > end - va)
			got = end - va;
		if (got == 0)
			rc = fail(-EIO, "GET_PA of 0x%llx answered less than a page",
				  (unsigned long long)va);
		else
			rc = take(&r, va, dma, got);
		va += got;
	}
	if (rc == 0)
		rc = flush(&r);
	backend->resolve_ticks += padma_ticks() - start;
	return rc;
}
