// SPDX-License-Identifier: BSD-3-Clause
/*
 * Errata of the 82574 (82574 Family Specification Update, revision 4.0), as Linux works around them (e1000e: 82571.c,
 * e1000_initialize_hw_bits_82571(); netdev.c). Others are where they matter: transmit contexts in tx_offload.c, accelerated
 * ACK interrupts in rx_queue.c, the 82540EM's segmentation in model.c.
 */
#include "errata.h"

#include "message.h"

#define CAPABILITY_EXPRESS   0x10
#define EXPRESS_LINK_CONTROL 0x10
#define LINK_CONTROL_ASPM    0x3u

/*
 * The card loses completions, and transmission hangs, while the link enters or leaves L0s or L1 (Linux: 82574 has
 * FLAG2_DISABLE_ASPM_L0S and _L1). VFIO may not allow changing the bits: then warn the user.
 */
static void disable_aspm(const struct e1000 *card)
{
	struct padma_device *device = card->port.device;
	int at = padma_device_find_capability(device, CAPABILITY_EXPRESS, 0);
	unsigned int offset = (unsigned int)at + EXPRESS_LINK_CONTROL;
	uint16_t control;

	if (at <= 0 || padma_config_read16(device, offset, &control) ||
	    !(control & LINK_CONTROL_ASPM))
		return;
	(void)padma_config_write16(device, offset, (uint16_t)(control & ~LINK_CONTROL_ASPM));
	if (padma_config_read16(device, offset, &control) || (control & LINK_CONTROL_ASPM))
		log_warning("%s: ASPM is enabled on its link, with which an 82574 may hang; boot "
			    "with pcie_aspm=off",
			    e1000_name(card));
}

void e1000_errata_open(const struct e1000 *card)
{
	if (card->model->is_express)
		disable_aspm(card);
}

static void change(const struct e1000 *card, uint32_t reg, uint32_t clear, uint32_t set)
{
	reg_write(card, reg, (reg_read(card, reg) & ~clear) | set);
}

void e1000_errata_start(const struct e1000 *card)
{
	if (!card->model->is_express)
		return;
	/* Reserved bits that must not have the values of all EEPROMs. */
	change(card, REG_CTRL, CTRL_RESERVED_29, 0);
	change(card, REG_CTRL_EXT, CTRL_EXT_RESERVED_23, CTRL_EXT_RESERVED_22);
	change(card, REG_TARC(0), TARC_RESERVED_30_27, TARC_RESERVED_26);
	/* Unreliable completions, which let transmission time out, above all with ASPM. */
	change(card, REG_GCR, 0, GCR_RESERVED_22 | GCR_L1_WITHOUT_L0S);
	change(card, REG_GCR2, 0, GCR2_COMPLETION);
}
