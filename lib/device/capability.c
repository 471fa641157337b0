// SPDX-License-Identifier: BSD-3-Clause
/*
 * The lists of capabilities in configuration space.
 *
 * Each walk reads a whole list and claims the words of every capability in it: a word that is claimed
 * twice means a loop or an overlap, and such a list is refused as a whole. So a walk ends after as many
 * steps as there are words, whatever the device answers.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <string.h>

#include "device/provider.h"

/* PCI Local Bus 3.0, 6.2.3 and 6.7 */
#define PCI_STATUS		 0x06u
#define PCI_STATUS_CAPABILITIES	 (1u << 4)
#define PCI_CAPABILITIES_POINTER 0x34u
#define PCI_HEADER_END		 0x40u
#define PCI_CONFIG_LEAST	 0x100u
/* PCI Express Base 5.0, 7.6.3 */
#define PCI_EXTENDED_START	 0x100u
#define PCI_CONFIG_EXPRESS	 0x1000u
/* The lowest two bits of a pointer are reserved: "software must mask" them. */
#define POINTER_MASK		 (~3u)

#define WORDS			 (PCI_CONFIG_EXPRESS / 4)

struct walk {
	struct padma_device *device;
	unsigned int after; /* 0: found, or not asked for */
	unsigned int wanted;
	unsigned int found;
	bool claimed[WORDS];
};

static int broken(const struct walk *walk, unsigned int at, const char *what)
{
	return fail(-EPROTO, "%s: its list of capabilities is broken at 0x%x: %s",
		    walk->device->name, at, what);
}

static int claim(struct walk *walk, unsigned int at, unsigned int bytes, unsigned int end)
{
	if (bytes > end - at)
		return broken(walk, at, "a capability that runs over the end");
	for (unsigned int word = at / 4; word < (at + bytes + 3) / 4; word++) {
		if (walk->claimed[word])
			return broken(walk, 4 * word, "a loop, or capabilities that overlap");
		walk->claimed[word] = true;
	}
	return 0;
}

static void note(struct walk *walk, unsigned int at, unsigned int id)
{
	if (id == walk->wanted && walk->after == 0 && walk->found == 0)
		walk->found = at;
	if (at == walk->after)
		walk->after = 0;
}

static int outcome(const struct walk *walk, int rc)
{
	if (rc)
		return rc;
	if (walk->after)
		return fail(-EINVAL, "%s: there is no capability at 0x%x to go on from",
			    walk->device->name, walk->after);
	return (int)walk->found;
}

/* PCI Local Bus 3.0, 6.8.1.3: four forms. */
static unsigned int msi_bytes(unsigned int control)
{
	const unsigned int wide = control & 1u << 7 ? 4 : 0;
	const unsigned int maskable = control & 1u << 8 ? 10 : 0;

	return 10 + wide + maskable;
}

/* PCI Express Base 5.0, 7.5.3: the least that an endpoint of this version has; of an integrated one
 * (type 9) without the registers of a link. */
static unsigned int express_bytes(unsigned int control)
{
	const bool integrated = (control >> 4 & 0xf) == 9;

	if ((control & 0xf) < 2)
		return integrated ? 12 : 20;
	return integrated ? 32 : 44;
}

/* How long a capability is, by the 16 bits that follow its header; of an unknown one the first word. */
static unsigned int capability_bytes(unsigned int id, unsigned int control)
{
	switch (id) {
	case 0x01: /* power management */
	case 0x03: /* vital product data */
	case 0x07: /* PCI-X */
	case 0x0d: /* subsystem ids of a bridge */
	case 0x13: /* advanced features */
		return 8;
	case 0x05:
		return msi_bytes(control);
	case 0x09: /* vendor specific: its length is in the third byte */
		return (control & 0xff) > 4 ? control & 0xff : 4;
	case 0x10:
		return express_bytes(control);
	case 0x11: /* MSI-X */
		return 12;
	default:
		return 4;
	}
}

