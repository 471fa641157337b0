// SPDX-License-Identifier: BSD-3-Clause
/* What the driver reads from receive descriptors, and the contexts that it builds, against the manuals' tables. */
#include "test.h"

#include "../../drivers/e1000/descriptor.h"

/* Bits as the 82574 datasheet numbers them, 7.1.5 and 7.1.4. */
static uint64_t extended(uint32_t status, uint32_t errors, uint16_t length, uint16_t tag)
{
	return status | (uint64_t)errors << 24 | (uint64_t)length << 32 | (uint64_t)tag << 48;
}

static uint64_t legacy(uint32_t status, uint32_t errors, uint16_t length, uint16_t tag)
{
	return length | 0xbeefull << 16 | (uint64_t)status << 32 | (uint64_t)errors << 40 |
	       (uint64_t)tag << 48;
}

static void test_both_formats(void **state)
{
	static const struct {
		uint32_t status, errors;
	} cases[] = {{0x03, 0}, {0x01, 0}, {0x6b, 0x60}, {0x07, 0x97}, {0x00, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t status = cases[i].status, errors = cases[i].errors;
		struct rx_report a = rx_report_of(extended(status, errors, 1234, 0xe123), false);
		struct rx_report b = rx_report_of(legacy(status, errors, 1234, 0xe123), true);

		assert_int_equal(a.length, 1234);
		assert_int_equal(b.length, 1234);
		assert_int_equal(a.tag, 0xe123);
		assert_int_equal(b.tag, 0xe123);
		assert_int_equal(a.status, status | errors << 24);
		assert_int_equal(b.status, a.status);
	}
}

/* PADMA_PACKET_* for each combination of "was checked" (IPCS bit 6, TCPCS bit 5) and "is wrong" (IPE bit 6, TCPE bit 5). */
static void test_verdicts(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 16; i++) {
		bool ip = i & 1, l4 = i & 2, ip_bad = i & 4, l4_bad = i & 8;
		uint32_t status = 0x03u | (ip ? 0x40u : 0) | (l4 ? 0x20u : 0);
		uint32_t errors = (ip_bad ? 0x40u : 0) | (l4_bad ? 0x20u : 0);
		uint32_t expected = 0;

		if (ip)
			expected |= ip_bad ? PADMA_PACKET_IP_BAD : PADMA_PACKET_IP_GOOD;
		if (l4)
			expected |= l4_bad ? PADMA_PACKET_L4_BAD : PADMA_PACKET_L4_GOOD;
		assert_int_equal(rx_flags(status | errors << 24), expected);
		/* IXSM: all of it is ignored. */
		assert_int_equal(rx_flags(status | 0x04 | errors << 24), 0);
		/* VP: the tag was stripped. */
		assert_int_equal(rx_flags(status | 0x08 | errors << 24),
				 expected | PADMA_PACKET_VLAN);
	}
}

static uint32_t byte_of(uint64_t word, unsigned int index)
{
	return (uint32_t)(word >> (8 * index) & 0xff);
}

static void test_checksum_contexts(void **state)
{
	struct padma_packet packet = {.flags = PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM,
				      .l2_bytes = 18,
				      .l3_bytes = 24};
	struct e1000_descriptor context = tx_context_of(&packet, true, 1500);

	(void)state;
	assert_int_equal(byte_of(context.low, 0), 18);		   /* IPCSS */
	assert_int_equal(byte_of(context.low, 1), 18 + 10);	   /* IPCSO */
	assert_int_equal(context.low >> 16 & 0xffff, 18 + 24 - 1); /* IPCSE */
	assert_int_equal(byte_of(context.low, 4), 18 + 24);	   /* TUCSS */
	assert_int_equal(byte_of(context.low, 5), 18 + 24 + 16);   /* TUCSO */
	assert_int_equal(context.low >> 48, 0);			   /* TUCSE: to the end */
	assert_int_equal(context.high >> 20 & 0xf, 0);		   /* DTYP: context */
	/* TUCMD: TCP, IPv4, DEXT; no TSE. */
	assert_int_equal(byte_of(context.high, 3), 1u << 0 | 1u << 1 | 1u << 5);

	packet = (struct padma_packet){
		.flags = PADMA_PACKET_UDP_CSUM, .l2_bytes = 14, .l3_bytes = 40};
	context = tx_context_of(&packet, false, 1500);
	assert_int_equal(byte_of(context.low, 5), 14 + 40 + 6);
	assert_int_equal(context.low >> 16 & 0xffff, 0); /* no checksum of an IPv6 header */
	assert_int_equal(byte_of(context.high, 3), 1u << 5);
}

static void test_segmentation_context(void **state)
{
	const struct padma_packet packet = {.flags = PADMA_PACKET_TSO,
					    .l2_bytes = 14,
					    .l3_bytes = 20,
					    .l4_bytes = 32,
					    .segment_size = 1448};
	struct e1000_descriptor context = tx_context_of(&packet, true, 60000);

	(void)state;
	assert_int_equal(context.high & 0xfffff, 60000 - 66); /* PAYLEN */
	assert_int_equal(byte_of(context.high, 5), 66);	      /* HDRLEN */
	assert_int_equal(context.high >> 48, 1448);	      /* MSS */
	assert_int_equal(byte_of(context.high, 3), 1u << 0 | 1u << 1 | 1u << 2 | 1u << 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_formats),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_checksum_contexts),
		cmocka_unit_test(test_segmentation_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
