/* SPDX-License-Identifier: BSD-3-Clause */
/* fixture.h - spaces and devices over the fake kernel (fake_kernel.h). */
#ifndef TESTS_FAKE_KERNEL_FIXTURE_H
#define TESTS_FAKE_KERNEL_FIXTURE_H

#include "test.h"

#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "fake_kernel/fake_kernel.h"

/* What the device's Command register says. */
#define MASTERING(on) assert_int_equal(fake_read(FAKE_COMMAND, 2) & 4, (on) ? 4 : 0)

static inline int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static inline struct padma_space *open_space_of(const char *backend)
{
	const struct padma_space_params params = {.backend = backend, .window_bytes = 1 << 30};
	struct padma_space *space = NULL;

	if (padma_space_open(&params, &space))
		fail_msg("%s", padma_last_error());
	return space;
}

static inline struct padma_device *open_device(struct padma_space *space)
{
	struct padma_device *device = NULL;

	if (padma_device_open(space, FAKE_BDF, &device))
		fail_msg("%s", padma_last_error());
	return device;
}

/* In a space of @backend, which then has @objects of iommufd: the device is not opened, and nothing is left of the
 * attempt. @word is in the message. */
static inline void expect_no_device_in(const char *backend, unsigned int objects, int error,
				       const char *word)
{
	struct padma_space *space = open_space_of(backend);
	struct padma_device *device = NULL;
	struct padma_space_info info;

	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -error);
	assert_null(device);
	if (!strstr(padma_last_error(), word))
		fail_msg("'%s' is not in: %s", word, padma_last_error());
	assert_int_equal(fake.open_nodes, 0);
	padma_space_info(space, &info);
	assert_int_equal(info.devices, 0);
	assert_int_equal(fake.objects, objects);
	assert_int_equal(padma_space_close(space), 0);
}

#endif
