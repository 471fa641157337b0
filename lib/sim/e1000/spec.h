/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.h - registers, descriptors and bits, as the manuals number them: Intel 82574 GbE Controller Family
 * Datasheet (revision 3.4; "574") and PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's
 * Manual (revision 4.0; "8254x").
 */
#ifndef SIM_E1000_SPEC_H
#define SIM_E1000_SPEC_H

#define VENDOR_INTEL	   0x8086u
#define DEVICE_82574L	   0x10d3u
#define DEVICE_82540EM	   0x100eu

/* 574, 10.1: registers are in the first 128 KiB of BAR 0. Nothing that is modelled is above REGS_BYTES. */
#define BAR_REGS_BYTES	   0x20000u
#define REGS_BYTES	   0x6000u

#define CTRL		   0x0000u
#define CTRL_FD		   (1u << 0)
#define CTRL_MASTER_OFF	   (1u << 2) /* 574: GIO Master Disable */
#define CTRL_ASDE	   (1u << 5)
#define CTRL_SLU	   (1u << 6)
#define CTRL_RST	   (1u << 26)
#define CTRL_RFCE	   (1u << 27)
#define CTRL_TFCE	   (1u << 28)
#define CTRL_VME	   (1u << 30)
#define CTRL_PHY_RST	   (1u << 31)
#define CTRL_DUPLICATE	   0x0004u
#define STATUS		   0x0008u
#define STATUS_FD	   (1u << 0)
#define STATUS_LU	   (1u << 1)
#define STATUS_SPEED_1000  (2u << 6)
#define STATUS_ASDV_1000   (2u << 8)
#define STATUS_PHYRA	   (1u << 10)
#define STATUS_MASTER_ON   (1u << 19) /* 574: GIO Master Enable Status */
#define EECD		   0x0010u
#define EECD_PRESENT	   (1u << 8)
#define EECD_AUTO_READ	   (1u << 9) /* 574 */
#define EERD		   0x0014u
#define EERD_START	   (1u << 0)
#define CTRL_EXT	   0x0018u
#define CTRL_EXT_EE_RST	   (1u << 13)
#define CTRL_EXT_EIAME	   (1u << 24)
#define CTRL_EXT_IAME	   (1u << 27)
#define MDIC		   0x0020u
#define MDIC_WRITE	   (1u << 26)
#define MDIC_READ	   (2u << 26)
#define MDIC_READY	   (1u << 28)
#define MDIC_INTERRUPT	   (1u << 29)
#define MDIC_ERROR	   (1u << 30)
#define FCAL		   0x0028u
#define FCAH		   0x002cu
#define FCT		   0x0030u
#define VET		   0x0038u

#define ICR		   0x00c0u
#define ITR		   0x00c4u
#define ICS		   0x00c8u
#define IMS		   0x00d0u
#define IMC		   0x00d8u
#define EIAC		   0x00dcu
#define IAM		   0x00e0u
#define IVAR		   0x00e4u
#define EITR(vector)	   (0x00e8u + 4 * (vector))
/* Causes: bits of ICR, ICS, IMS and IMC (574, 10.2.4.1; 8254x, 13.4.17). */
#define CAUSE_TXDW	   (1u << 0)
#define CAUSE_TXQE	   (1u << 1)
#define CAUSE_LSC	   (1u << 2)
#define CAUSE_RXDMT0	   (1u << 4)
#define CAUSE_RXO	   (1u << 6)
#define CAUSE_RXT0	   (1u << 7)
#define CAUSE_MDAC	   (1u << 9)
#define CAUSE_TXD_LOW	   (1u << 15)
#define CAUSE_SRPD	   (1u << 16)
#define CAUSE_ACK	   (1u << 17)
#define CAUSE_MNG	   (1u << 18)
#define CAUSE_RXQ0	   (1u << 20)
#define CAUSE_TXQ0	   (1u << 22)
#define CAUSE_OTHER	   (1u << 24)
#define CAUSES_MSIX	   (0x1fu << 20)
#define CAUSES_OF_OTHER	   (CAUSE_LSC | CAUSE_RXO | CAUSE_MDAC | CAUSE_SRPD | CAUSE_ACK | CAUSE_MNG)
#define ICR_ASSERTED	   (1u << 31) /* 574 */

