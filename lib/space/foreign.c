// SPDX-License-Identifier: BSD-3-Clause
/* See foreign.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "space/foreign.h"
#include "space/mapping.h"
#include "space/resolve.h"

#define PAGE ((uint64_t)UAPI_PAGE_BYTES)

/* What one registration maps: a partial page at either end (0: none, as nobody registers the first
 * page), whole pages between. */
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

static int map_advice(const struct foreign *foreign, int rc, uint64_t va, uint64_t len)
{
	return fail(rc, "cannot map %llu bytes at 0x%llx into the IOAS: %s",
		    (unsigned long long)len, (unsigned long long)va,
		    backend_advice(foreign->backend, rc, va, len));
}

/* The index of the first partial page at or above @va. */
static size_t page_index(const struct foreign *foreign, uint64_t va)
{
	size_t i = 0;

	while (i < foreign->pages_count && foreign->pages[i].va < va)
		i++;
	return i;
}

static bool page_is_mapped(const struct foreign *foreign, size_t i, uint64_t va)
{
	return i < foreign->pages_count && foreign->pages[i].va == va;
}

/* A partial page's next user; the first maps it. */
static int page_get(struct foreign *foreign, uint64_t va)
{
	size_t i = page_index(foreign, va);
	struct foreign_page *pages;
	int rc;

	if (va == 0)
		return 0;
	if (page_is_mapped(foreign, i, va)) {
		foreign->pages[i].users++;
		return 0;
	}
	pages = realloc(foreign->pages, (foreign->pages_count + 1) * sizeof(*pages));
	if (!pages)
		return fail(-ENOMEM, "no memory to note a registration");
	foreign->pages = pages;
	rc = backend_map(foreign->backend, va, PAGE);
	if (rc)
		return map_advice(foreign, rc, va, PAGE);
	memmove(&pages[i + 1], &pages[i], (foreign->pages_count - i) * sizeof(*pages));
	pages[i] = (struct foreign_page){.va = va, .users = 1};
	foreign->pages_count++;
	return 0;
}

static void unmap(struct foreign *foreign, uint64_t va, uint64_t bytes)
{
	int rc = backend_unmap(foreign->backend, va, bytes);

	if (rc)
		log_warning("UNMAP of %llu bytes at 0x%llx: %s", (unsigned long long)bytes,
			    (unsigned long long)va, strerror(-rc));
}

static void page_put(struct foreign *foreign, uint64_t va)
{
	size_t i = page_index(foreign, va);

	if (va == 0 || --foreign->pages[i].users)
		return;
	unmap(foreign, va, PAGE);
	foreign->pages_count--;
	memmove(&foreign->pages[i], &foreign->pages[i + 1],
		(foreign->pages_count - i) * sizeof(*foreign->pages));
}

/* In the order of addresses: memory that is pinned in order is more likely to be one run. */
static int map_pieces(struct foreign *foreign, const struct pieces *p)
{
	int rc = page_get(foreign, p->head);

	if (rc)
		return rc;
	if (p->middle_bytes) {
		rc = backend_map(foreign->backend, p->middle, p->middle_bytes);
		if (rc) {
			map_advice(foreign, rc, p->middle, p->middle_bytes);
			goto put_head;
		}
	}
	rc = page_get(foreign, p->tail);
	if (rc == 0)
		return 0;
	if (p->middle_bytes)
		unmap(foreign, p->middle, p->middle_bytes);
put_head:
	page_put(foreign, p->head);
	return rc;
}

static void unmap_pieces(struct foreign *foreign, const struct pieces *p)
{
	if (p->middle_bytes)
		unmap(foreign, p->middle, p->middle_bytes);
	page_put(foreign, p->tail);
	page_put(foreign, p->head);
}

/* The runs of one registration as they are found, trimmed to its bytes. */
struct collector {
	uint64_t va;
	uint64_t end;
	struct range *ranges;
	size_t first; /* of this registration: runs of two are not joined, they go apart */
	size_t count;
	size_t capacity;
};

