// SPDX-License-Identifier: BSD-3-Clause
/* Negotiation of features, and its record (Virtio 1.2, 2.2 and 3.1.1). */
#include <stdio.h>
#include <string.h>

#include <padma/params.h>

#include "message.h"
#include "regs.h"
#include "virtio.h"

/* Features that the transport and the rings handle. */
static const struct padma_virtio_feature common_features[] = {
	{.bit = PADMA_VIRTIO_F_INDIRECT_DESC, .name = "INDIRECT_DESC"},
	{.bit = PADMA_VIRTIO_F_EVENT_IDX, .name = "EVENT_IDX"},
	{.bit = PADMA_VIRTIO_F_VERSION_1, .name = "VERSION_1", .required = true},
	{.bit = PADMA_VIRTIO_F_ACCESS_PLATFORM, .name = "ACCESS_PLATFORM"},
	{.bit = PADMA_VIRTIO_F_RING_PACKED, .name = "RING_PACKED"},
	{.bit = PADMA_VIRTIO_F_IN_ORDER, .name = "IN_ORDER"},
	{.bit = PADMA_VIRTIO_F_ORDER_PLATFORM, .name = "ORDER_PLATFORM"},
	{.bit = PADMA_VIRTIO_F_SR_IOV,
	 .name = "SR_IOV",
	 .refusal = "a user-space driver creates no virtual functions"},
	{.bit = PADMA_VIRTIO_F_NOTIFICATION_DATA, .name = "NOTIFICATION_DATA"},
	{.bit = PADMA_VIRTIO_F_NOTIF_CONFIG_DATA, .name = "NOTIF_CONFIG_DATA"},
	{.bit = PADMA_VIRTIO_F_RING_RESET, .name = "RING_RESET"},
};

/* Features by number: the driver's own, then the common ones that it does not name. */
struct choice {
	const struct padma_virtio_feature *known[VIRTIO_FEATURES];
	uint64_t offered, without_register, accepted;
};

static void know(struct choice *choice, const struct padma_virtio_feature *features,
		 unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (features[i].bit < VIRTIO_FEATURES && !choice->known[features[i].bit])
			choice->known[features[i].bit] = &features[i];
	}
}

static bool wanted(const struct choice *choice, unsigned int bit)
{
	return choice->known[bit] && !choice->known[bit]->refusal;
}

/* What needs a register that the common structure is too short to have. */
static uint64_t without_register(const struct padma_virtio *virtio)
{
	uint64_t features = 0;

	if (virtio->common.bytes < COMMON_QUEUE_NOTIFY_DATA + 2)
		features |= PADMA_VIRTIO_BIT(PADMA_VIRTIO_F_NOTIF_CONFIG_DATA);
	if (virtio->common.bytes < COMMON_QUEUE_RESET + 2)
		features |= PADMA_VIRTIO_BIT(PADMA_VIRTIO_F_RING_RESET);
	return features;
}

static void choose(struct choice *choice)
{
	uint64_t before;

	for (unsigned int bit = 0; bit < VIRTIO_FEATURES; bit++) {
		if (wanted(choice, bit))
			choice->accepted |=
				choice->offered & ~choice->without_register & PADMA_VIRTIO_BIT(bit);
	}
	/* One that is dropped may have been needed by another. */
	do {
		before = choice->accepted;
		for (unsigned int bit = 0; bit < VIRTIO_FEATURES; bit++) {
			if (choice->known[bit] && choice->known[bit]->needs & ~choice->accepted)
				choice->accepted &= ~PADMA_VIRTIO_BIT(bit);
		}
	} while (choice->accepted != before);
}

static void explain(const struct choice *choice, unsigned int bit,
		    struct padma_virtio_record *record)
{
	const struct padma_virtio_feature *feature = choice->known[bit];
	unsigned int missing = 0;

