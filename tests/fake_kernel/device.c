// SPDX-License-Identifier: BSD-3-Clause
/*
 * Devices behind VFIO. All are the same one: their regions are one memfd, and what is set before counts for each.
 */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "kernel/vfio_uapi.h"
#include "parts.h"

#define VECTORS 5u

static int memory = -1;

uint32_t fake_read(uint64_t offset, unsigned int bytes)
{
	uint32_t value = 0;

	assert_int_equal(pread(memory, &value, bytes, (off_t)offset), bytes);
	return value;
}

void fake_write(uint64_t offset, uint32_t value, unsigned int bytes)
{
	assert_int_equal(pwrite(memory, &value, bytes, (off_t)offset), bytes);
}

static void bus_master_off(void)
{
	fake_write(FAKE_COMMAND, fake_read(FAKE_COMMAND, 2) & ~COMMAND_BME, 2);
}

void fake_reset(void)
{
	if (memory >= 0)
		__real_close(memory);
	memory = memfd_create("device", MFD_CLOEXEC);
	assert_true(memory >= 0);
	assert_int_equal(ftruncate(memory, (off_t)FAKE_CONFIG + 4096), 0);
	fake_write(FAKE_CONFIG, 0x00101b36, 4);
	fake_write(FAKE_CONFIG + 8, 0x01080202, 4); /* an NVMe controller */
	fake_write(FAKE_COMMAND, COMMAND_BME, 2);   /* its last user left it on */
	memset(&fake, 0, sizeof(fake));
	fake_sysfs_open();
	fake.request_fd = fake.error_fd = -1;
	fake.reset_kind = PADMA_RESET_FLR;
	for (int i = 0; i < FAKE_DEVICES; i++) {
		fake.devices[i].fd = -1;
		fake.devices[i].reserved = (struct uapi_iova_range){0xfee00000, 0xfeefffff};
		fake.aperture_last[i] = (1ull << 39) - 1;
	}
}

struct fake_device *fake_device_of(int fd)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fd >= 0 && fake.devices[i].fd == fd)
			return &fake.devices[i];
	}
	return NULL;
}

int fake_device_open(unsigned int index)
{
	assert_true(index < FAKE_DEVICES && fake.devices[index].fd < 0);
	/* vfio_pci_core_enable() */
	bus_master_off();
	fake.open_nodes++;
	return fake.devices[index].fd = dup(memory);
}

void fake_device_close(struct fake_device *device)
{
	fake_note("close");
	bus_master_off();
	device->fd = -1;
	device->bound = false;
	device->hwpt = 0;
	fake.irq_count = 0;
	fake.open_nodes--;
}

static int region_info(struct uapi_vfio_region_info *info)
{
	struct uapi_vfio_sparse_mmap *sparse = (void *)(info + 1);
	struct uapi_vfio_area *area = (void *)(sparse + 1);

	assert_true(info->argsz >= sizeof(*info));
	info->argsz = sizeof(*info);
	info->flags = UAPI_VFIO_REGION_READ | UAPI_VFIO_REGION_WRITE;
	info->offset = info->index == 7 ? FAKE_CONFIG : FAKE_BAR(info->index);
	info->size = info->index == 7 ? 4096 : 0;
	if (info->index == 1 && fake.bar1_is_io)
		info->size = 32;
	if (info->index != 0)
		return 0;
	info->size = FAKE_BAR0_BYTES;
	if (fake.bar0 != FAKE_TRAPPED)
		info->flags |= UAPI_VFIO_REGION_MMAP;
	if (fake.bar0 != FAKE_SPARSE)
		return 0;
	info->flags |= UAPI_VFIO_REGION_CAPS;
	info->cap_offset = sizeof(*info);
	info->argsz = sizeof(*info) + sizeof(*sparse) + 2 * sizeof(*area);
	*sparse = (struct uapi_vfio_sparse_mmap){.header = {1, 1, 0}, .nr_areas = 2};
	area[0] = (struct uapi_vfio_area){0, 4096};
	area[1] = (struct uapi_vfio_area){8192, 8192};
	return 0;
}

static unsigned int vectors(uint32_t index)
{
	switch (index) {
	case UAPI_VFIO_PCI_INTX_IRQ:
	case UAPI_VFIO_PCI_REQ_IRQ:
		return 1;
	case UAPI_VFIO_PCI_MSI_IRQ:
		return fake.intx_only ? 0 : VECTORS - 1;
	case UAPI_VFIO_PCI_MSIX_IRQ:
		return fake.intx_only || fake.msi_only ? 0 : VECTORS;
	default:
		return !fake.no_aer;
	}
}

/* vfio_pci_ioctl_get_irq_info() */
static int irq_info(struct uapi_vfio_irq_info *info)
{
	if (info->index == UAPI_VFIO_PCI_ERR_IRQ && fake.no_aer)
		return fake_answer(EINVAL);
	info->flags = UAPI_VFIO_IRQ_EVENTFD;
	if (info->index == UAPI_VFIO_PCI_INTX_IRQ && !fake.intx_stays)
		info->flags |= UAPI_VFIO_IRQ_MASKABLE | UAPI_VFIO_IRQ_AUTOMASKED;
	info->count = vectors(info->index);
	return 0;
}

