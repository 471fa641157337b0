// SPDX-License-Identifier: BSD-3-Clause
/* See registrations.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "memory/pin_fault.h"
#include "space/register/registrations.h"
#include "space/resolve.h"

#define PAGE	       ((uint64_t)UAPI_PAGE_BYTES)

/*
 * Below this, GET_PA's own steps cost less than finding out the page size (a step is some 40 ns,
 * finding out takes three system calls).
 */
#define ASK_FROM_BYTES KIB(128)

struct registration {
	struct range_node range; /* its bytes; first */
	size_t runs;
	bool resolved;
};

/* What one registration maps: a partial page at either end (0: none; the first page of the address
 * space cannot be registered), whole pages between. */
struct pieces {
	uint64_t head;
	uint64_t tail;
	uint64_t middle;
	uint64_t middle_bytes;
};

static struct pieces cut(uint64_t va, uint64_t len)
{
	uint64_t end = va + len;
	struct pieces p = {0};

	if (align_down(va, PAGE) == align_down(end, PAGE)) {
		p.head = align_down(va, PAGE);
		return p;
	}
	if (va % PAGE)
		p.head = align_down(va, PAGE);
	if (end % PAGE)
		p.tail = align_down(end, PAGE);
	p.middle = align_up(va, PAGE);
	p.middle_bytes = align_down(end, PAGE) - p.middle;
	return p;
}

static struct pieces pieces_of(const struct registration *r)
{
	return cut(r->range.start, r->range.len);
}

static struct registration *registration_of(struct range_node *node)
{
	return container_of(node, struct registration, range);
}

/* Mapping. */

static int map(struct registrations *all, uint64_t va, uint64_t bytes)
{
	int rc = backend_map(all->backend, va, bytes);

	if (rc == 0)
		return 0;
	return fail(rc, "cannot map %llu bytes at 0x%llx into the IOAS: %s",
		    (unsigned long long)bytes, (unsigned long long)va,
		    backend_advice(all->backend, rc, va, bytes));
}

static void unmap(struct registrations *all, uint64_t va, uint64_t bytes)
{
	int rc = backend_unmap(all->backend, va, bytes);

	if (rc)
		log_warning("UNMAP of %llu bytes at 0x%llx: %s", (unsigned long long)bytes,
			    (unsigned long long)va, strerror(-rc));
}

/* Add a user to a partial page; the first maps it. */
static int page_get(struct registrations *all, uint64_t va)
{
	struct partial_page *page;
	int rc;

	if (va == 0)
		return 0;
	page = registered_map_page(&all->map, va);
	if (!page) {
		page = registered_map_add_page(&all->map, va);
		if (!page)
			return -ENOMEM;
		rc = map(all, va, PAGE);
		if (rc) {
			registered_map_drop_page(&all->map, va);
			return rc;
		}
	}
	page->users++;
	return 0;
}

static void page_put(struct registrations *all, uint64_t va)
{
	if (va == 0 || --registered_map_page(&all->map, va)->users)
		return;
	registered_map_drop_page(&all->map, va);
	unmap(all, va, PAGE);
}

/* In address order: memory that is pinned in order is more likely to be one run. */
static int map_pieces(struct registrations *all, const struct pieces *p)
{
	int rc = page_get(all, p->head);

	if (rc)
		return rc;
	if (p->middle_bytes) {
		rc = map(all, p->middle, p->middle_bytes);
		if (rc)
			goto put_head;
	}
	rc = page_get(all, p->tail);
	if (rc == 0)
		return 0;
	if (p->middle_bytes)
		unmap(all, p->middle, p->middle_bytes);
put_head:
	page_put(all, p->head);
	return rc;
}

static void unmap_pieces(struct registrations *all, const struct pieces *p)
{
	if (p->middle_bytes)
		unmap(all, p->middle, p->middle_bytes);
	page_put(all, p->tail);
	page_put(all, p->head);
}

/* Resolving: what GET_PA returns is entered into the map at once. */

static int take_page(void *ctx, const struct padma_run *run)
{
	struct partial_page *page = ctx;

	__atomic_store_n(&page->dma, run->dma, __ATOMIC_RELEASE);
	return 0;
}

