// SPDX-License-Identifier: BSD-3-Clause
/* The driver's operations on the card as a whole. */
#include <stdlib.h>
#include <string.h>

#include <padma/pmd/liveness.h>

#include "eeprom.h"
#include "errata.h"
#include "filter.h"
#include "interrupt.h"
#include "message.h"
#include "phy.h"
#include "reset.h"
#include "rss.h"
#include "rx.h"
#include "statistics.h"
#include "tx.h"

#define MTU_STANDARD	     1500u
#define FRAME_OVERHEAD_BYTES 22u /* Ethernet's header and two tags */

static void close_port(struct padma_port *port)
{
	free(e1000_of(port));
}

static int configure(struct padma_port *port, const struct padma_port_params *params)
{
	struct e1000 *card = e1000_of(port);

	if (params->rx_depth < E1000_DEPTH_MIN || params->tx_depth < E1000_DEPTH_MIN)
		return fail(-EINVAL, "%s: the rings of an %s have at least %u descriptors",
			    e1000_name(card), card->model->name, E1000_DEPTH_MIN);
	/* One bit, CTRL.VME, is for both directions (82574 datasheet 10.2.2.1; 8254x manual 13.4.1). */
	if (!(port->offloads & PADMA_OFFLOAD_RX_VLAN))
		port->offloads &= ~PADMA_OFFLOAD_TX_VLAN;
	card->frame_bytes = params->mtu + FRAME_OVERHEAD_BYTES;
	return 0;
}

/* No flow control: it would need the result of autonegotiation. A full receive ring drops. */
static void start_link(const struct e1000 *card)
{
	uint32_t ctrl = reg_read(card, REG_CTRL);

	ctrl &= ~(CTRL_MASTER_DISABLE | CTRL_FRCSPD | CTRL_FRCDPX | CTRL_RFCE | CTRL_TFCE |
		  CTRL_VME);
	ctrl |= CTRL_SLU;
	if (card->port.offloads & PADMA_OFFLOAD_RX_VLAN)
		ctrl |= CTRL_VME;
	reg_write(card, REG_CTRL, ctrl);
	reg_write(card, REG_FCAL, 0);
	reg_write(card, REG_FCAH, 0);
	reg_write(card, REG_FCT, 0);
	reg_write(card, REG_FCTTV, 0);
	reg_write(card, REG_FCRTL, 0);
	reg_write(card, REG_FCRTH, 0);
	reg_write(card, REG_VET, VET_8021Q);
	/* The firmware leaves the card to the driver (82574 datasheet 10.2.2.6). */
	if (card->model->is_express)
		reg_write(card, REG_CTRL_EXT,
			  reg_read(card, REG_CTRL_EXT) | CTRL_EXT_DRIVER_LOADED);
}

/* The card takes the division of its packet buffer over when it is reset (82574 datasheet 10.2.2.17; 8254x 13.4.16). */
static void divide_buffer(const struct e1000 *card)
{
	bool is_jumbo = card->port.params.mtu > MTU_STANDARD;

	reg_write(card, REG_PBA,
		  PBA_RX_KIB(is_jumbo ? card->model->pba_jumbo_kib : card->model->pba_kib));
}

static int start(struct padma_port *port)
{
	struct e1000 *card = e1000_of(port);
	uint32_t rctl;
	int rc;

	divide_buffer(card);
	rc = e1000_reset(card);
	if (rc == 0)
		rc = padma_device_bus_master(port->device, true);
	if (rc)
		return rc;
	card->mastering = true;
	e1000_errata_start(card);
	start_link(card);
	e1000_statistics_clear(card);
	e1000_rss_program(card);
	rctl = e1000_filter_program(card) | e1000_rx_start(card);
	e1000_interrupt_start(card);
	e1000_tx_start(card);
	reg_write(card, REG_RCTL, rctl | RCTL_EN);
	reg_flush(card);
	return 0;
}

static int stop(struct padma_port *port)
{
	struct e1000 *card = e1000_of(port);

	e1000_statistics_collect(card);
	return e1000_rest(card);
}

static int check_alive(struct e1000 *card)
{
	struct padma_liveness_register status = {card->port.device, card->bar, REG_STATUS};

	return padma_liveness_check_register(&status);
}

static int get_link(struct padma_port *port, struct padma_port_link *link)
{
	static const uint16_t mbit[] = {10, 100, 1000, 1000};
	struct e1000 *card = e1000_of(port);
	uint32_t status = reg_read(card, REG_STATUS);

	if (status == UINT32_MAX) {
		int rc = check_alive(card);

		if (rc)
			return rc;
	}
	*link = (struct padma_port_link){.up = status & STATUS_LU};
	if (link->up) {
		link->full_duplex = status & STATUS_FD;
		link->mbit = mbit[STATUS_SPEED(status)];
	}
	return 0;
}

/* Reception goes on meanwhile: bits that do not belong to the filters are kept. */
static int program_filter(struct padma_port *port)
{
	struct e1000 *card = e1000_of(port);
	uint32_t filters = RCTL_UPE | RCTL_MPE | RCTL_BAM | RCTL_VFE;
	uint32_t rctl = e1000_filter_program(card);
	int rc = check_alive(card);

	if (rc)
		return rc;
	reg_write(card, REG_RCTL, (reg_read(card, REG_RCTL) & ~filters) | rctl);
	reg_flush(card);
	return 0;
}

