// SPDX-License-Identifier: BSD-3-Clause
/* Checksums of the Internet (RFC 1071), where a driver left them to its card. */
#include "common.h"
#include "backend.h"

uint32_t sim_sum(const uint8_t *data, size_t bytes, uint32_t sum)
{
	for (; bytes > 1; data += 2, bytes -= 2)
		sum += (uint32_t)data[0] << 8 | data[1];
	return bytes ? sum + ((uint32_t)data[0] << 8) : sum;
}

uint16_t sim_sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 768: a sum of 0 is sent as ones, which is equal to it. No harm to TCP. */
int sim_box_finish_checksum(struct sim_box *box)
{
	struct sim_frame *frame = &box->frame;
	uint32_t start = frame->checksum_start, field = start + frame->checksum_offset;
	uint16_t sum;

	if (!frame->partial)
		return 0;
	if (field + 2 > frame->bytes)
		return -EINVAL;
	sum = (uint16_t)~sim_sum_fold(sim_sum(box->bytes + start, frame->bytes - start, 0));
	if (sum == 0)
		sum = 0xffff;
	box->bytes[field] = (uint8_t)(sum >> 8);
	box->bytes[field + 1] = (uint8_t)sum;
	frame->partial = false;
	frame->good = true;
	return 0;
}