static int collect(void *ctx, const struct padma_run *run)
{
	struct collector *c = ctx;
	uint64_t start = (uintptr_t)run->va, end = start + run->len, dma = run->dma;
	struct range *last = c->count > c->first ? &c->ranges[c->count - 1] : NULL;

	if (start < c->va) {
		dma += c->va - start;
		start = c->va;
	}
	if (end > c->end)
		end = c->end;
	if (last && last->start + last->len == start && last->value + last->len == dma) {
		last->len += end - start;
		return 0;
	}
	if (!c->ranges || c->count == c->capacity) {
		size_t capacity = c->capacity ? c->capacity * 2 : 16;
		struct range *ranges = realloc(c->ranges, capacity * sizeof(*ranges));

		if (!ranges)
			return fail(-ENOMEM, "no memory for the runs of a registration");
		c->ranges = ranges;
		c->capacity = capacity;
	}
	c->ranges[c->count++] = (struct range){.start = start, .len = end - start, .value = dma};
	return 0;
}

/* Resolve piece by piece: a run never crosses two MAPs, and the V4 form of GET_PA would let it. */
static int resolve_pieces(struct foreign *foreign, const struct pieces *p, struct collector *c)
{
	int rc = 0;

	if (p->head)
		rc = resolve(foreign->backend, p->head, PAGE, PAGE, collect, c);
	if (rc == 0 && p->middle_bytes)
		rc = resolve(foreign->backend, p->middle, p->middle_bytes, PAGE, collect, c);
	if (rc == 0 && p->tail)
		rc = resolve(foreign->backend, p->tail, PAGE, PAGE, collect, c);
	return rc;
}

/* Known to the lookups and to the guard, or to neither. */
static int publish(struct foreign *foreign, const struct collector *c)
{
	const struct range *all;
	size_t all_n;
	int rc = run_table_insert(&foreign->runs, c->ranges, c->count);

	if (rc)
		return rc;
	all = run_table_ranges(&foreign->runs, &all_n);
	rc = guard_add_foreign(foreign->guard, c->ranges, c->count, all, all_n);
	if (rc)
		run_table_remove_ranges(&foreign->runs, c->ranges, c->count);
	return rc;
}

static int resolve_area(struct foreign *foreign, uint64_t va, uint64_t len)
{
	struct collector c = {.va = va, .end = va + len};
	struct pieces p = cut(va, len);
	int rc = resolve_pieces(foreign, &p, &c);

	if (rc == 0)
		rc = publish(foreign, &c);
	free(c.ranges);
	return rc;
}