/* vfio_pci_set_intx_unmask() */
static int unmask_intx(const struct uapi_vfio_irq_set *set)
{
	if (set->index != UAPI_VFIO_PCI_INTX_IRQ)
		return fake_answer(ENOTTY);
	if (fake.irq_count == 0 || fake.irq_index != set->index || set->count != 1)
		return fake_answer(EINVAL);
	fake_note("unmask");
	fake.intx_masked = false;
	return 0;
}

static int irqs_off(const struct uapi_vfio_irq_set *set)
{
	/* vfio_pci_set_msi_trigger(): there must be something to turn off. */
	if (fake.irq_count == 0 || set->index != fake.irq_index)
		return fake_answer(EINVAL);
	fake_note("irq-off");
	fake.irq_count = 0;
	return 0;
}

static int irqs_on(const struct uapi_vfio_irq_set *set, const int32_t *fds)
{
	if (fake.irq_error)
		return fake_answer(fake.irq_error);
	/* What is on is not made larger, nor another kind. */
	if (fake.irq_count && (set->count > fake.irq_count || set->index != fake.irq_index))
		return fake_answer(EINVAL);
	if (set->count > vectors(set->index))
		return fake_answer(EINVAL);
	/* vfio_msi_enable() */
	if (fake.irqs_free && set->count > (unsigned int)fake.irqs_free)
		return fake.irqs_free;
	assert_int_equal(set->argsz, sizeof(*set) + set->count * sizeof(int32_t));
	memcpy(fake.irqs, fds, set->count * sizeof(int32_t));
	fake.irq_count = set->count;
	fake.irq_index = set->index;
	fake.intx_masked = false;
	return 0;
}

static int set_irqs(const struct uapi_vfio_irq_set *set)
{
	const int32_t *fds = (const void *)(set + 1);

	if (set->flags & UAPI_VFIO_IRQ_SET_UNMASK)
		return unmask_intx(set);
	if (set->index == UAPI_VFIO_PCI_REQ_IRQ || set->index == UAPI_VFIO_PCI_ERR_IRQ) {
		assert_int_equal(set->count, 1);
		*(set->index == UAPI_VFIO_PCI_REQ_IRQ ? &fake.request_fd : &fake.error_fd) = fds[0];
		return 0;
	}
	return set->count == 0 ? irqs_off(set) : irqs_on(set, fds);
}

/* pci_try_reset_function() restores the Command register. */
static int reset(void)
{
	if (fake.reset_errors) {
		fake.reset_errors--;
		return fake_answer(fake.reset_error);
	}
	fake_note(fake_read(FAKE_COMMAND, 2) & COMMAND_BME ? "reset-while-mastering" : "reset");
	return 0;
}

static int attach(struct fake_device *device, struct uapi_vfio_attach *arg)
{
	int error = fake.attach_error;

	assert_int_equal(arg->argsz, 12);
	if (!error)
		error = fake_page_table_attach(device, arg->pt_id);
	if (!error)
		fake_note("attach");
	return fake_answer(error);
}

static int bind_iommufd(struct fake_device *device, struct uapi_vfio_bind *bind)
{
	assert_true(fake_is_iommufd(bind->iommufd));
	if (fake_fails(&fake.bind_errors))
		return fake_answer(fake.bind_error);
	device->bound = true;
	bind->out_devid = FAKE_DEVID(device);
	fake_note("bind");
	return 0;
}

static int detach(struct fake_device *device)
{
	assert_true(device->hwpt != 0);
	device->hwpt = 0;
	fake_note(fake_read(FAKE_COMMAND, 2) & COMMAND_BME ? "detach-while-mastering" : "detach");
	return 0;
}

int fake_device_ioctl(struct fake_device *device, unsigned long request, void *arg)
{
	struct uapi_vfio_device_info *info = arg;

	assert_true(device->bound || (request & 0xff) == UAPI_VFIO_BIND_IOMMUFD);
	switch (request & 0xff) {
	case UAPI_VFIO_BIND_IOMMUFD:
		return bind_iommufd(device, arg);
	case UAPI_VFIO_ATTACH_PT:
		return attach(device, arg);
	case UAPI_VFIO_DETACH_PT:
		return detach(device);
	case UAPI_VFIO_DEVICE_GET_INFO:
		info->flags = UAPI_VFIO_FLAG_PCI | (fake.cannot_reset ? 0 : UAPI_VFIO_FLAG_RESET);
		return 0;
	case UAPI_VFIO_GET_REGION_INFO:
		return region_info(arg);
	case UAPI_VFIO_GET_IRQ_INFO:
		return irq_info(arg);
	case UAPI_VFIO_SET_IRQS:
		return set_irqs(arg);
	case UAPI_VFIO_DEVICE_RESET:
		return reset();
	default:
		return fake_answer(ENOTTY);
	}
}