/* Resolve a partial page, unless another registration that shares it has. */
static int resolve_page(struct registrations *all, uint64_t va)
{
	struct partial_page *page = va ? registered_map_page(&all->map, va) : NULL;

	if (!page || page->dma)
		return 0;
	return resolve(all->backend, va, PAGE, PAGE, take_page, page);
}

struct resolved_part {
	struct registered_map *map;
	uint64_t end; /* of the query: a run that ends there may continue */
};

static int take_run(void *ctx, const struct padma_run *run)
{
	const struct resolved_part *part = ctx;
	uint64_t va = (uintptr_t)run->va;

	return registered_map_set(part->map, va, run->dma, run->len, va + run->len == part->end);
}

/* Stretches of one page size each: one GET_PA for each hugepage. */
static int resolve_middle(struct registrations *all, uint64_t va, uint64_t bytes)
{
	uint64_t end = va + bytes, page_bytes, until;
	int rc = 0;

	while (va < end && rc == 0) {
		struct resolved_part part = {.map = &all->map, .end = end};

		page_bytes = PAGE;
		until = end;
		if (end - va >= ASK_FROM_BYTES)
			backend_page_bytes(all->backend, va, &page_bytes, &until);
		if (until < end)
			part.end = until;
		rc = resolve(all->backend, va, part.end - va, page_bytes, take_run, &part);
		va = part.end;
	}
	return rc;
}

/* Piece by piece: a run never crosses two MAPs, and the V4 form of GET_PA would let it. */
static int resolve_pieces(struct registrations *all, const struct pieces *p)
{
	int rc = resolve_page(all, p->head);

	if (rc == 0)
		rc = resolve_middle(all, p->middle, p->middle_bytes);
	return rc ? rc : resolve_page(all, p->tail);
}

/* The registration's bytes of a partial page. */
static void mark_bytes(struct registrations *all, const struct registration *r, uint64_t page_va,
		       bool on)
{
	uint64_t start = r->range.start > page_va ? r->range.start : page_va;
	uint64_t end = r->range.start + r->range.len;
	struct partial_page *page = page_va ? registered_map_page(&all->map, page_va) : NULL;

	if (!page)
		return;
	if (end > page_va + PAGE)
		end = page_va + PAGE;
	if (on)
		page_bits_set(&page->bits, start % PAGE, (unsigned int)(end - start));
	else
		page_bits_clear(&page->bits, start % PAGE, (unsigned int)(end - start));
}

static void remove_from_map(struct registrations *all, const struct registration *r)
{
	struct pieces p = pieces_of(r);

	mark_bytes(all, r, p.head, false);
	registered_map_clear(&all->map, p.middle, p.middle_bytes);
	mark_bytes(all, r, p.tail, false);
}

/* The registration's own runs, up to @bytes of it. */
static int each_run(const struct registrations *all, const struct registration *r, uint64_t bytes,
		    int (*fn)(void *ctx, const struct padma_run *run), void *ctx)
{
	uint64_t va = r->range.start, end = va + bytes;
	int rc = 0;

	while (va < end && rc == 0) {
		struct padma_run run = registered_map_run(&all->map, va, end - va);

		rc = fn(ctx, &run);
		va += run.len;
	}
	return rc;
}

struct guarding {
	struct guard *guard;
	uint64_t done; /* bytes added so far */
	size_t runs;
};

static int guard_run(void *ctx, const struct padma_run *run)
{
	struct guarding *guarding = ctx;
	int rc = guard_add_registered(guarding->guard, run);

	if (rc)
		return rc;
	guarding->done += run->len;
	guarding->runs++;
	return 0;
}

static int unguard_run(void *ctx, const struct padma_run *run)
{
	guard_remove_registered(ctx, run);
	return 0;
}

/* All of its runs, or none. */
static int add_to_guard(struct registrations *all, struct registration *r)
{
	struct guarding guarding = {.guard = all->guard};
	int rc = each_run(all, r, r->range.len, guard_run, &guarding);

	if (rc)
		each_run(all, r, guarding.done, unguard_run, all->guard);
	r->runs = guarding.runs;
	return rc;
}

/* Visible to lookups and to the guard, or to neither. */
static int resolve_registration(struct registrations *all, struct registration *r)
{
	struct pieces p = pieces_of(r);
	int rc = resolve_pieces(all, &p);

	if (rc == 0) {
		mark_bytes(all, r, p.head, true);
		mark_bytes(all, r, p.tail, true);
		rc = add_to_guard(all, r);
	}
	if (rc) {
		remove_from_map(all, r);
		return rc;
	}
	r->resolved = true;
	all->runs += r->runs;
	return 0;
}