	if (record->accepted)
		return;
	if (!feature || feature->refusal) {
		snprintf(record->reason, sizeof(record->reason), "%s",
			 feature ? feature->refusal : "unknown to the driver");
		return;
	}
	if (!record->offered) {
		snprintf(record->reason, sizeof(record->reason), "not offered");
		return;
	}
	if (choice->without_register & PADMA_VIRTIO_BIT(bit)) {
		snprintf(record->reason, sizeof(record->reason),
			 "the common structure lacks its register");
		return;
	}
	while (missing < VIRTIO_FEATURES - 1 &&
	       !(feature->needs & ~choice->accepted & PADMA_VIRTIO_BIT(missing)))
		missing++;
	snprintf(record->reason, sizeof(record->reason), "needs %s, which is not in use",
		 choice->known[missing] ? choice->known[missing]->name : "another feature");
}

static void keep_record(struct padma_virtio *virtio, const struct choice *choice)
{
	virtio->record_count = 0;
	for (unsigned int bit = 0; bit < VIRTIO_FEATURES; bit++) {
		struct padma_virtio_record *record = &virtio->records[virtio->record_count];

		if (!choice->known[bit] && !(choice->offered & PADMA_VIRTIO_BIT(bit)))
			continue;
		*record = (struct padma_virtio_record){
			.bit = bit,
			.name = choice->known[bit] ? choice->known[bit]->name : "",
			.offered = choice->offered & PADMA_VIRTIO_BIT(bit),
			.accepted = choice->accepted & PADMA_VIRTIO_BIT(bit),
		};
		explain(choice, bit, record);
		virtio->record_count++;
	}
}

static int check_required(const struct padma_virtio *virtio, const struct choice *choice)
{
	for (unsigned int bit = 0; bit < VIRTIO_FEATURES; bit++) {
		if (!choice->known[bit] || !choice->known[bit]->required ||
		    choice->accepted & PADMA_VIRTIO_BIT(bit))
			continue;
		return fail(-ENOTSUP, "%s does not offer %s, which the driver requires",
			    padma_device_name(virtio->device), choice->known[bit]->name);
	}
	return 0;
}

int padma_virtio_negotiate(struct padma_virtio *virtio, const struct padma_virtio_feature *features,
			   unsigned int count)
{
	struct choice choice = {
		.offered = virtio->info.offered,
		.without_register = without_register(virtio),
	};
	uint8_t status;
	int rc;

	know(&choice, features, count);
	know(&choice, common_features, sizeof(common_features) / sizeof(common_features[0]));
	choose(&choice);
	keep_record(virtio, &choice);
	rc = check_required(virtio, &choice);
	if (rc)
		return rc;
	transport_accept(virtio, choice.accepted);
	transport_add_status(virtio, STATUS_FEATURES_OK);
	status = transport_status(virtio);
	rc = transport_answers(virtio, status);
	if (rc)
		return rc;
	/* 3.1.1, step 6: the device takes it back if it does not support the subset. */
	if (!(status & STATUS_FEATURES_OK))
		return fail(-ENOTSUP,
			    "%s rejected the features 0x%llx out of the 0x%llx that it offers",
			    padma_device_name(virtio->device), (unsigned long long)choice.accepted,
			    (unsigned long long)choice.offered);
	virtio->info.accepted = choice.accepted;
	/* Some devices have a number of queues that depends on what was accepted, such as QEMU's network cards. */
	virtio->info.queues = transport_queues(virtio);
	return 0;
}

bool padma_virtio_has(const struct padma_virtio *virtio, unsigned int bit)
{
	return bit < VIRTIO_FEATURES && virtio->info.accepted & PADMA_VIRTIO_BIT(bit);
}

unsigned int padma_virtio_records_sized(const struct padma_virtio *virtio, size_t record_bytes,
					struct padma_virtio_record *records, unsigned int room)
{
	for (unsigned int i = 0; i < virtio->record_count && i < room; i++)
		padma_params_give((char *)records + i * record_bytes, record_bytes,
				  &virtio->records[i], sizeof(virtio->records[i]));
	return virtio->record_count;
}