static size_t area_index(const struct foreign *foreign, uint64_t va)
{
	size_t low = 0, high = foreign->areas_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (foreign->areas[middle].va < va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool foreign_area_at(const struct foreign *foreign, uint64_t va, uint64_t *start, uint64_t *len)
{
	size_t i = area_index(foreign, va + 1);

	if (i == 0 || va - foreign->areas[i - 1].va >= foreign->areas[i - 1].len)
		return false;
	*start = foreign->areas[i - 1].va;
	*len = foreign->areas[i - 1].len;
	return true;
}

static int check_overlap(const struct foreign *foreign, size_t i, uint64_t va, uint64_t len)
{
	const struct foreign_area *a = foreign->areas;

	if ((i < foreign->areas_count && a[i].va < va + len) ||
	    (i > 0 && a[i - 1].va + a[i - 1].len > va))
		return fail(-EEXIST, "%llu bytes at 0x%llx overlap memory that is registered",
			    (unsigned long long)len, (unsigned long long)va);
	return 0;
}

static void area_insert(struct foreign *foreign, size_t i, uint64_t va, uint64_t len)
{
	memmove(&foreign->areas[i + 1], &foreign->areas[i],
		(foreign->areas_count - i) * sizeof(*foreign->areas));
	foreign->areas[i] = (struct foreign_area){.va = va, .len = len};
	foreign->areas_count++;
	foreign->bytes += len;
}

int foreign_register(struct foreign *foreign, uint64_t va, uint64_t len)
{
	struct pieces p = cut(va, len);
	size_t i = area_index(foreign, va);
	struct foreign_area *areas;
	int rc = check_overlap(foreign, i, va, len);

	if (rc)
		return rc;
	areas = realloc(foreign->areas, (foreign->areas_count + 1) * sizeof(*areas));
	if (!areas)
		return fail(-ENOMEM, "no memory to note a registration");
	foreign->areas = areas;
	rc = map_pieces(foreign, &p);
	if (rc)
		return rc;
	if (foreign->backend->resolves) {
		rc = resolve_area(foreign, va, len);
		if (rc) {
			unmap_pieces(foreign, &p);
			return rc;
		}
	}
	area_insert(foreign, i, va, len);
	return 0;
}

/* The runs of a registration, which lie side by side in the table, out of it and of the guard. */
static void forget(struct foreign *foreign, uint64_t va, uint64_t len)
{
	size_t count, first = 0, n = 0;
	const struct range *old = run_table_ranges(&foreign->runs, &count), *all;

	while (first < count && old[first].start < va)
		first++;
	while (first + n < count && old[first + n].start < va + len)
		n++;
	if (n == 0)
		return;
	/* The old copy stays as it is until the next change. */
	run_table_remove(&foreign->runs, va, len);
	all = run_table_ranges(&foreign->runs, &count);
	guard_remove_foreign(foreign->guard, old + first, n, all, count);
}

int foreign_unregister(struct foreign *foreign, uint64_t va, uint64_t len)
{
	size_t i = area_index(foreign, va);
	struct pieces p = cut(va, len);

	if (i == foreign->areas_count || foreign->areas[i].va != va || foreign->areas[i].len != len)
		return fail(-ENOENT, "%llu bytes at 0x%llx are not registered as such",
			    (unsigned long long)len, (unsigned long long)va);
	forget(foreign, va, len);
	unmap_pieces(foreign, &p);
	foreign->areas_count--;
	foreign->bytes -= len;
	memmove(&foreign->areas[i], &foreign->areas[i + 1],
		(foreign->areas_count - i) * sizeof(*foreign->areas));
	return 0;
}

/* All areas into one table, which is published at once: readers see nothing of it, or all. */
static int resolve_areas(struct foreign *foreign, struct collector *c)
{
	int rc = 0;

	for (size_t i = 0; i < foreign->areas_count && rc == 0; i++) {
		struct pieces p = cut(foreign->areas[i].va, foreign->areas[i].len);

		c->first = c->count;
		c->va = foreign->areas[i].va;
		c->end = c->va + foreign->areas[i].len;
		rc = resolve_pieces(foreign, &p, c);
	}
	return rc;
}

int foreign_resolve_all(struct foreign *foreign)
{
	struct collector c = {0};
	int rc;

	if (foreign->resolved)
		return 0;
	rc = resolve_areas(foreign, &c);
	if (rc == 0)
		rc = run_table_replace(&foreign->runs, c.ranges, c.count);
	if (rc == 0)
		rc = guard_replace_foreign(foreign->guard, c.ranges, c.count);
	foreign->resolved = rc == 0;
	free(c.ranges);
	return rc;
}

struct area_walk {
	const struct foreign *foreign;
	size_t next;
};

static bool next_area(void *ctx, uint64_t *va, uint64_t *bytes)
{
	struct area_walk *walk = ctx;

	if (walk->next == walk->foreign->areas_count)
		return false;
	*va = walk->foreign->areas[walk->next].va;
	*bytes = walk->foreign->areas[walk->next++].len;
	return true;
}

bool foreign_explains(const struct foreign *foreign, struct sentence *sentence)
{
	struct area_walk walk = {foreign, 0};

	return mapping_explains_some("", next_area, &walk, sentence);
}

void foreign_close(struct foreign *foreign)
{
	for (size_t i = 0; i < foreign->areas_count; i++) {
		struct pieces p = cut(foreign->areas[i].va, foreign->areas[i].len);

		unmap_pieces(foreign, &p);
	}
	run_table_free(&foreign->runs);
	free(foreign->areas);
	free(foreign->pages);
	foreign->areas = NULL;
	foreign->pages = NULL;
}
