// SPDX-License-Identifier: BSD-3-Clause
/* One function for each barrier and ordered access of padma/barrier.h, to be disassembled by barriers.sh. */
#include <padma/barrier.h>

void dma_wmb(void);
void dma_rmb(void);
void dma_mb(void);

void dma_wmb(void)
{
	padma_dma_wmb();
}

void dma_rmb(void)
{
	padma_dma_rmb();
}

void dma_mb(void)
{
	padma_dma_mb();
}

#define ACCESSES(bits)                                                                             \
	uint##bits##_t load##bits##_acquire(const uint##bits##_t *word);                           \
	void store##bits##_release(uint##bits##_t *word, uint##bits##_t value);                    \
	uint##bits##_t mmio_read##bits(const uint##bits##_t *reg);                                 \
	void mmio_write##bits(uint##bits##_t *reg, uint##bits##_t value);                          \
                                                                                                   \
	uint##bits##_t load##bits##_acquire(const uint##bits##_t *word)                            \
	{                                                                                          \
		return padma_load##bits##_acquire(word);                                           \
	}                                                                                          \
                                                                                                   \
	void store##bits##_release(uint##bits##_t *word, uint##bits##_t value)                     \
	{                                                                                          \
		padma_store##bits##_release(word, value);                                          \
	}                                                                                          \
                                                                                                   \
	uint##bits##_t mmio_read##bits(const uint##bits##_t *reg)                                  \
	{                                                                                          \
		return padma_mmio_read##bits(reg);                                                 \
	}                                                                                          \
                                                                                                   \
	void mmio_write##bits(uint##bits##_t *reg, uint##bits##_t value)                           \
	{                                                                                          \
		padma_mmio_write##bits##_after_stores(reg, value);                                 \
	}

ACCESSES(8)
ACCESSES(16)
ACCESSES(32)
ACCESSES(64)
