// SPDX-License-Identifier: BSD-3-Clause
/* MSI: masking, pending bits, delivery. */
#include "sim/pci/msi.h"

#include <sys/eventfd.h>

void msi_init(struct msi *msi, unsigned int vectors, const bool *master)
{
	*msi = (struct msi){.vectors = vectors, .master = master};
	msi_reset(msi);
}

void msi_reset(struct msi *msi)
{
	msi->enabled = false;
	msi->granted = 1;
	msi->mask = 0;
	msi->pending = 0;
	for (unsigned int i = 0; i < MSI_VECTORS_MAX; i++)
		msi->fds[i] = -1;
}

static bool may_go_out(const struct msi *msi, unsigned int vector)
{
	return msi->enabled && *msi->master && !(msi->mask >> vector & 1);
}

static void send_message(const struct msi *msi, unsigned int vector)
{
	/* A full counter already wakes its reader: nothing is lost with EAGAIN. */
	if (msi->fds[vector] >= 0)
		(void)eventfd_write(msi->fds[vector], 1);
}

void msi_notify(struct msi *msi, unsigned int vector)
{
	if (vector >= msi->vectors || !msi->enabled)
		return;
	/* 6.8.1.3: the function changes the low bits of the message's data, as many as it was granted. */
	vector &= msi->granted - 1;
	if (may_go_out(msi, vector))
		send_message(msi, vector);
	else
		msi->pending |= 1u << vector;
}

void msi_control(struct msi *msi, bool enabled, unsigned int granted_log2, uint32_t mask)
{
	unsigned int granted = 1u << (granted_log2 > 5 ? 5 : granted_log2);

	msi->enabled = enabled;
	msi->granted = granted < msi->vectors ? granted : msi->vectors;
	msi->mask = mask;
	for (unsigned int vector = 0; vector < msi->granted; vector++) {
		if ((msi->pending >> vector & 1) && may_go_out(msi, vector)) {
			msi->pending &= ~(1u << vector);
			send_message(msi, vector);
		}
	}
}

void msi_connect(struct msi *msi, const int *fds, unsigned int count)
{
	msi->pending = 0;
	for (unsigned int i = 0; i < MSI_VECTORS_MAX; i++)
		msi->fds[i] = i < count ? fds[i] : -1;
}
