// SPDX-License-Identifier: BSD-3-Clause
/*
 * The registers (574, 10.2; 8254x, 13.4). Initial values are those of a card whose EEPROM sets nothing. What
 * registers.c reads and writes by itself has a row, too: it is a register.
 */
#include "registers.h"
#include "spec.h"

#define ALL 0xffffffffu
#define WORD(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
/* A ring of receive or transmit descriptors: base, length, head and tail (the tail is direct memory). */
#define RING_ROWS(base, flags)                                                                     \
	WORD((base) + RING_BAL, 1, 0xfffffff0u, 0, ROW_RING | (flags)),                            \
		WORD((base) + RING_BAH, 1, ALL, 0, ROW_RING | (flags)),                            \
		WORD((base) + RING_LEN, 1, 0x000fff80u, 0, ROW_RING | (flags)),                    \
		WORD((base) + RING_HEAD, 1, 0xffff, 0, ROW_RING | (flags)),                        \
		WORD((base) + RING_TAIL, 1, 0xffff, 0, flags)

const struct register_row sim_e1000_rows[] = {
	WORD(CTRL, 1, ALL & ~CTRL_PHY_RST, CTRL_FD | 2u << 8, 0),
	WORD(CTRL_DUPLICATE, 1, 0, 0, 0),
	WORD(STATUS, 1, 0, 0, 0),
	WORD(EECD, 1, 0x7f, EECD_PRESENT, ROW_KEEPS),
	WORD(EERD, 1, 0, 0, 0),
	WORD(CTRL_EXT, 1, ALL & ~CTRL_EXT_EE_RST, 0, 0),
	WORD(0x001c, 1, ALL, 0, ROW_KEEPS), /* FLA */
	WORD(MDIC, 1, 0, MDIC_READY, 0),
	WORD(FCAL, 1, ALL, 0x00c28001, 0),
	WORD(FCAH, 1, 0xffff, 0x0100, 0),
	WORD(FCT, 1, 0xffff, 0x8808, 0),
	WORD(VET, 1, 0xffff, 0x8100, 0),
	WORD(ICR, 1, 0, 0, 0),
	WORD(ITR, 1, 0xffff, 0, 0),
	WORD(ICS, 1, 0, 0, 0),
	WORD(IMS, 1, 0, 0, 0),
	WORD(IMC, 1, 0, 0, 0),
	WORD(EIAC, 1, CAUSES_MSIX, 0, ROW_82574),
	WORD(IAM, 1, ALL, 0, ROW_82574),
	WORD(IVAR, 1, ALL, 0, ROW_82574),
	WORD(EITR(0), MSIX_VECTORS, 0xffff, 0, ROW_82574),
	WORD(RCTL, 1, ALL, 0, 0),
	WORD(FCTTV, 1, 0xffff, 0, 0),
	WORD(0x0178, 1, ALL, 0, 0), /* TXCW */
	WORD(TCTL, 1, ALL, 0, 0),
	WORD(0x0404, 1, ALL, 0, ROW_82574), /* TCTL_EXT */
	WORD(TIPG, 1, 0x3fffffff, 0, 0),
	WORD(0x0458, 1, 0xffff, 0, 0),	     /* AIT */
	WORD(0x0e00, 1, ALL, 0x07061302, 0), /* LEDCTL */
	WORD(0x0f00, 1, ALL, 0, ROW_82574),  /* EXTCNF_CTRL */
	WORD(0x0f08, 1, ALL, 0, ROW_82574),  /* EXTCNF_SIZE */
	WORD(0x0f10, 1, ALL, 0, ROW_82574),  /* PHY_CTRL */
	WORD(PBA, 1, 0xffff, 0, ROW_KEEPS),
	WORD(0x1008, 1, ALL, 0, ROW_82574),    /* PBS */
	WORD(0x1010, 1, ALL, 0, ROW_82574),    /* EEMNGCTL */
	WORD(0x2008, 1, 0x3fff, 0, ROW_82574), /* ERT */
	WORD(FCRTL, 1, 0x8000fff8u, 0, 0),
	WORD(FCRTH, 1, 0xfff8, 0, 0),
	WORD(0x2170, 1, ALL, 0, ROW_82574), /* PSRCTL */
	RING_ROWS(RX_RING(0u), 0),
	RING_ROWS(RX_RING(1u), ROW_82574),
	WORD(RX_RING(0u) + RING_DELAY, 1, 0xffff, 0, 0),
	WORD(RX_RING(0u) + RING_DCTL, 1, ALL, 1u << 16, 0),
	WORD(RX_RING(1u) + RING_DCTL, 1, ALL, 1u << 16, ROW_82574),
	WORD(RX_RING(0u) + RING_ABSOLUTE, 1, 0xffff, 0, 0),
	WORD(RSRPD, 1, 0xfff, 0, 0),
	WORD(0x2c08, 1, ALL, 0, ROW_82574), /* RAID */
	RING_ROWS(TX_RING(0u), 0),
	RING_ROWS(TX_RING(1u), ROW_82574),
	WORD(TX_RING(0u) + RING_DELAY, 1, 0xffff, 0, 0),
	WORD(TX_RING(0u) + RING_DCTL, 1, ALL, 0, 0),
	WORD(TX_RING(1u) + RING_DCTL, 1, ALL, 0, ROW_82574),
	WORD(TX_RING(0u) + RING_ABSOLUTE, 1, 0xffff, 0, 0),
	WORD(TX_RING(0u) + RING_TARC, 1, ALL, TARC_ENABLE | 3, ROW_82574),
	WORD(TX_RING(1u) + RING_TARC, 1, ALL, TARC_ENABLE | 3, ROW_82574),
	WORD(STATISTICS, (STATISTICS_END - STATISTICS) / 4, 0, 0, ROW_KEEPS | ROW_STATISTIC),
	WORD(RXCSUM, 1, 0x33ff, RXCSUM_IPOFLD | RXCSUM_TUOFLD, 0),
	WORD(RFCTL, 1, ALL, 0, ROW_82574),
	WORD(0x5010, 4, 0xfff, 0, ROW_82574), /* MAVTV */
	WORD(MTA, MTA_WORDS, ALL, 0, ROW_KEEPS | ROW_UNDEFINED),
	WORD(RAL(0u), 2 * RA_ENTRIES, ALL, 0, ROW_KEEPS | ROW_UNDEFINED),
	WORD(VFTA, VFTA_WORDS, ALL, 0, ROW_KEEPS | ROW_UNDEFINED),
	WORD(0x5800, 1, 0x1f, 0, ROW_KEEPS), /* WUC */
	WORD(0x5808, 1, ALL, 0, ROW_KEEPS),  /* WUFC */
	WORD(0x5810, 1, 0, 0, ROW_KEEPS),    /* WUS */
	WORD(MRQC, 1, ALL, 0, ROW_82574),
	WORD(MANC, 1, ALL, 0, 0),
	WORD(0x5838, 1, ALL, 0, 0),	     /* IPAV */
	WORD(0x5840, 16, ALL, 0, ROW_KEEPS), /* IP4AT */
	WORD(0x5860, 1, ALL, 0, ROW_82574),  /* MANC2H */
	WORD(0x5880, 4, ALL, 0, ROW_KEEPS),  /* IP6AT */
	WORD(GCR, 1, ALL & ~(1u << 23), 1u << 23, ROW_82574),
	WORD(0x5b08, 1, ALL, 0, ROW_82574), /* FUNCTAG */
	WORD(0x5b10, 8, ALL, 0, ROW_82574), /* GSCL, GSCN */
	WORD(FACTPS, 1, 0, 1u << 30 | 3u << 2, ROW_82574),
	WORD(SWSM, 1, 0xf, 0, ROW_82574 | ROW_KEEPS),
	WORD(FWSM, 1, 0, 0, ROW_82574),
	WORD(0x5b5c, 1, ALL, 0, ROW_82574),  /* SW_FW_SYNC */
	WORD(0x5b64, 1, ALL, 0, ROW_82574),  /* GCR2 */
	WORD(0x5b68, 1, 0x1f, 0, ROW_82574), /* PBACLR */
	WORD(RETA, RETA_WORDS, ALL, 0, ROW_82574 | ROW_KEEPS),
	WORD(RSSRK, RSSRK_WORDS, ALL, 0, ROW_82574 | ROW_KEEPS),
	{0},
};
