// SPDX-License-Identifier: BSD-3-Clause
/* program.cc - the driver at work: checksums that are computed here, too, and memory that is not there. */
#include "program.h"

#include "driver.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <padma/alloc.h>
#include <padma/error.h>

namespace
{

/* RFC 1950, 8.2, in one piece. */
uint32_t expected(const uint8_t *data, uint32_t bytes)
{
	uint64_t a = 1, b = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		a += data[i];
		b += a;
	}
	return static_cast<uint32_t>((b % 65521) << 16 | a % 65521);
}

bool all_right(padma_space *space, Adler &adler, uint8_t *buffer, uint32_t most)
{
	uint32_t result;

	for (uint32_t bytes = 0; bytes <= most; bytes = bytes * 3 + 1) {
		uint8_t *from = buffer + (most - bytes) / 2;

		for (uint32_t i = 0; i < bytes; i++)
			from[i] = static_cast<uint8_t>(rand());
		if (padma_run(space, from, bytes).len != bytes ||
		    adler.checksum(padma_dma(space, from), bytes, &result))
			return false;
		if (result != expected(from, bytes)) {
			padma_fail(-EIO, "adler", "the checksum of %u bytes is wrong", bytes);
			return false;
		}
	}
	return adler.checksum(padma_dma_t{1} << 50, 64, &result) == -EIO;
}

int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

int run(padma_space *space, const char *name)
{
	constexpr uint32_t most = 300000;
	void *buffer;
	Adler adler;

	if (adler.open(space, name) || padma_space_alloc(space, most, nullptr, &buffer))
		return give_up(name);
	if (!all_right(space, adler, static_cast<uint8_t *>(buffer), most))
		return give_up("checksum");
	puts("all checksums agree");
	return EXIT_SUCCESS;
}

} // namespace

int adler_program(const char *name)
{
	padma_space *space = nullptr;
	int code;

	if (padma_space_open_for(name, nullptr, &space))
		return give_up(name);
	code = run(space, name);
	/* The device is closed: nothing reads the buffer any more. */
	return padma_space_close(space) ? give_up(name) : code;
}
