// SPDX-License-Identifier: BSD-3-Clause
/*
 * Statistics registers (82574 datasheet 10.2.7; 8254x manual 13.7), by the manuals' names. Reading clears them, and they
 * stop at their greatest value: so they are read often, and added up. Those of 64 bits are cleared by the read of their upper
 * half.
 */
#include "statistics.h"

#include <stdio.h>

#define ADD_RX_DROPPED 1u
#define ADD_RX_ERRORS  2u
#define ADD_TX_ERRORS  4u

struct statistic {
	const char *name;
	uint16_t reg;
	uint8_t is_wide;
	uint8_t adds_to;
};

static const struct statistic statistics[] = {
	{"crcerrs", 0x4000, 0, ADD_RX_ERRORS},
	{"algnerrc", 0x4004, 0, ADD_RX_ERRORS},
	{"symerrs", 0x4008, 0, 0},
	{"rxerrc", 0x400c, 0, ADD_RX_ERRORS},
	{"mpc", 0x4010, 0, ADD_RX_DROPPED},
	{"scc", 0x4014, 0, 0},
	{"ecol", 0x4018, 0, ADD_TX_ERRORS},
	{"mcc", 0x401c, 0, 0},
	{"latecol", 0x4020, 0, ADD_TX_ERRORS},
	{"colc", 0x4028, 0, 0},
	{"dc", 0x4030, 0, 0},
	{"tncrs", 0x4034, 0, 0},
	{"sec", 0x4038, 0, 0},
	{"cexterr", 0x403c, 0, ADD_RX_ERRORS},
	{"rlec", 0x4040, 0, 0},
	{"xonrxc", 0x4048, 0, 0},
	{"xontxc", 0x404c, 0, 0},
	{"xoffrxc", 0x4050, 0, 0},
	{"xofftxc", 0x4054, 0, 0},
	{"fcruc", 0x4058, 0, 0},
	{"prc64", 0x405c, 0, 0},
	{"prc127", 0x4060, 0, 0},
	{"prc255", 0x4064, 0, 0},
	{"prc511", 0x4068, 0, 0},
	{"prc1023", 0x406c, 0, 0},
	{"prc1522", 0x4070, 0, 0},
	{"gprc", 0x4074, 0, 0},
	{"bprc", 0x4078, 0, 0},
	{"mprc", 0x407c, 0, 0},
	{"gptc", 0x4080, 0, 0},
	{"gorc", 0x4088, 1, 0},
	{"gotc", 0x4090, 1, 0},
	{"rnbc", 0x40a0, 0, 0},
	{"ruc", 0x40a4, 0, ADD_RX_ERRORS},
	{"rfc", 0x40a8, 0, ADD_RX_ERRORS},
	{"roc", 0x40ac, 0, ADD_RX_ERRORS},
	{"rjc", 0x40b0, 0, ADD_RX_ERRORS},
	{"mngprc", 0x40b4, 0, 0},
	{"mpdc", 0x40b8, 0, 0},
	{"mngptc", 0x40bc, 0, 0},
	{"tor", 0x40c0, 1, 0},
	{"tot", 0x40c8, 1, 0},
	{"tpr", 0x40d0, 0, 0},
	{"tpt", 0x40d4, 0, 0},
	{"ptc64", 0x40d8, 0, 0},
	{"ptc127", 0x40dc, 0, 0},
	{"ptc255", 0x40e0, 0, 0},
	{"ptc511", 0x40e4, 0, 0},
	{"ptc1023", 0x40e8, 0, 0},
	{"ptc1522", 0x40ec, 0, 0},
	{"mptc", 0x40f0, 0, 0},
	{"bptc", 0x40f4, 0, 0},
	{"tsctc", 0x40f8, 0, 0},
	{"tsctfc", 0x40fc, 0, 0},
};

#define COUNT (sizeof(statistics) / sizeof(statistics[0]))
_Static_assert(COUNT <= E1000_STATISTICS, "each statistic has a place to be added up");

static uint64_t take(const struct e1000 *card, const struct statistic *statistic)
{
	uint64_t value = reg_read(card, statistic->reg);

	if (statistic->is_wide)
		value |= (uint64_t)reg_read(card, statistic->reg + 4u) << 32;
	return value;
}

/* A device that is gone reads as all ones, which no counter has had the time to reach. */
void e1000_statistics_collect(struct e1000 *card)
{
	for (size_t i = 0; i < COUNT; i++) {
		uint64_t value = take(card, &statistics[i]);

		if (value == (statistics[i].is_wide ? UINT64_MAX : UINT32_MAX))
			return;
		card->statistics[i] += value;
	}
}

void e1000_statistics_clear(struct e1000 *card)
{
	for (size_t i = 0; i < COUNT; i++)
		(void)take(card, &statistics[i]);
}

void e1000_statistics_basic(struct e1000 *card, struct padma_port_stats *stats)
{
	e1000_statistics_collect(card);
	for (size_t i = 0; i < COUNT; i++) {
		if (statistics[i].adds_to & ADD_RX_DROPPED)
			stats->rx_dropped += card->statistics[i];
		if (statistics[i].adds_to & ADD_RX_ERRORS)
			stats->rx_errors += card->statistics[i];
		if (statistics[i].adds_to & ADD_TX_ERRORS)
			stats->tx_errors += card->statistics[i];
	}
}

int e1000_statistics_all(struct e1000 *card, struct padma_port_stat *stats, unsigned int room)
{
	e1000_statistics_collect(card);
	for (size_t i = 0; i < COUNT && i < room; i++) {
		snprintf(stats[i].name, sizeof(stats[i].name), "%s", statistics[i].name);
		stats[i].value = card->statistics[i];
	}
	return (int)COUNT;
}
