// SPDX-License-Identifier: BSD-3-Clause
/* See page_bits.h. */
#include "space/register/page_bits.h"

/* The bits of word @w that belong to bytes [first, end). */
static uint64_t mask_in(unsigned int w, unsigned int first, unsigned int end)
{
	uint64_t mask = UINT64_MAX;

	if (first > w * 64)
		mask &= UINT64_MAX << (first - w * 64);
	if (end < (w + 1) * 64)
		mask &= ~(UINT64_MAX << (end - w * 64));
	return mask;
}

void page_bits_set(struct page_bits *bits, unsigned int first, unsigned int count)
{
	unsigned int end = first + count;

	for (unsigned int w = first / 64; w * 64 < end; w++)
		__atomic_fetch_or(&bits->words[w], mask_in(w, first, end), __ATOMIC_RELEASE);
}

void page_bits_clear(struct page_bits *bits, unsigned int first, unsigned int count)
{
	unsigned int end = first + count;

	for (unsigned int w = first / 64; w * 64 < end; w++)
		__atomic_fetch_and(&bits->words[w], ~mask_in(w, first, end), __ATOMIC_RELEASE);
}

bool page_bits_any(const struct page_bits *bits, unsigned int first, unsigned int count)
{
	unsigned int end = first + count;

	for (unsigned int w = first / 64; w * 64 < end; w++) {
		if (bits->words[w] & mask_in(w, first, end))
			return true;
	}
	return false;
}

unsigned int page_bits_run(const struct page_bits *bits, unsigned int first)
{
	unsigned int at = first;

	while (at < UAPI_PAGE_BYTES) {
		uint64_t word = __atomic_load_n(&bits->words[at / 64], __ATOMIC_ACQUIRE);
		uint64_t gaps = ~word >> (at % 64);

		if (gaps)
			return at + (unsigned int)__builtin_ctzll(gaps) - first;
		at = (at / 64 + 1) * 64;
	}
	return UAPI_PAGE_BYTES - first;
}
