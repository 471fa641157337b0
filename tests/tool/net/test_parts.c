// SPDX-License-Identifier: BSD-3-Clause
/* Sizes of generated frames, the pace, addresses as text, the topology. */
#include "test.h"

#include "net/address.h"
#include "net/test/rate.h"
#include "net/test/sizes.h"
#include "net/test/topology.h"

static struct sizes sizes;

static unsigned int count_of(uint16_t size)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < sizes.count; i++)
		n += sizes.table[i] == size;
	return n;
}

static void imix_has_its_proportions(void **state)
{
	(void)state;
	assert_true(sizes_parse("imix", 60, 1514, &sizes));
	assert_int_equal(sizes.count, 12);
	assert_int_equal(count_of(60), 7);
	assert_int_equal(count_of(590), 4);
	assert_int_equal(count_of(1514), 1);
	assert_int_equal(sizes.lowest, 60);
	assert_int_equal(sizes.highest, 1514);
}

/* Not seven short ones and then the long ones: no window of four is without a long one. */
static void a_mix_is_interleaved(void **state)
{
	unsigned int place = 0, run = 0;

	(void)state;
	assert_true(sizes_parse("60:3,1514:1", 60, 1514, &sizes));
	for (unsigned int i = 0; i < 400; i++) {
		run = sizes_next(&sizes, &place) == 60 ? run + 1 : 0;
		assert_true(run <= 3);
	}
}

static void sizes_in_turn_and_random(void **state)
{
	unsigned int place = 0;
	uint64_t sum = 0;

	(void)state;
	assert_true(sizes_parse("64,512", 60, 1514, &sizes));
	assert_int_equal(sizes_next(&sizes, &place) + sizes_next(&sizes, &place), 576);
	assert_true(sizes_parse("64", 60, 1514, &sizes));
	place = 0;
	assert_int_equal(sizes_next(&sizes, &place), 64);
	assert_int_equal(sizes_next(&sizes, &place), 64);
	assert_true(sizes_parse("100-300", 60, 1514, &sizes));
	assert_true(sizes.lowest >= 100 && sizes.highest <= 300);
	for (unsigned int i = 0; i < sizes.count; i++)
		sum += sizes.table[i];
	assert_true(sizes.count > 0);
	assert_in_range(sizes.count ? sum / sizes.count : 0, 190, 210);
}

static void wrong_sizes_are_refused(void **state)
{
	static const char *const wrong[] = {"",
					    "59",
					    "1515",
					    "64,",
					    "64;65",
					    "64:0",
					    "64:",
					    "64:x",
					    "-64",
					    "300-100",
					    "60-",
					    "imix2",
					    "64:4000,65:4000",
					    "60-1515",
					    "99999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (sizes_parse(wrong[i], 60, 1514, &sizes))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

/* A virtual clock: a thousand packets a second by a clock of a million ticks. */
static void the_pace_is_exact(void **state)
{
	struct rate rate;
	uint64_t sent = 0;

	(void)state;
	rate_init(&rate, 1000, 1000000, 5000);
	assert_int_equal(rate_take(&rate, 5000, 32), 0);
	assert_int_equal(rate_take(&rate, 5999, 32), 0);
	assert_int_equal(rate_take(&rate, 6000, 32), 1);
	assert_int_equal(rate_take(&rate, 6000, 32), 0);
	for (uint64_t now = 6001; now <= 5000 + 10000000; now += 7)
		sent += rate_take(&rate, now, 32);
	assert_in_range(sent + 1, 9999, 10000);
}

/* A rate that divides neither the ticks nor the second. */
static void no_rounding_adds_up(void **state)
{
	struct rate rate;
	uint64_t sent = 0;

	(void)state;
	rate_init(&rate, 3333333, 2899999999u, 0);
	for (uint64_t now = 0; now <= 2899999999ull * 3; now += 1000)
		sent += rate_take(&rate, now, 32);
	assert_in_range(sent, 3333333 * 3 - 4, 3333333 * 3);
}

static void a_pause_is_not_caught_up(void **state)
{
	struct rate rate;
	uint64_t sent = 0;

	(void)state;
	rate_init(&rate, 100000, 1000000000, 0);
	for (unsigned int i = 0; i < 1000; i++)
		sent += rate_take(&rate, 10000000000u, 32);
	/* A hundredth of a second's packets and a burst, not ten seconds'. */
	assert_in_range(sent, 1000, 1032);
}

static void without_a_rate_everything_is_due(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, 0, 1000000000, 0);
	assert_int_equal(rate_take(&rate, 0, 32), 32);
}

static void addresses_are_parsed(void **state)
{
	static const uint8_t mac[6] = {0x02, 0xab, 0, 1, 0xff, 0x7f};
	struct ip_address ip;
	uint8_t parsed[6];
	char text[MAC_TEXT_BYTES];

	(void)state;
	assert_true(mac_address_parse("02:ab:00:01:ff:7f", parsed));
	assert_memory_equal(parsed, mac, 6);
	assert_true(mac_address_parse("02-AB-00-01-FF-7F", parsed));
	assert_string_equal(mac_address_format(parsed, text), "02:ab:00:01:ff:7f");
	assert_false(mac_address_parse("02:ab:00:01:ff", parsed));
	assert_false(mac_address_parse("02:ab:00:01:ff:7f:00", parsed));
	assert_false(mac_address_parse("02:ab:00:01:ff:7", parsed));
	assert_false(mac_address_parse("", parsed));
	assert_true(ip_address_parse("10.1.2.3", &ip) && !ip.v6 && ip.bytes[3] == 3);
	assert_true(ip_address_parse("fe80::1", &ip) && ip.v6 && ip.bytes[15] == 1);
	assert_false(ip_address_parse("10.1.2", &ip));
	assert_false(ip_address_parse("fe80:::1", &ip));
}

static void ports_find_their_partners(void **state)
{
	(void)state;
	assert_int_equal(topology_partner(TOPOLOGY_PAIRED, 0, 4), 1);
	assert_int_equal(topology_partner(TOPOLOGY_PAIRED, 3, 4), 2);
	assert_int_equal(topology_partner(TOPOLOGY_PAIRED, 2, 3), 2);
	assert_int_equal(topology_partner(TOPOLOGY_PAIRED, 0, 1), 0);
	assert_int_equal(topology_partner(TOPOLOGY_CHAINED, 2, 3), 0);
	assert_int_equal(topology_partner(TOPOLOGY_CHAINED, 0, 3), 1);
	assert_int_equal(topology_partner(TOPOLOGY_LOOP, 1, 3), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imix_has_its_proportions),
		cmocka_unit_test(a_mix_is_interleaved),
		cmocka_unit_test(sizes_in_turn_and_random),
		cmocka_unit_test(wrong_sizes_are_refused),
		cmocka_unit_test(the_pace_is_exact),
		cmocka_unit_test(no_rounding_adds_up),
		cmocka_unit_test(a_pause_is_not_caught_up),
		cmocka_unit_test(without_a_rate_everything_is_due),
		cmocka_unit_test(addresses_are_parsed),
		cmocka_unit_test(ports_find_their_partners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
