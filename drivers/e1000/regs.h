/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * regs.h - registers of the 82574L and the 82540EM, in BAR 0.
 *
 * Sections before the slash are those of Intel's 82574 GbE Controller Family Datasheet (revision 3.4), those after it of the
 * PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (8254x, revision 4.0). "-": not there.
 */
#ifndef E1000_REGS_H
#define E1000_REGS_H

#include <stdint.h>

#define E1000_BAR		0u
#define E1000_BAR_BYTES		0x20000u

/* General (10.2.2 / 13.4.1 to 13.4.16). */
#define REG_CTRL		0x0000u /* / 13.4.1 */
#define CTRL_FD			(1u << 0)
#define CTRL_MASTER_DISABLE	(1u << 2) /* / -: PCI Express only */
#define CTRL_ASDE		(1u << 5)
#define CTRL_SLU		(1u << 6)
#define CTRL_FRCSPD		(1u << 11)
#define CTRL_FRCDPX		(1u << 12)
#define CTRL_RST		(1u << 26)
#define CTRL_RFCE		(1u << 27)
#define CTRL_TFCE		(1u << 28)
#define CTRL_RESERVED_29	(1u << 29)
#define CTRL_VME		(1u << 30)
#define REG_STATUS		0x0008u /* / 13.4.2 */
#define STATUS_FD		(1u << 0)
#define STATUS_LU		(1u << 1)
#define STATUS_SPEED(status)	((status) >> 6 & 3)
#define STATUS_MASTER_ENABLE	(1u << 19) /* / - */
#define REG_EEC			0x0010u	   /* / 13.4.3 */
#define EEC_PRESENT		(1u << 8)
#define EEC_AUTO_READ_DONE	(1u << 9) /* / - */
#define REG_EERD		0x0014u	  /* / 13.4.4 */
#define EERD_START		(1u << 0)
#define EERD_DATA(eerd)		((uint16_t)((eerd) >> 16))
#define REG_CTRL_EXT		0x0018u /* / 13.4.6 */
#define CTRL_EXT_RESERVED_22	(1u << 22)
#define CTRL_EXT_RESERVED_23	(1u << 23)
#define CTRL_EXT_EIAME		(1u << 24) /* / - */
#define CTRL_EXT_IAME		(1u << 27) /* / - */
#define CTRL_EXT_DRIVER_LOADED	(1u << 28) /* / - */
#define CTRL_EXT_PBA_SUPPORT	(1u << 31) /* / - */
#define REG_MDIC		0x0020u	   /* / 13.4.7 */
#define MDIC_REGISTER(index)	((uint32_t)(index) << 16)
#define MDIC_PHY		(1u << 21) /* the internal PHY's address is 1 */
#define MDIC_WRITE		(1u << 26)
#define MDIC_READ		(2u << 26)
#define MDIC_READY		(1u << 28)
#define MDIC_ERROR		(1u << 30)
#define REG_FCAL		0x0028u /* / 13.4.8 */
#define REG_FCAH		0x002cu /* / 13.4.9 */
#define REG_FCT			0x0030u /* / 13.4.10 */
#define REG_VET			0x0038u /* / 13.4.11 */
#define VET_8021Q		0x8100u
#define REG_FCTTV		0x0170u /* / 13.4.12 */
#define REG_EXTCNF_CTRL		0x0f00u /* / - */
#define EXTCNF_MDIO_SOFTWARE	(1u << 5)
#define REG_PBA			0x1000u /* / 13.4.16 */
#define PBA_RX_KIB(kib)		((uint32_t)(kib))

/* PCI Express (10.2.3 / -). */
#define REG_GCR			0x5b00u
#define GCR_RESERVED_22		(1u << 22)
#define GCR_L1_WITHOUT_L0S	(1u << 27)
#define REG_GCR2		0x5b64u
#define GCR2_COMPLETION		(1u << 0)

/* Interrupts (10.2.4 / 13.4.17 to 13.4.21). */
#define REG_ICR			0x00c0u
#define REG_ITR			0x00c4u
#define REG_ICS			0x00c8u
#define REG_IMS			0x00d0u
#define REG_IMC			0x00d8u
#define REG_EIAC		0x00dcu			 /* / - */
#define REG_IAM			0x00e0u			 /* / - */
#define REG_IVAR		0x00e4u			 /* / - */
#define REG_EITR(vector)	(0x00e8u + 4 * (vector)) /* / - */
#define CAUSE_LSC		(1u << 2)
#define CAUSE_RXT0		(1u << 7)
#define CAUSE_RXQ(queue)	(1u << (20 + (queue))) /* / - */
#define CAUSE_OTHER		(1u << 24)	       /* / - */
#define CAUSE_ALL		0xffffffffu
/* IVAR: four bits for each of RXQ0, RXQ1, TXQ0, TXQ1 and the other causes: 8 for valid, and the vector. */
#define IVAR_RXQ(queue, vector) ((8u | (uint32_t)(vector)) << (4 * (queue)))
#define IVAR_OTHER(vector)	((8u | (uint32_t)(vector)) << 16)
#define MSIX_VECTORS		5u