#define RCTL		   0x0100u
#define RCTL_EN		   (1u << 1)
#define RCTL_SBP	   (1u << 2)
#define RCTL_UPE	   (1u << 3)
#define RCTL_MPE	   (1u << 4)
#define RCTL_LPE	   (1u << 5)
#define RCTL_LBM(rctl)	   ((rctl) >> 6 & 3)
#define RCTL_RDMTS(rctl)   ((rctl) >> 8 & 3)
#define RCTL_DTYP(rctl)	   ((rctl) >> 10 & 3)
#define RCTL_MO(rctl)	   ((rctl) >> 12 & 3)
#define RCTL_BAM	   (1u << 15)
#define RCTL_BSIZE(rctl)   ((rctl) >> 16 & 3)
#define RCTL_VFE	   (1u << 18)
#define RCTL_CFIEN	   (1u << 19)
#define RCTL_CFI	   (1u << 20)
#define RCTL_BSEX	   (1u << 25)
#define RCTL_SECRC	   (1u << 26)
#define RCTL_FLXBUF(rctl)  ((rctl) >> 27 & 15) /* 574 */
#define FCTTV		   0x0170u
#define TCTL		   0x0400u
#define TCTL_EN		   (1u << 1)
#define TCTL_PSP	   (1u << 3)
#define TIPG		   0x0410u
#define PBA		   0x1000u
#define FCRTL		   0x2160u
#define FCRTH		   0x2168u

/* The registers of a ring, from its base: receive queues at 0x2800, transmit queues at 0x3800. */
#define RX_RING(queue)	   (0x2800u + 0x100u * (queue))
#define TX_RING(queue)	   (0x3800u + 0x100u * (queue))
#define RING_BAL	   0x00u
#define RING_BAH	   0x04u
#define RING_LEN	   0x08u
#define RING_HEAD	   0x10u
#define RING_TAIL	   0x18u
#define RING_DELAY	   0x20u /* RDTR, TIDV */
#define RING_DCTL	   0x28u /* RXDCTL, TXDCTL */
#define RING_ABSOLUTE	   0x2cu /* RADV, TADV */
#define RING_TARC	   0x40u /* 574 */
#define TARC_ENABLE	   (1u << 10)
#define DELAY_FLUSH	   (1u << 31) /* FPD: flush partial descriptor block */
#define DCTL_WTHRESH(dctl) ((dctl) >> 16 & 0x3f)
#define DCTL_LWTHRESH(d)   ((d) >> 25)
#define RSRPD		   0x2c00u

#define RXCSUM		   0x5000u
#define RXCSUM_PCSS(v)	   ((v)&0xff)
#define RXCSUM_IPOFLD	   (1u << 8)
#define RXCSUM_TUOFLD	   (1u << 9)
#define RXCSUM_PCSD	   (1u << 13) /* 574 */
#define RFCTL		   0x5008u    /* 574 */
#define RFCTL_IPV6_DIS	   (1u << 10)
#define RFCTL_IPV6XSUM_DIS (1u << 11)
#define RFCTL_EXSTEN	   (1u << 15)
#define MTA		   0x5200u
#define MTA_WORDS	   128u
#define RAL(entry)	   (0x5400u + 8 * (entry))
#define RAH(entry)	   (0x5404u + 8 * (entry))
#define RAH_AV		   (1u << 31)
#define RAH_ASEL(rah)	   ((rah) >> 16 & 3)
#define RA_ENTRIES	   16u
#define VFTA		   0x5600u
#define VFTA_WORDS	   128u
#define MANC		   0x5820u
#define SWSM		   0x5b50u
#define FWSM		   0x5b54u
#define GCR		   0x5b00u
#define FACTPS		   0x5b30u
#define MRQC		   0x5818u
#define MRQC_RSS	   (1u << 0)
#define MRQC_TCP_IPV4	   (1u << 16)
#define MRQC_IPV4	   (1u << 17)
#define MRQC_TCP_IPV6_EX   (1u << 18)
#define MRQC_IPV6_EX	   (1u << 19)
#define MRQC_IPV6	   (1u << 20)
#define RETA		   0x5c00u
#define RETA_WORDS	   32u
#define RSSRK		   0x5c80u
#define RSSRK_WORDS	   10u

