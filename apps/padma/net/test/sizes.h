/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sizes.h - the sizes of generated frames: "64", "64,512,1514" (in turn), "60:7,590:4,1514:1" (by weight), "imix",
 * "60-1514" (uniform). Bytes of the frame without its checksum, as testpmd counts them.
 *
 * A mix is laid out once as a table that the generator walks, so that choosing a size is one load and the
 * proportions are exact over each walk; entries are interleaved, as the sizes of real traffic are.
 */
#ifndef NET_TEST_SIZES_H
#define NET_TEST_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#define SIZES_TABLE 4096
#define SIZES_KINDS 16

#define FRAME_MAX   65535

/* The simple IMIX: IP packets of 40, 576 and 1500 bytes, 7 to 4 to 1, in Ethernet frames. */
#define SIZES_IMIX  "60:7,590:4,1514:1"

struct sizes {
	unsigned int count; /* entries of the table */
	uint32_t lowest;
	uint32_t highest;
	uint16_t table[SIZES_TABLE];
};

/* Return: whether @text is such a list, with sizes of @low to @high bytes. */
bool sizes_parse(const char *text, uint32_t low, uint32_t high, struct sizes *sizes);

/* The size of the packet after those that @place counts. */
static inline uint16_t sizes_next(const struct sizes *sizes, unsigned int *place)
{
	uint16_t size = sizes->table[*place];

	*place = *place + 1 == sizes->count ? 0 : *place + 1;
	return size;
}

#endif