/* The guard first: it must not pass an address that no lookup returns. */
static void unresolve(struct registrations *all, struct registration *r)
{
	if (!r->resolved)
		return;
	each_run(all, r, r->range.len, unguard_run, all->guard);
	remove_from_map(all, r);
	all->runs -= r->runs;
	r->resolved = false;
}

int registrations_open(struct registrations *all, struct backend *backend, struct guard *guard)
{
	*all = (struct registrations){.backend = backend, .guard = guard};
	return registered_map_open(&all->map);
}

static int insert(struct registrations *all, struct registration *r)
{
	if (!registered_map_reaches(r->range.start + r->range.len))
		return fail(-EINVAL, "%llu bytes at 0x%llx lie above 256 TiB; map them lower",
			    (unsigned long long)r->range.len, (unsigned long long)r->range.start);
	if (!range_tree_insert(&all->tree, &r->range))
		return fail(-EEXIST, "%llu bytes at 0x%llx overlap memory that is registered",
			    (unsigned long long)r->range.len, (unsigned long long)r->range.start);
	return 0;
}

static int map_and_resolve(struct registrations *all, struct registration *r)
{
	struct pieces p = pieces_of(r);
	int rc = map_pieces(all, &p);

	if (rc || !all->backend->resolves)
		return rc;
	rc = resolve_registration(all, r);
	if (rc)
		unmap_pieces(all, &p);
	return rc;
}

int registrations_add(struct registrations *all, uint64_t va, uint64_t len)
{
	struct registration *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return fail(-ENOMEM, "no memory to record a registration");
	r->range.start = va;
	r->range.len = len;
	rc = insert(all, r);
	if (rc) {
		free(r);
		return rc;
	}
	rc = map_and_resolve(all, r);
	if (rc) {
		range_tree_remove(&all->tree, &r->range);
		free(r);
		return rc;
	}
	all->count++;
	all->bytes += len;
	return 0;
}

static void drop(struct registrations *all, struct registration *r)
{
	struct pieces p = pieces_of(r);

	unresolve(all, r);
	unmap_pieces(all, &p);
	range_tree_remove(&all->tree, &r->range);
	all->count--;
	all->bytes -= r->range.len;
	free(r);
}

int registrations_remove(struct registrations *all, uint64_t va, uint64_t len)
{
	struct range_node *node = range_tree_find(&all->tree, va);

	if (!node || node->start != va || node->len != len)
		return fail(-ENOENT, "%llu bytes at 0x%llx are not a registration",
			    (unsigned long long)len, (unsigned long long)va);
	drop(all, registration_of(node));
	return 0;
}

int registrations_resolve(struct registrations *all)
{
	struct range_node *node, *next;
	int rc = 0;

	range_tree_for_each(node, next, &all->tree)
	{
		if (!registration_of(node)->resolved)
			rc = resolve_registration(all, registration_of(node));
		if (rc)
			return rc;
	}
	return 0;
}

int registrations_each_run(const struct registrations *all,
			   int (*fn)(void *ctx, const struct padma_run *run), void *ctx)
{
	struct range_node *node, *next;
	int rc = 0;

	range_tree_for_each(node, next, &all->tree)
	{
		const struct registration *r = registration_of(node);

		if (r->resolved)
			rc = each_run(all, r, r->range.len, fn, ctx);
		if (rc)
			return rc;
	}
	return 0;
}

struct walk {
	const struct range_tree *tree;
	const struct range_node *next;
};

static bool next_range(void *ctx, uint64_t *va, uint64_t *bytes)
{
	struct walk *walk = ctx;

	if (!walk->next)
		return false;
	*va = walk->next->start;
	*bytes = walk->next->len;
	walk->next = range_tree_next(walk->tree, walk->next);
	return true;
}

bool registrations_explain(const struct registrations *all, struct sentence *sentence)
{
	struct walk walk = {&all->tree, range_tree_from(&all->tree, 0)};

	return mapping_explains_some("", next_range, &walk, sentence);
}

void registrations_close(struct registrations *all)
{
	struct range_node *node, *next;

	range_tree_for_each(node, next, &all->tree) drop(all, registration_of(node));
	registered_map_close(&all->map);
}
