/* SPDX-License-Identifier: BSD-3-Clause */
/* nvme_snapshot.h - what an NVMe controller says of itself, by value. */
#ifndef TESTS_NVME_SNAPSHOT_H
#define TESTS_NVME_SNAPSHOT_H

#include "test.h"

#include <padma/nvme.h>

static inline struct padma_nvme_info nvme_info(const struct padma_nvme *nvme)
{
	struct padma_nvme_info info;

	padma_nvme_info(nvme, &info);
	return info;
}

/* The test fails if there is none. */
static inline struct padma_nvme_namespace nvme_namespace(const struct padma_nvme *nvme,
							 unsigned int index)
{
	struct padma_nvme_namespace ns = {0};

	assert_int_equal(padma_nvme_namespace(nvme, index, &ns), 0);
	return ns;
}

#endif
