// SPDX-License-Identifier: BSD-3-Clause
/* Configuration space, for drivers: its bytes, its registers in the processor's byte order, its ids. */
#define PADMA_PART "device"
#include "base/base.h"

#include <endian.h>

#include <padma/params.h>

#include "device/command.h"

/* PCI Local Bus 3.0, figure 6-1 */
#define PCI_VENDOR	     0x00u
#define PCI_DEVICE	     0x02u
#define PCI_REVISION	     0x08u
#define PCI_SUBSYSTEM_VENDOR 0x2cu
#define PCI_SUBSYSTEM	     0x2eu

static int check_range(const struct padma_device *device, unsigned int offset, size_t bytes)
{
	if (offset > device->config_bytes || bytes > device->config_bytes - offset)
		return fail(-EINVAL,
			    "%s: configuration space has %u bytes; %zu at 0x%x are not in it",
			    device->name, device->config_bytes, bytes, offset);
	return 0;
}

static int failed(const struct padma_device *device, unsigned int offset, int rc)
{
	if (rc == -ENODEV)
		return fail(rc, "%s: the device is gone; close it", device->name);
	return fail(rc, "%s: configuration space at 0x%x does not answer", device->name, offset);
}

int padma_device_config_read(struct padma_device *device, unsigned int offset, void *data,
			     size_t bytes)
{
	int rc = check_range(device, offset, bytes);

	if (rc)
		return rc;
	rc = device->ops->config_read(device, offset, data, bytes);
	return rc ? failed(device, offset, rc) : 0;
}

int padma_device_config_write(struct padma_device *device, unsigned int offset, const void *data,
			      size_t bytes)
{
	int rc = check_range(device, offset, bytes);

	if (rc)
		return rc;
	if (command_covered(offset, bytes))
		rc = command_write(device, offset, data, bytes);
	else
		rc = device->ops->config_write(device, offset, data, bytes);
	if (rc == -EPERM)
		return fail(rc, "%s: %s", device->name, COMMAND_NOT_QUIET);
	return rc ? failed(device, offset, rc) : 0;
}

/* A register is one access on the bus only if it does not cross a word's border. */
static int check_register(const struct padma_device *device, unsigned int offset, size_t bytes)
{
	if (offset % bytes)
		return fail(-EINVAL,
			    "%s: there is no register of %zu bytes at 0x%x of configuration space: "
			    "give a multiple of its size",
			    device->name, bytes, offset);
	return 0;
}

static int read_register(struct padma_device *device, unsigned int offset, void *value,
			 size_t bytes)
{
	int rc = check_register(device, offset, bytes);

	return rc ? rc : padma_device_config_read(device, offset, value, bytes);
}

static int write_register(struct padma_device *device, unsigned int offset, const void *value,
			  size_t bytes)
{
	int rc = check_register(device, offset, bytes);

	return rc ? rc : padma_device_config_write(device, offset, value, bytes);
}

int padma_config_read8(struct padma_device *device, unsigned int offset, uint8_t *value)
{
	*value = UINT8_MAX;
	return read_register(device, offset, value, sizeof(*value));
}

int padma_config_read16(struct padma_device *device, unsigned int offset, uint16_t *value)
{
	uint16_t word = UINT16_MAX;
	int rc = read_register(device, offset, &word, sizeof(word));

	*value = le16toh(word);
	return rc;
}

int padma_config_read32(struct padma_device *device, unsigned int offset, uint32_t *value)
{
	uint32_t word = UINT32_MAX;
	int rc = read_register(device, offset, &word, sizeof(word));

	*value = le32toh(word);
	return rc;
}

int padma_config_write8(struct padma_device *device, unsigned int offset, uint8_t value)
{
	return write_register(device, offset, &value, sizeof(value));
}

int padma_config_write16(struct padma_device *device, unsigned int offset, uint16_t value)
{
	value = htole16(value);
	return write_register(device, offset, &value, sizeof(value));
}

int padma_config_write32(struct padma_device *device, unsigned int offset, uint32_t value)
{
	value = htole32(value);
	return write_register(device, offset, &value, sizeof(value));
}

int padma_device_ids_sized(struct padma_device *device, size_t ids_bytes,
			   struct padma_device_ids *ids)
{
	struct padma_device_ids found = {0};
	uint32_t class_and_revision;
	int rc = padma_config_read16(device, PCI_VENDOR, &found.vendor);

	if (rc == 0)
		rc = padma_config_read16(device, PCI_DEVICE, &found.device);
	if (rc == 0)
		rc = padma_config_read16(device, PCI_SUBSYSTEM_VENDOR, &found.subsystem_vendor);
	if (rc == 0)
		rc = padma_config_read16(device, PCI_SUBSYSTEM, &found.subsystem);
	if (rc == 0)
		rc = padma_config_read32(device, PCI_REVISION, &class_and_revision);
	if (rc)
		return rc;
	found.revision = (uint8_t)class_and_revision;
	found.class_code = class_and_revision >> 8;
	padma_params_give(ids, ids_bytes, &found, sizeof(found));
	return 0;
}
