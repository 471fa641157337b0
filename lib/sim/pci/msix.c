// SPDX-License-Identifier: BSD-3-Clause
/* MSI-X: masking, pending bits, delivery. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "sim/pci/msix.h"

#define ENTRY_MASKED   1u
/* Where the kernel would have the message go; it is not used here. */
#define MESSAGE_TARGET 0xfee00000u

static size_t pending_words(const struct msix *msix)
{
	return (msix->vectors + 63) / 64;
}

int msix_init(struct msix *msix, unsigned int vectors, const bool *master)
{
	*msix = (struct msix){.vectors = vectors, .master = master};
	if (vectors == 0)
		return 0;
	msix->entries = calloc(vectors, sizeof(*msix->entries));
	msix->pending = calloc(pending_words(msix), sizeof(*msix->pending));
	msix->fds = calloc(vectors, sizeof(*msix->fds));
	if (!msix->entries || !msix->pending || !msix->fds) {
		msix_destroy(msix);
		return fail(-ENOMEM, "no memory for %u interrupt vectors", vectors);
	}
	msix_reset(msix);
	return 0;
}

void msix_destroy(struct msix *msix)
{
	free(msix->entries);
	free(msix->pending);
	free(msix->fds);
	*msix = (struct msix){0};
}

/* 6.8.2.9: every vector is masked after reset. */
void msix_reset(struct msix *msix)
{
	msix->enabled = false;
	msix->masked = false;
	if (msix->vectors == 0)
		return;
	memset(msix->pending, 0, pending_words(msix) * sizeof(*msix->pending));
	for (unsigned int i = 0; i < msix->vectors; i++) {
		msix->entries[i] = (struct msix_entry){.control = ENTRY_MASKED};
		msix->fds[i] = -1;
	}
}

size_t msix_table_bytes(const struct msix *msix)
{
	return msix->vectors * sizeof(struct msix_entry);
}

size_t msix_pba_bytes(const struct msix *msix)
{
	return pending_words(msix) * sizeof(uint64_t);
}

static bool may_go_out(const struct msix *msix, unsigned int vector)
{
	return msix->enabled && !msix->masked && *msix->master &&
	       !(msix->entries[vector].control & ENTRY_MASKED);
}

static void send_message(struct msix *msix, unsigned int vector)
{
	/* A full counter already wakes its reader: nothing is lost with EAGAIN. */
	if (msix->fds[vector] >= 0)
		(void)eventfd_write(msix->fds[vector], 1);
}

void msix_notify(struct msix *msix, unsigned int vector)
{
	if (vector >= msix->vectors || !msix->enabled)
		return;
	if (may_go_out(msix, vector))
		send_message(msix, vector);
	else
		msix->pending[vector / 64] |= 1ull << (vector % 64);
}

static void deliver_pending(struct msix *msix)
{
	for (unsigned int vector = 0; vector < msix->vectors; vector++) {
		uint64_t bit = 1ull << (vector % 64);

		if ((msix->pending[vector / 64] & bit) && may_go_out(msix, vector)) {
			msix->pending[vector / 64] &= ~bit;
			send_message(msix, vector);
		}
	}
}

void msix_control(struct msix *msix, bool enabled, bool masked)
{
	msix->enabled = enabled;
	msix->masked = masked;
	deliver_pending(msix);
}

void msix_connect(struct msix *msix, const int *fds, unsigned int count)
{
	if (msix->vectors == 0)
		return;
	memset(msix->pending, 0, pending_words(msix) * sizeof(*msix->pending));
	for (unsigned int i = 0; i < msix->vectors; i++) {
		struct msix_entry *entry = &msix->entries[i];

		msix->fds[i] = i < count ? fds[i] : -1;
		*entry = (struct msix_entry){.control = ENTRY_MASKED};
		if (msix->fds[i] >= 0)
			*entry = (struct msix_entry){.address_low = MESSAGE_TARGET, .data = i};
	}
}

static uint32_t *table_word(const struct msix *msix, uint64_t offset)
{
	return (uint32_t *)(void *)((char *)msix->entries + (offset & ~3ull));
}

uint32_t msix_table_read(const struct msix *msix, uint64_t offset)
{
	return *table_word(msix, offset);
}

void msix_table_write(struct msix *msix, uint64_t offset, uint32_t value)
{
	switch (offset % sizeof(struct msix_entry) & ~3ull) {
	case offsetof(struct msix_entry, control):
		value &= ENTRY_MASKED;
		break;
	case offsetof(struct msix_entry, address_low):
		value &= ~3u;
		break;
	default:
		break;
	}
	*table_word(msix, offset) = value;
	deliver_pending(msix);
}

uint32_t msix_pba_read(const struct msix *msix, uint64_t offset)
{
	return (uint32_t)(msix->pending[offset / 8] >> (offset & 4 ? 32 : 0));
}
