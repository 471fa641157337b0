// SPDX-License-Identifier: BSD-3-Clause
/* "sim:e1000e" and "sim:e1000": their keys, their functions, and creating a card from them. */
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "common.h"
#include "mac.h"
#include "model.h"

#define CLASS_ETHERNET 0x020000u
/* More than PBA can allocate. */
#define FIFO_BYTES     (64u << 10)
/* 574, 9.1.? (BAR 3): the tables of MSI-X. */
#define MSIX_BAR       3u
#define MSIX_BAR_BYTES 16384u
#define MSIX_PBA       0x2000u

static const struct padma_sim_key keys[] = {
	{.name = "mac",
	 .type = PADMA_SIM_KEY_TEXT,
	 .offset = offsetof(struct card, config.mac),
	 .min = 17,
	 .max = 17,
	 .help = "its address, as 02:00:00:00:00:01"},
	{.name = "msi",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = offsetof(struct card, config.msi),
	 .max = 1,
	 .initial = 1,
	 .help = "0: without MSI"},
	{.name = "msix",
	 .type = PADMA_SIM_KEY_NUMBER,
	 .offset = offsetof(struct card, config.msix),
	 .max = 1,
	 .initial = 1,
	 .help = "0: without MSI-X"},
	SIM_WIRE_KEYS(struct card, config.wire),
	{.name = NULL},
};

static const struct card_kind kind_82574 = {
	.name = "e1000e",
	.queues = 2,
	.frame_max = 9234,
	.is_82574 = true,
	.eerd_done = 1,
	.eerd_address = 2,
	.phy_id2 = 0x0cb1,
	.device = DEVICE_82574L,
	.pba = 0x00140014,
};

static const struct card_kind kind_82540 = {
	.name = "e1000",
	.queues = 1,
	.frame_max = 16128,
	.eerd_done = 4,
	.eerd_address = 8,
	.phy_id2 = 0x0c20,
	.device = DEVICE_82540EM,
	.pba = 0x00100030,
};

static int set_mac(struct card *card)
{
	if (card->config.mac)
		return sim_mac_read(card->function->name, card->config.mac, card->mac);
	sim_mac_number(card->mac);
	return 0;
}

/* The tails of the rings are doorbells: memory that the driver writes without the card being called. */
static void describe(struct card *card, struct padma_sim_shape *shape)
{
	unsigned int direct = 0;

	for (unsigned int i = 0; i < card->kind->queues; i++) {
		struct ring *rings[] = {&card->rx[i].ring, &card->tx[i].ring};

		for (unsigned int j = 0; j < 2; j++)
			shape->directs[direct++] = (struct padma_sim_direct){
				.offset = rings[j]->base + RING_TAIL,
				.bytes = 4,
				.memory = &rings[j]->tail,
			};
	}
	shape->msi_vectors = (unsigned int)card->config.msi;
	if (card->kind->is_82574 && !card->config.msix)
		shape->msix_vectors = 0;
}

static void destroy(void *state)
{
	struct card *card = state;

	sim_wire_close(card->wire);
	free(card->fifo);
}

static int create(struct card *card, const struct card_kind *kind,
		  struct padma_sim_function *function, struct padma_sim_shape *shape)
{
	int rc;

	card->function = function;
	card->kind = kind;
	card->random = function->seed * 0x9e3779b97f4a7c15ull | 1;
	for (unsigned int i = 0; i < QUEUES; i++) {
		card->rx[i].ring.base = RX_RING(i);
		card->tx[i].ring.base = TX_RING(i);
	}
	rc = set_mac(card);
	if (rc)
		return rc;
	card->fifo_bytes = FIFO_BYTES;
	card->fifo = malloc(FIFO_BYTES);
	if (!card->fifo)
		return fail(-ENOMEM, "%s: no memory for a packet buffer", function->name);
	rc = sim_wire_open(&card->wire, &card->config.wire, function);
	if (rc) {
		free(card->fifo);
		return rc;
	}
	sim_e1000_registers_init(card);
	sim_e1000_eeprom_init(card);
	sim_e1000_power_up(card);
	describe(card, shape);
	return 0;
}

static int create_82574(void *state, struct padma_sim_function *function,
			struct padma_sim_shape *shape)
{
	return create(state, &kind_82574, function, shape);
}

static int create_82540(void *state, struct padma_sim_function *function,
			struct padma_sim_shape *shape)
{
	return create(state, &kind_82540, function, shape);
}

/* The I/O BAR of both is left out: functions here have memory BARs only. */
static const struct padma_sim_shape shape_82574 = {
	.vendor = VENDOR_INTEL,
	.device = DEVICE_82574L,
	.class_code = CLASS_ETHERNET,
	.bars = {[0] = {.bytes = BAR_REGS_BYTES}, [MSIX_BAR] = {.bytes = MSIX_BAR_BYTES}},
	.msix_vectors = MSIX_VECTORS,
	.msix_table_bar = MSIX_BAR,
	.msix_pba_bar = MSIX_BAR,
	.msix_pba = MSIX_PBA,
};

static const struct padma_sim_shape shape_82540 = {
	.vendor = VENDOR_INTEL,
	.device = DEVICE_82540EM,
	.class_code = CLASS_ETHERNET,
	.revision = 3,
	.is_conventional = true,
	.bars = {[0] = {.bytes = BAR_REGS_BYTES}},
};

#define FAULT(kind) PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_##kind)
#define FAULTS                                                                                     \
	(FAULT(DROP) | FAULT(DELAY) | FAULT(STATUS) | FAULT(GARBAGE) | FAULT(FATAL) |              \
	 FAULT(SLOW_RESET) | FAULT(STUCK) | FAULT(LINK_DOWN) | FAULT(HANG) | FAULT(WRONG_LENGTH))
#define MODEL(model, about, its_shape, creates)                                                    \
	{                                                                                          \
		.name = (model), .help = (about), .shape = (its_shape), .keys = keys,              \
		.state_bytes = sizeof(struct card), .faults = FAULTS, .create = (creates),         \
		.destroy = destroy, .read = sim_e1000_read, .write = sim_e1000_write,              \
		.run = sim_e1000_run, .reset = sim_e1000_reset, .asserts = sim_e1000_asserts,      \
	}

const struct padma_sim_model sim_e1000e_model =
	MODEL("e1000e", "Intel's 82574L, an Ethernet card", &shape_82574, create_82574);
const struct padma_sim_model sim_e1000_model =
	MODEL("e1000", "Intel's 82540EM, an Ethernet card", &shape_82540, create_82540);
