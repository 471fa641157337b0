/* SPDX-License-Identifier: BSD-3-Clause */
/* driver.h - a driver outside of padma's tree, in C++: of the device in DEVICE.md. */
#ifndef ADLER_DRIVER_H
#define ADLER_DRIVER_H

#include <cstddef>
#include <cstdint>

#include <padma/device.h>
#include <padma/pmd/irq.h>
#include <padma/space.h>

/* One opened device. By one thread at a time. Functions return 0 or a negative errno. */
class Adler
{
      public:
	Adler() = default;
	Adler(const Adler &) = delete;
	Adler &operator=(const Adler &) = delete;
	~Adler();

	/* Open it, check what it is, reset it, and have its interrupts. */
	int open(padma_space *space, const char *name);
	/* The checksum of memory that is one run. -EIO: the device cannot read it. */
	int checksum(padma_dma_t dma, uint32_t bytes, uint32_t *result);

      private:
	int fail(int error, const char *reason) const;
	int start();
	int await_end(uint32_t *status);

	padma_device *device = nullptr;
	const padma_bar *bar = nullptr;
	padma_irq irq = {};
};

#endif
