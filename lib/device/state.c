// SPDX-License-Identifier: BSD-3-Clause
/* What is known of a device, and the descriptor that is signalled when that changes. */
#include "base/base.h"

#include <sys/eventfd.h>

#include "device/provider.h"

enum padma_device_state padma_device_state(const struct padma_device *device)
{
	return (enum padma_device_state)__atomic_load_n(&device->state, __ATOMIC_ACQUIRE);
}

int padma_device_removal_fd(const struct padma_device *device)
{
	return device->removal_fd;
}

void device_set_state(struct padma_device *device, enum padma_device_state state)
{
	int now = __atomic_load_n(&device->state, __ATOMIC_ACQUIRE);

	while (now < (int)state) {
		if (__atomic_compare_exchange_n(&device->state, &now, (int)state, false,
						__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)) {
			/* After the state, see device_adopt(). */
			int fd = __atomic_load_n(&device->removal_fd, __ATOMIC_SEQ_CST);

			if (fd >= 0)
				(void)eventfd_write(fd, 1);
			return;
		}
	}
}

enum device_presence device_presence_by(int rc, uint32_t revision_and_class)
{
	if (rc)
		return rc == -ENODEV ? DEVICE_OFF_THE_BUS : DEVICE_UNKNOWN;
	return revision_and_class == UINT32_MAX ? DEVICE_OFF_THE_BUS : DEVICE_PRESENT;
}

int device_failed_access(struct padma_device *device, enum device_presence presence)
{
	if (presence != DEVICE_OFF_THE_BUS)
		return -EIO;
	device_set_state(device, PADMA_DEVICE_GONE);
	return -ENODEV;
}