static int program_rss(struct padma_port *port)
{
	struct e1000 *card = e1000_of(port);

	e1000_rss_program(card);
	return check_alive(card);
}

/* The card's own ring heads: read to report a hung queue, never trusted as an index. */
static void check_heads(struct e1000 *card)
{
	for (unsigned int i = 0; i < card->port.params.tx_queues; i++) {
		const struct e1000_tx_queue *queue =
			card->port.tx[i] ? tx_queue_of(card->port.tx[i]) : NULL;
		uint32_t head = queue ? reg_read(card, REG_TDH(i)) : 0;

		if (queue && head > queue->mask && head != UINT32_MAX) {
			(void)padma_port_fail(&card->port, -EPROTO,
					      "transmit queue %u: its head is %u in a ring of %u; "
					      "reset it",
					      i, head, queue->mask + 1);
			return;
		}
	}
}

static unsigned int service(struct padma_port *port, uint64_t now_ns)
{
	struct e1000 *card = e1000_of(port);
	int rc = check_alive(card);

	(void)now_ns;
	/* The library detects a device that is gone or does not respond. */
	if (rc) {
		if (rc == -ENODEV)
			padma_port_gone(port);
		else
			(void)padma_port_fail(port, rc, "its registers do not respond; reset it");
		return 0;
	}
	if (!card->mastering)
		return 0;
	if (port->irq_vectors)
		e1000_interrupt_arm_link(card);
	e1000_statistics_collect(card);
	check_heads(card);
	return 0;
}

static void get_stats(struct padma_port *port, struct padma_port_stats *stats)
{
	e1000_statistics_basic(e1000_of(port), stats);
}

static int get_extended_stats(struct padma_port *port, struct padma_port_stat *stats,
			      unsigned int room)
{
	return e1000_statistics_all(e1000_of(port), stats, room);
}

static const struct padma_port_ops ops = {
	.close = close_port,
	.configure = configure,
	.rx_open = e1000_rx_open,
	.tx_open = e1000_tx_open,
	.rx_close = e1000_rx_close,
	.tx_close = e1000_tx_close,
	.start = start,
	.stop = stop,
	.rx_reclaim = e1000_rx_reclaim,
	.tx_reclaim = e1000_tx_reclaim,
	.rx_arm = e1000_rx_arm,
	.tx_waits = e1000_tx_waits,
	.link = get_link,
	.set_mac = program_filter,
	.filter = program_filter,
	.vlan_filter = program_filter,
	.rss = program_rss,
	.service = service,
	.stats = get_stats,
	.extended_stats = get_extended_stats,
};

static void describe(struct e1000 *card)
{
	const struct e1000_model *model = card->model;
	bool has_rss = model->offloads & PADMA_OFFLOAD_RSS;

	card->port.info = (struct padma_port_info){
		.rx_queues = model->queues,
		.tx_queues = model->queues,
		.depth_max = E1000_DEPTH_MAX,
		.segments_max = TX_SEGMENTS_MAX,
		.mtu_max = E1000_MTU_MAX,
		.mtu = MTU_STANDARD,
		.room_bytes = PADMA_PACKET_ROOM,
		.macs = E1000_ADDRESSES - 1,
		.offloads = model->offloads,
		.rss_entries = has_rss ? RETA_ENTRIES : 0,
		.rss_types = has_rss ? E1000_RSS_TYPES : 0,
	};
}

/* Bus mastering is off: what the last owner left running in the card cannot reach memory. */
static int bring_up(struct e1000 *card)
{
	int rc = e1000_reset(card);

	if (rc)
		return rc;
	e1000_errata_open(card);
	describe(card);
	if (!e1000_permanent_mac(card, card->port.info.mac)) {
		padma_mac_make_up(card->port.info.mac);
		log_warning("%s has no MAC address; using a random one", e1000_name(card));
	}
	rc = e1000_phy_wake(card);
	if (rc == -ENODEV)
		return rc;
	if (rc)
		log_warning("%s: the PHY was not configured: %s", e1000_name(card),
			    padma_last_error());
	return check_alive(card);
}

static int open_port(struct padma_device *device, struct padma_port **port)
{
	struct padma_device_ids ids;
	struct e1000 *card;
	int rc = padma_device_ids(device, &ids);

	if (rc)
		return rc;
	card = calloc(1, sizeof(*card));
	if (!card)
		return fail(-ENOMEM, "no memory for a card");
	card->port.ops = &ops;
	card->port.device = device;
	card->model = e1000_model_of(&ids);
	card->bar = padma_device_bar(device, E1000_BAR);
	if (!card->model || !card->bar)
		rc = fail(-ENODEV, "%s has no memory BAR with its registers", e1000_name(card));
	else
		rc = bring_up(card);
	if (rc) {
		free(card);
		return rc;
	}
	*port = &card->port;
	return 0;
}

static bool claims(const struct padma_device_ids *ids)
{
	return e1000_model_of(ids) != NULL;
}

const struct padma_net_driver padma_e1000_driver = {
	.name = "e1000",
	.help = "Intel 82574L (e1000e) and 82540EM (e1000)",
	.claims = claims,
	.open = open_port,
};