/* Statistics, cleared by reading (574, 10.2.7; 8254x, 13.7). */
#define STATISTICS	   0x4000u
#define STATISTICS_END	   0x4128u
#define CRCERRS		   0x4000u
#define RXERRC		   0x400cu
#define MPC		   0x4010u
#define RLEC		   0x4040u
#define PRC64		   0x405cu /* then for up to 127, 255, 511, 1023, 1522 bytes */
#define GPRC		   0x4074u
#define BPRC		   0x4078u
#define MPRC		   0x407cu
#define GPTC		   0x4080u
#define GORCL		   0x4088u
#define GOTCL		   0x4090u
#define RNBC		   0x40a0u
#define RUC		   0x40a4u
#define ROC		   0x40acu
#define TORL		   0x40c0u
#define TOTL		   0x40c8u
#define TPR		   0x40d0u
#define TPT		   0x40d4u
#define PTC64		   0x40d8u
#define MPTC		   0x40f0u
#define BPTC		   0x40f4u
#define TSCTC		   0x40f8u
#define IAC		   0x4100u

/* Descriptors have 16 bytes; rings a multiple of 128. */
#define DESCRIPTOR_BYTES   16u
#define RING_LEN_UNIT	   128u

/* Receive, the second quad word. Legacy: length, checksum, status, errors, special. */
#define RXL_STATUS_SHIFT   32
#define RXL_ERRORS_SHIFT   40
#define RXL_SPECIAL_SHIFT  48
/* Extended: status and errors in 32 bits, then length and VLAN tag. */
#define RX_DD		   (1u << 0)
#define RX_EOP		   (1u << 1)
#define RX_IXSM		   (1u << 2)
#define RX_VP		   (1u << 3)
#define RX_UDPCS	   (1u << 4)
#define RX_TCPCS	   (1u << 5)
#define RX_IPCS		   (1u << 6)
#define RX_PIF		   (1u << 7)
#define RX_IPIDV	   (1u << 9)
#define RX_PACKET_TYPE(t)  ((uint32_t)(t) << 16)
#define RX_CE		   (1u << 24)
#define RX_TCPE		   (1u << 29)
#define RX_IPE		   (1u << 30)

/* Transmit, the second quad word (574, 7.2.10; 8254x, 3.3.3 to 3.3.7). */
#define TX_DEXT		   (1ull << 29)
#define TX_EOP		   (1ull << 24)
#define TX_IFCS		   (1ull << 25)
#define TX_IC		   (1ull << 26) /* legacy */
#define TX_TSE		   (1ull << 26) /* data */
#define TX_RS		   (1ull << 27)
#define TX_RESERVED	   (1ull << 28)
#define TX_VLE		   (1ull << 30)
#define TX_IDE		   (1ull << 31)
#define TX_DTYP(word)	   ((word) >> 20 & 15)
#define TX_DTYP_CONTEXT	   0u
#define TX_DTYP_DATA	   1u
#define TX_DD		   (1ull << 32)
#define TX_IXSM		   (1ull << 40)
#define TX_TXSM		   (1ull << 41)
/* Context: TUCMD. */
#define TXC_TCP		   (1ull << 24)
#define TXC_IP		   (1ull << 25)
#define TXC_TSE		   (1ull << 26)

/* The PHY (574, 9; IEEE 802.3, 22). */
#define PHY_ADDRESS	   1u
#define PHY_CONTROL	   0u
#define PHY_CONTROL_RESET  (1u << 15)
#define PHY_CONTROL_AN	   (1u << 12)
#define PHY_CONTROL_DOWN   (1u << 11)
#define PHY_CONTROL_RENEW  (1u << 9)
#define PHY_STATUS	   1u
#define PHY_STATUS_LINK	   (1u << 2)
#define PHY_STATUS_AN_DONE (1u << 5)
#define PHY_ID1		   2u
#define PHY_ID2		   3u
#define PHY_ADVERTISES	   4u
#define PHY_PARTNER	   5u
#define PHY_EXPANSION	   6u
#define PHY_1000T_CONTROL  9u
#define PHY_1000T_STATUS   10u
#define PHY_EXT_STATUS	   15u
#define PHY_M88_STATUS	   17u

#define EEPROM_WORDS	   64u
#define EEPROM_SUM	   0xbabau /* of words 0 to 3Fh */

#define MSIX_VECTORS	   5u

/* IEEE 802.3. */
#define ETH_BYTES	   14u
#define ETH_MAC_BYTES	   6u
#define ETH_TAG_BYTES	   4u
#define ETH_FCS_BYTES	   4u
#define ETH_LEAST	   60u	 /* without the FCS */
#define FRAME_STANDARD	   1522u /* with FCS and tag: without RCTL.LPE */

#endif
