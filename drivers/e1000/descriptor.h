/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * descriptor.h - descriptors, as the two 64-bit words that are stored and loaded at once.
 *
 * Receive (82574 datasheet 7.1.4 legacy, 7.1.5 extended; 8254x manual 3.2.3 legacy): the driver writes
 * { address, 0 } and the card
 *
 *     legacy      low  as it was           high  length 15:0, checksum 31:16, status 39:32, errors 47:40, tag 63:48
 *     extended    low  MRQ 31:0,           high  status 19:0 and errors 31:20, length 47:32, tag 63:48
 *                      hash 63:32
 *
 * Transmit (82574 datasheet 7.2.10, 7.2.11; 8254x manual 3.3.6, 3.3.7):
 *
 *     data        low  address             high  length 19:0, type 23:20, command 31:24, status 35:32, options 47:40, tag 63:48
 *     context     low  IPCSS 7:0, IPCSO 15:8, IPCSE 31:16, TUCSS 39:32, TUCSO 47:40, TUCSE 63:48
 *                 high payload 19:0, type 23:20, command 31:24, status 35:32, header 47:40, MSS 63:48
 */
#ifndef E1000_DESCRIPTOR_H
#define E1000_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/barrier.h>
#include <padma/net/packet.h>

struct e1000_descriptor {
	uint64_t low;
	uint64_t high;
};

/* Status and errors of a received packet, where the extended format has them. */
#define RX_DD		(1u << 0)
#define RX_EOP		(1u << 1)
#define RX_IXSM		(1u << 2) /* the checksum indications below are to be ignored */
#define RX_VP		(1u << 3)
#define RX_TCPCS	(1u << 5)
#define RX_IPCS		(1u << 6)
#define RX_CE		(1u << 24) /* CRC */
#define RX_SE		(1u << 25) /* symbol */
#define RX_SEQ		(1u << 26) /* sequence */
#define RX_CXE		(1u << 28) /* carrier extension */
#define RX_TCPE		(1u << 29)
#define RX_IPE		(1u << 30)
#define RX_RXE		(1u << 31) /* data */
#define RX_DAMAGED	(RX_CE | RX_SE | RX_SEQ | RX_CXE | RX_RXE)
#define RX_HASH_TYPE	0xfu /* of MRQ; 0: no hash was computed */

/* Status and commands of a transmit descriptor, in the high word. */
#define TX_DD		(1ull << 32)
#define TX_EOP		(1ull << 24)
#define TX_IFCS		(1ull << 25)
#define TX_TSE		(1ull << 26)
#define TX_RS		(1ull << 27)
#define TX_DEXT		(1ull << 29)
#define TX_VLE		(1ull << 30)
#define TX_DATA		(1ull << 20 | TX_DEXT | TX_IFCS)
#define TX_IXSM		(1ull << 40) /* insert the IP checksum */
#define TX_TXSM		(1ull << 41) /* insert the TCP or UDP checksum */
#define TX_TAG(tag)	((uint64_t)(tag) << 48)
#define TX_CONTEXT	TX_DEXT
#define TX_CONTEXT_TCP	(1ull << 24)
#define TX_CONTEXT_IPV4 (1ull << 25)

PADMA_INLINE bool tx_is_done(const struct e1000_descriptor *slot)
{
	return padma_load64_acquire(&slot->high) & TX_DD;
}

struct rx_report {
	uint32_t status;
	uint16_t length;
	uint16_t tag;
};

PADMA_INLINE struct rx_report rx_report_of(uint64_t high, bool legacy)
{
	struct rx_report report = {(uint32_t)high, (uint16_t)(high >> 32), (uint16_t)(high >> 48)};

	if (legacy) {
		report.status = (uint32_t)(high >> 32 & 0xff) | (uint32_t)(high >> 40) << 24;
		report.length = (uint16_t)high;
	}
	return report;
}

/*
 * PADMA_PACKET_IP_GOOD and the like (82574 datasheet 7.1.11; 8254x manual 3.2.9). TCPCS is set for UDP, too.
 * Indexed by TCPCS, IPCS, TCPE and IPE.
 */
PADMA_INLINE uint32_t rx_checksum_flags(uint32_t status)
{
	static const uint16_t flags[16] = {
		0,
		PADMA_PACKET_L4_GOOD,
		PADMA_PACKET_IP_GOOD,
		PADMA_PACKET_IP_GOOD | PADMA_PACKET_L4_GOOD,
		0,
		PADMA_PACKET_L4_BAD,
		PADMA_PACKET_IP_GOOD,
		PADMA_PACKET_IP_GOOD | PADMA_PACKET_L4_BAD,
		0,
		PADMA_PACKET_L4_GOOD,
		PADMA_PACKET_IP_BAD,
		PADMA_PACKET_IP_BAD | PADMA_PACKET_L4_GOOD,
		0,
		PADMA_PACKET_L4_BAD,
		PADMA_PACKET_IP_BAD,
		PADMA_PACKET_IP_BAD | PADMA_PACKET_L4_BAD,
	};

	if (PADMA_UNLIKELY(status & RX_IXSM))
		return 0;
	return flags[(status >> 5 & 3) | (status >> 27 & 0xc)];
}

PADMA_INLINE uint32_t rx_flags(uint32_t status)
{
	_Static_assert(RX_VP << 1 == PADMA_PACKET_VLAN, "the tag's flag is shifted to its place");
	return rx_checksum_flags(status) | (status & RX_VP) << 1;
}

/* The context of a packet whose checksums, or segments, the card shall make; it has its header lengths. */
struct e1000_descriptor tx_context_of(const struct padma_packet *packet, bool ipv4, uint32_t bytes);

#endif