static int take_capability(struct walk *walk, unsigned int at, unsigned int *next)
{
	uint32_t head;
	int rc;

	if (at < PCI_HEADER_END)
		return broken(walk, at, "a pointer into the header");
	rc = padma_config_read32(walk->device, at, &head);
	if (rc)
		return rc;
	if ((uint16_t)head == UINT16_MAX)
		return broken(walk, at, "all ones");
	rc = claim(walk, at, capability_bytes(head & 0xff, head >> 16), PCI_CONFIG_LEAST);
	if (rc)
		return rc;
	note(walk, at, head & 0xff);
	*next = head >> 8 & 0xff & POINTER_MASK;
	return 0;
}

static int first_capability(struct padma_device *device, unsigned int *at)
{
	uint16_t status;
	uint8_t pointer = 0;
	int rc = padma_config_read16(device, PCI_STATUS, &status);

	if (rc == 0 && status & PCI_STATUS_CAPABILITIES)
		rc = padma_config_read8(device, PCI_CAPABILITIES_POINTER, &pointer);
	*at = pointer & POINTER_MASK;
	return rc;
}

int padma_device_find_capability(struct padma_device *device, uint8_t id, unsigned int after)
{
	struct walk walk = {.device = device, .wanted = id, .after = after};
	unsigned int at = 0;
	int rc = first_capability(device, &at);

	while (rc == 0 && at)
		rc = take_capability(&walk, at, &at);
	return outcome(&walk, rc);
}

/* Those with a length of their own have it in the upper 12 bits of the second word. */
static int extended_bytes(struct padma_device *device, unsigned int at, unsigned int id,
			  unsigned int *bytes)
{
	uint32_t second;
	int rc = 0;

	*bytes = 4;
	switch (id) {
	case 0x0001: /* advanced error reporting, of an endpoint */
		*bytes = 0x2c;
		break;
	case 0x0003: /* device serial number */
	case 0x0019: /* secondary PCI Express */
		*bytes = 12;
		break;
	case 0x000b: /* vendor specific */
	case 0x0023: /* designated vendor specific */
		*bytes = 8;
		if (at + 8 > device->config_bytes)
			break;
		rc = padma_config_read32(device, at + 4, &second);
		if (rc == 0 && second >> 20 > 8)
			*bytes = second >> 20;
		break;
	case 0x000e: /* alternative routing ids */
	case 0x000f: /* address translation services */
	case 0x0018: /* latency tolerance reporting */
	case 0x001b: /* process address space ids */
		*bytes = 8;
		break;
	case 0x0010: /* virtual functions */
		*bytes = 64;
		break;
	default:
		break;
	}
	return rc;
}

static int take_extended(struct walk *walk, unsigned int at, unsigned int *next)
{
	unsigned int bytes;
	uint32_t head;
	int rc;

	if (at < PCI_EXTENDED_START)
		return broken(walk, at, "a pointer into the part that has no extended ones");
	rc = padma_config_read32(walk->device, at, &head);
	if (rc)
		return rc;
	*next = 0;
	/* None at all; some functions do not decode this part and answer all ones (Linux,
	 * drivers/pci/probe.c, pci_cfg_space_size_ext()). */
	if (head == 0 || (head == UINT32_MAX && at == PCI_EXTENDED_START))
		return 0;
	if (head == UINT32_MAX)
		return broken(walk, at, "all ones");
	rc = extended_bytes(walk->device, at, head & 0xffff, &bytes);
	if (rc == 0)
		rc = claim(walk, at, bytes, walk->device->config_bytes);
	if (rc)
		return rc;
	/* VFIO leaves an id of 0 if it hides the first one (vfio_ecap_init()). */
	note(walk, at, head & 0xffff);
	*next = head >> 20 & POINTER_MASK;
	return 0;
}

int padma_device_find_extended_capability(struct padma_device *device, uint16_t id,
					  unsigned int after)
{
	struct walk walk = {.device = device, .wanted = id, .after = after};
	unsigned int at = device->config_bytes < PCI_CONFIG_EXPRESS ? 0 : PCI_EXTENDED_START;
	int rc = 0;

	while (rc == 0 && at)
		rc = take_extended(&walk, at, &at);
	return outcome(&walk, rc);
}