/* Receive (10.2.5 / 13.4.22 to 13.4.32, 13.4.46, 13.4.47). */
#define REG_RCTL		0x0100u /* / 13.4.22 */
#define RCTL_EN			(1u << 1)
#define RCTL_UPE		(1u << 3)
#define RCTL_MPE		(1u << 4)
#define RCTL_LPE		(1u << 5)
#define RCTL_BAM		(1u << 15)
#define RCTL_BUFFER_2048	(0u << 16)
#define RCTL_BUFFER_16384	(1u << 16 | 1u << 25) /* with BSEX */
#define RCTL_BUFFER_8192	(2u << 16 | 1u << 25)
#define RCTL_BUFFER_4096	(3u << 16 | 1u << 25)
#define RCTL_VFE		(1u << 18)
#define RCTL_SECRC		(1u << 26)
#define REG_FCRTL		0x2160u			    /* / 13.4.23 */
#define REG_FCRTH		0x2168u			    /* / 13.4.24 */
#define REG_RDBAL(queue)	(0x2800u + 0x100 * (queue)) /* / 13.4.25 */
#define REG_RDBAH(queue)	(0x2804u + 0x100 * (queue)) /* / 13.4.26 */
#define REG_RDLEN(queue)	(0x2808u + 0x100 * (queue)) /* / 13.4.27 */
#define REG_RDH(queue)		(0x2810u + 0x100 * (queue)) /* / 13.4.28 */
#define REG_RDT(queue)		(0x2818u + 0x100 * (queue)) /* / 13.4.29 */
#define REG_RDTR		0x2820u			    /* / 13.4.30 */
#define REG_RXDCTL(queue)	(0x2828u + 0x100 * (queue)) /* / 13.4.46 */
#define REG_RADV		0x282cu			    /* / 13.4.31 */
#define REG_RSRPD		0x2c00u			    /* / 13.4.32 */
#define REG_RXCSUM		0x5000u			    /* / 13.4.47 */
#define RXCSUM_IPOFLD		(1u << 8)
#define RXCSUM_TUOFLD		(1u << 9)
#define RXCSUM_PCSD		(1u << 13) /* / -: the hash in place of the packet checksum */
#define REG_RFCTL		0x5008u	   /* / - */
#define RFCTL_ACK_DIS		(1u << 12)
#define RFCTL_EXSTEN		(1u << 15)
#define REG_MTA(index)		(0x5200u + 4 * (index)) /* / 13.5.1 */
#define MTA_REGISTERS		128u
#define REG_RAL(index)		(0x5400u + 8 * (index)) /* / 13.5.2 */
#define REG_RAH(index)		(0x5404u + 8 * (index)) /* / 13.5.3 */
#define RAH_VALID		(1u << 31)
#define REG_VFTA(index)		(0x5600u + 4 * (index)) /* / 13.5.4 */
#define VFTA_REGISTERS		128u
#define REG_MRQC		0x5818u /* / - */
#define MRQC_RSS		(1u << 0)
#define MRQC_TCP_IPV4		(1u << 16)
#define MRQC_IPV4		(1u << 17)
#define MRQC_TCP_IPV6		(1u << 18)
#define MRQC_IPV6		(1u << 20)
#define REG_RETA(index)		(0x5c00u + 4 * (index)) /* / -: four entries, bit 7 is the queue */
#define RETA_ENTRIES		128u
#define REG_RSSRK(index)	(0x5c80u + 4 * (index)) /* / - */

/* Transmit (10.2.6 / 13.4.33 to 13.4.45). */
#define REG_TCTL		0x0400u /* / 13.4.33 */
#define TCTL_EN			(1u << 1)
#define TCTL_PSP		(1u << 3)
#define TCTL_CT			(0x0fu << 4)
#define TCTL_CT_MASK		(0xffu << 4)
#define TCTL_COLD		(0x3fu << 12) /* full duplex, and 10/100 half duplex: 64 byte times */
#define TCTL_COLD_MASK		(0x3ffu << 12)
#define TCTL_MULR		(1u << 28) /* / -: several read requests at once */
#define REG_TIPG		0x0410u	   /* / 13.4.34 */
#define TIPG_COPPER		(8u | 8u << 10 | 6u << 20)
#define REG_TDBAL(queue)	(0x3800u + 0x100 * (queue)) /* / 13.4.36 */
#define REG_TDBAH(queue)	(0x3804u + 0x100 * (queue)) /* / 13.4.37 */
#define REG_TDLEN(queue)	(0x3808u + 0x100 * (queue)) /* / 13.4.38 */
#define REG_TDH(queue)		(0x3810u + 0x100 * (queue)) /* / 13.4.39 */
#define REG_TDT(queue)		(0x3818u + 0x100 * (queue)) /* / 13.4.40 */
#define REG_TIDV		0x3820u			    /* / 13.4.41 */
#define REG_TXDCTL(queue)	(0x3828u + 0x100 * (queue)) /* / 13.4.43 */
#define REG_TADV		0x382cu			    /* / 13.4.44 */
#define REG_TARC(queue)		(0x3840u + 0x100 * (queue)) /* / - */
#define TARC_COUNT		1u
#define TARC_ENABLE		(1u << 10)
#define TARC_RESERVED_26	(1u << 26)
#define TARC_RESERVED_30_27	(0xfu << 27)

/* TXDCTL and RXDCTL: prefetch, host and write-back thresholds, in descriptors. */
#define DCTL_PTHRESH(count)	((uint32_t)(count))
#define DCTL_HTHRESH(count)	((uint32_t)(count) << 8)
#define DCTL_WTHRESH(count)	((uint32_t)(count) << 16)
#define DCTL_GRAN_DESCRIPTORS	(1u << 24)
#define TXDCTL_COUNT_DESCRIPTORS                                                                   \
	(1u << 22) /* / -: to be set, Linux e1000_initialize_hw_bits_82571() */

/* Registers of the PHY (82574: 10.3; 8254x: 13.4.7.1; IEEE 802.3, 22.2.4). */
#define PHY_CONTROL		    0u
#define PHY_CONTROL_POWER_DOWN	    (1u << 11)
#define PHY_CONTROL_AUTONEGOTIATION (1u << 12)
#define PHY_CONTROL_ISOLATE	    (1u << 10)
#define PHY_CONTROL_RESTART	    (1u << 9)

#endif
