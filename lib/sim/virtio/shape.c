// SPDX-License-Identifier: BSD-3-Clause
/* The PCI function of a Virtio device: ids, BAR 0, and the capabilities that say what is where (Virtio 1.2, 4.1.2 to 4.1.4). */
#include "common.h"
#include "layout.h"
#include "spec.h"

#define VENDOR_VIRTIO	    0x1af4u
#define DEVICE_MODERN	    0x1040u
#define DEVICE_TRANSITIONAL 0x1000u
#define DEVICE_NETWORK	    1u

/* struct virtio_pci_cap with its header, which the library writes: cfg_type, bar, offset, length. */
#define CAP(bytes, type, bar, offset, length)                                                      \
	0, 0, (bytes), (type), (bar), 0, 0, 0, (uint8_t)(offset), (uint8_t)((offset) >> 8), 0, 0,  \
		(uint8_t)(length), (uint8_t)((length) >> 8), 0, 0

#define NOTIFY_BYTES (NOTIFY_MULTIPLIER * SIM_VIRTIO_DOORBELLS(SIM_VIRTIO_QUEUES_MAX))

static const uint8_t common[] = {CAP(16, CFG_COMMON, 0, BAR_COMMON, COMMON_BYTES)};
static const uint8_t notify[] = {CAP(20, CFG_NOTIFY, 0, BAR_NOTIFY, NOTIFY_BYTES),
				 NOTIFY_MULTIPLIER, 0, 0, 0};
static const uint8_t isr[] = {CAP(16, CFG_ISR, 0, BAR_ISR, 1)};
static const uint8_t device[] = {CAP(16, CFG_DEVICE, 0, BAR_DEVICE, SIM_VIRTIO_CONFIG_MAX)};
static const uint8_t pci[] = {CAP(20, CFG_PCI, 0, 0, 0), 0, 0, 0, 0};
/* bar, offset, length and data can be written. */
static const uint8_t pci_writable[20] = {
	[4] = 0xff,  [8] = 0xff,  [9] = 0xff,  [10] = 0xff, [11] = 0xff, [12] = 0xff, [13] = 0xff,
	[14] = 0xff, [15] = 0xff, [16] = 0xff, [17] = 0xff, [18] = 0xff, [19] = 0xff};
/* A reserved type, a reserved BAR, and a second one of a type, which is the worse choice (4.1.4). */
static const uint8_t odd_type[] = {CAP(16, 0x7f, 0, 0x8000, 16)};
static const uint8_t odd_bar[] = {CAP(16, CFG_COMMON, 6, BAR_COMMON, COMMON_BYTES)};
static const uint8_t second[] = {CAP(16, CFG_ISR, 0, BAR_ISR, 1)};

#define ENTRY(place, content)                                                                      \
	{                                                                                          \
		.id = CAPABILITY_VENDOR, .offset = (place), .bytes = sizeof(content),              \
		.data = (content)                                                                  \
	}
#define ENTRIES                                                                                    \
	ENTRY(0xa0, common), ENTRY(0xb0, notify), ENTRY(0xc4, isr), ENTRY(0xd4, device),           \
	{                                                                                          \
		.id = CAPABILITY_VENDOR, .offset = CAP_PCI_AT, .bytes = sizeof(pci), .data = pci,  \
		.writable = pci_writable                                                           \
	}

static const struct padma_sim_capability usual[] = {ENTRIES};
/* Where a conventional function has no capability of PCI Express. */
static const struct padma_sim_capability odd[] = {ENTRY(0x60, odd_type), ENTRY(0x70, odd_bar),
						  ENTRIES, ENTRY(0x80, second)};

static void set_ids(const struct sim_virtio_params *params, struct padma_sim_shape *shape)
{
	bool old = params->transitional || params->legacy;

	shape->vendor = VENDOR_VIRTIO;
	shape->subsystem_vendor = VENDOR_VIRTIO;
	shape->class_code = params->class_code;
	/* The number of the transitional device follows its type; for a network device it is the first (4.1.2.1). */
	shape->device = (uint16_t)(old ? DEVICE_TRANSITIONAL + params->type - DEVICE_NETWORK
				       : DEVICE_MODERN + params->type);
	shape->subsystem = (uint16_t)(old ? params->type : DEVICE_MODERN + params->type);
	shape->revision = old ? 0 : 1;
}

static uint64_t bar_bytes(const struct sim_virtio_params *params, uint32_t *pba)
{
	uint64_t bytes = 0x4000, end;

	*pba = (uint32_t)align_up(BAR_MSIX + params->vectors * MSIX_ENTRY_BYTES, 4096);
	end = *pba + align_up(params->vectors / 8 + 8, 8);
	while (bytes < end)
		bytes *= 2;
	return bytes;
}

void sim_virtio_describe(const struct sim_virtio *virtio, struct padma_sim_shape *shape)
{
	const struct sim_virtio_params *params = &virtio->params;
	/* The control queue has the first word, which is not mapped then: sim_virtio_doorbell_of(). */
	unsigned int first = virtio->function->stepped ? 2 : 0;
	uint32_t pba;

	set_ids(params, shape);
	shape->bars[0] = (struct padma_sim_bar){.bytes = bar_bytes(params, &pba), .is_64bit = true};
	shape->msix_vectors = params->vectors;
	shape->msix_table = BAR_MSIX;
	shape->msix_pba = pba;
	if (params->legacy)
		return;
	shape->is_conventional = params->odd;
	shape->capabilities = params->odd ? odd : usual;
	shape->capability_count =
		params->odd ? sizeof(odd) / sizeof(odd[0]) : sizeof(usual) / sizeof(usual[0]);
	if (params->called)
		return;
	shape->directs[0] = (struct padma_sim_direct){
		.offset = BAR_NOTIFY + first * NOTIFY_MULTIPLIER,
		.bytes = (SIM_VIRTIO_DOORBELLS(params->queues) - first) * NOTIFY_MULTIPLIER,
		.memory = virtio->doorbells + first};
}
