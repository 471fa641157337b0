// SPDX-License-Identifier: BSD-3-Clause
/* See fake_kernel.h. */
#include "fake_kernel.h"

#include "test.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/reset_kind.h"
#include "device/vfio/find.h"
#include "kernel/iommufd_uapi.h"
#include "kernel/vfio_uapi.h"
#include "kernel/pagemap.h"
#include "space/backend.h"
#include "sim/machine/kernel.h"
#include "fail_nth.h"

/* There where the program is a padma_fail_nth_test(): calls of the kernel fail with the others, and what
 * the kernel itself does is not counted. */
#pragma weak fail_nth
#pragma weak fail_nth_exempt

#define HWPT_ID	    7u
#define DEVID	    3u
#define COMMAND_BME 4u
#define VECTORS	    5u

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_vfio_find(const char *sysfs, const char *address, struct vfio_node *node);
int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes);
bool __wrap_platform_dma_is_physical(const char *root, char *reason);
bool __wrap_device_node_is(int fd, const char *number);
enum padma_reset_kind __wrap_reset_kind_of(const char *sysfs, const char *address);
bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES]);

struct fake_kernel fake;

static struct sim_kernel kernel;
static bool has_ioas, has_hwpt, bound, attached;
static int iommufd = -1, node = -1, memory = -1, group = -1, container = -1;
static bool joined, noiommu;

static void note(const char *event)
{
	size_t used = strlen(fake.events);

	snprintf(fake.events + used, sizeof(fake.events) - used, "%s ", event);
}

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

void fake_reset(void)
{
	if (memory >= 0)
		__real_close(memory);
	memory = memfd_create("device", MFD_CLOEXEC);
	assert_true(memory >= 0);
	assert_int_equal(ftruncate(memory, (off_t)FAKE_CONFIG + 4096), 0);
	fake_write(FAKE_CONFIG, 0x00101b36, 4);
	fake_write(FAKE_CONFIG + 8, 0x01080202, 4); /* an NVMe controller */
	fake_write(FAKE_COMMAND, COMMAND_BME, 2);   /* somebody left it on */
	memset(&fake, 0, sizeof(fake));
	fake.request_fd = fake.error_fd = -1;
	fake.reset_kind = PADMA_RESET_FLR;
}

uint64_t fake_phys(const void *va)
{
	struct uapi_ioas_get_pa query = {
		.size = sizeof(query), .ioas_id = SIM_IOAS_ID, .iova = (uintptr_t)va, .length = 1};

	return has_ioas && sim_kernel_get_pa(&kernel, &query) == 0 ? query.out_phys : 0;
}

static int answer(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

int __wrap_vfio_find(const char *sysfs, const char *address, struct vfio_node *found)
{
	(void)sysfs;
	assert_string_equal(address, FAKE_BDF);
	*found = (struct vfio_node){.noiommu = !fake.behind_iommu};
	snprintf(found->cdev_number, sizeof(found->cdev_number), "242:1");
	snprintf(found->group_number, sizeof(found->group_number), "241:9");
	if (!fake.no_cdev)
		snprintf(found->cdev, sizeof(found->cdev), "%s",
			 fake.behind_iommu ? "vfio0" : "noiommu-vfio0");
	if (!fake.no_group)
		snprintf(found->group, sizeof(found->group), "%s",
			 fake.behind_iommu ? "9" : "noiommu-9");
	return 0;
}

/* Every page is where its address says: nobody needs to be root to be told. */
int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes)
{
	assert_true(fd >= 0);
	*phys = va;
	*bytes = length;
	return -fake.pagemap_error;
}

/* A call that fails some times, then no more. */
static bool fails(int *times)
{
	if (*times == 0)
		return false;
	--*times;
	return true;
}

bool __wrap_platform_dma_is_physical(const char *root, char *reason)
{
	assert_string_equal(root, "");
	if (fake.encrypted)
		snprintf(reason, BACKEND_REASON_BYTES, "memory is encrypted");
	return !fake.encrypted;
}

enum padma_reset_kind __wrap_reset_kind_of(const char *sysfs, const char *address)
{
	assert_string_equal(sysfs, "/sys");
	assert_string_equal(address, FAKE_BDF);
	return fake.reset_kind;
}

bool __wrap_device_node_is(int fd, const char *number)
{
	assert_true(fd >= 0 && (fd == node || fd == group));
	assert_string_equal(number, fd == node ? "242:1" : "241:9");
	return !fake.node_of_another;
}

/* The real one looks for nodes in the machine's own /dev. */
bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES])
{
	snprintf(text, BACKEND_REASONS_BYTES, "kind %d (a reason)", (int)kind);
	return fake.nothing_works;
}

static int open_device(void)
{
	/* vfio_pci_core_enable() clears it. */
	fake_write(FAKE_COMMAND, fake_read(FAKE_COMMAND, 2) & ~COMMAND_BME, 2);
	fake.open_nodes++;
	return node = dup(memory);
}

static int open_group(void)
{
	if (fails(&fake.node_open_errors))
		return answer(fake.node_open_error);
	assert_int_equal(group, -1);
	note("group");
	fake.open_nodes++;
	return group = eventfd(0, EFD_CLOEXEC);
}

static int open_container(void)
{
	if (fake.container_open_error)
		return answer(fake.container_open_error);
	assert_int_equal(container, -1);
	note("container");
	fake.open_nodes++;
	return container = eventfd(0, EFD_CLOEXEC);
}

static bool system_fails(const char *what, int error)
{
	return fail_nth && fail_nth(what, error);
}

static void play_kernel(bool begin)
{
	if (fail_nth_exempt)
		fail_nth_exempt(begin);
}

static int fake_open(const char *path, int flags, mode_t mode)
{
	if (strcmp(path, "/dev/iommu") == 0) {
		if (fake.iommu_open_error)
			return answer(fake.iommu_open_error);
		return iommufd = eventfd(0, EFD_CLOEXEC);
	}
	if (strncmp(path, "/dev/vfio/devices/", 18) == 0) {
		assert_true(flags & O_CLOEXEC);
		return fails(&fake.node_open_errors) ? answer(fake.node_open_error) : open_device();
	}
	if (strcmp(path, "/dev/vfio/noiommu-9") == 0) {
		assert_true(flags & O_CLOEXEC);
		return open_group();
	}
	if (strcmp(path, "/dev/vfio/vfio") == 0) {
		assert_true(flags & O_CLOEXEC);
		return open_container();
	}
	return __real_open(path, flags, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int rc;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (system_fails(path, EMFILE))
		return -1;
	play_kernel(true);
	rc = fake_open(path, flags, mode);
	play_kernel(false);
	return rc;
}

static void forget_ioas(void)
{
	if (has_ioas)
		sim_kernel_close(&kernel);
	has_ioas = false;
}

static int fake_close(int fd)
{
	if (fd >= 0 && fd == iommufd) {
		iommufd = -1;
		has_hwpt = false;
		fake.objects = 0;
		forget_ioas();
	} else if (fd >= 0 && fd == node) {
		note("close");
		fake_write(FAKE_COMMAND, fake_read(FAKE_COMMAND, 2) & ~COMMAND_BME, 2);
		node = -1;
		fake.irq_count = 0;
		bound = attached = false;
		fake.open_nodes--;
	} else if (fd >= 0 && fd == group) {
		note("close-group");
		group = -1;
		joined = noiommu = false;
		fake.open_nodes--;
	} else if (fd >= 0 && fd == container) {
		note("close-container");
		container = -1;
		fake.open_nodes--;
	}
	return __real_close(fd);
}

int __wrap_close(int fd)
{
	int rc;

	play_kernel(true);
	rc = fake_close(fd);
	play_kernel(false);
	return rc;
}

static int ioas_alloc(struct uapi_ioas_alloc *alloc)
{
	const struct padma_sim_params params = {.late_attach = true};

	assert_int_equal(alloc->size, 12);
	forget_ioas();
	assert_int_equal(sim_kernel_open(&kernel, &params, 2 << 20, 1ull << 32), 0);
	has_ioas = true;
	fake.objects++;
	alloc->out_ioas_id = SIM_IOAS_ID;
	return 0;
}

static int hwpt_alloc(struct uapi_hwpt_alloc *alloc)
{
	int rc;

	assert_int_equal(alloc->size, 48);
	assert_int_equal(alloc->flags, 0);
	assert_int_equal(alloc->dev_id, DEVID);
	assert_int_equal(alloc->pt_id, SIM_IOAS_ID);
	assert_true(bound);
	if (fake.hwpt_error)
		return answer(fake.hwpt_error);
	rc = sim_kernel_attach(&kernel);
	if (rc)
		return answer(-rc);
	note("hwpt");
	has_hwpt = true;
	fake.objects++;
	alloc->out_hwpt_id = HWPT_ID;
	return 0;
}

static int destroy(const struct uapi_destroy *arg)
{
	if (arg->id == HWPT_ID) {
		assert_true(has_hwpt);
		if (attached)
			return answer(EBUSY);
		has_hwpt = false;
	} else {
		assert_int_equal(arg->id, SIM_IOAS_ID);
		if (has_hwpt)
			return answer(EBUSY);
		forget_ioas();
	}
	fake.objects--;
	return 0;
}

static int iommu_ioctl(unsigned long request, void *arg)
{
	int rc;

	switch (request & 0xff) {
	case 0x80:
		return destroy(arg);
	case 0x81:
		return ioas_alloc(arg);
	case 0x85:
		return answer(-sim_kernel_map(&kernel, arg));
	case 0x86:
		return answer(-sim_kernel_unmap(&kernel, arg));
	case 0x89:
		return hwpt_alloc(arg);
	case 0x95:
		rc = sim_kernel_get_pa(&kernel, arg);
		return answer(rc == -ENOENT && fake.get_pa_error ? fake.get_pa_error : -rc);
	default:
		return answer(ENOTTY);
	}
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
	info->argsz = sizeof(*info) + sizeof(*sparse) + sizeof(*area);
	*sparse = (struct uapi_vfio_sparse_mmap){.header = {1, 1, 0}, .nr_areas = 1};
	*area = (struct uapi_vfio_area){4096, 8192};
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
		return answer(EINVAL);
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
		return answer(ENOTTY);
	if (fake.irq_count == 0 || fake.irq_index != set->index || set->count != 1)
		return answer(EINVAL);
	note("unmask");
	fake.intx_masked = false;
	return 0;
}

static int irqs_off(const struct uapi_vfio_irq_set *set)
{
	/* vfio_pci_set_msi_trigger(): there must be something to turn off. */
	if (fake.irq_count == 0 || set->index != fake.irq_index)
		return answer(EINVAL);
	note("irq-off");
	fake.irq_count = 0;
	return 0;
}

static int irqs_on(const struct uapi_vfio_irq_set *set, const int32_t *fds)
{
	if (fake.irq_error)
		return answer(fake.irq_error);
	/* What is on is not made larger, nor another kind. */
	if (fake.irq_count && (set->count > fake.irq_count || set->index != fake.irq_index))
		return answer(EINVAL);
	if (set->count > vectors(set->index))
		return answer(EINVAL);
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
		return answer(fake.reset_error);
	}
	note(fake_read(FAKE_COMMAND, 2) & COMMAND_BME ? "reset-while-mastering" : "reset");
	return 0;
}

static int attach(struct uapi_vfio_attach *arg)
{
	assert_int_equal(arg->argsz, 12);
	if (fake.attach_error)
		return answer(fake.attach_error);
	/* Never to the IOAS. */
	assert_int_equal(arg->pt_id, HWPT_ID);
	assert_true(has_hwpt);
	attached = true;
	note("attach");
	return 0;
}

static int bind_iommufd(struct uapi_vfio_bind *bind)
{
	assert_int_equal(bind->iommufd, iommufd);
	assert_int_equal(group, -1);
	if (fails(&fake.bind_errors))
		return answer(fake.bind_error);
	bound = true;
	bind->out_devid = DEVID;
	note("bind");
	return 0;
}

static int detach(void)
{
	assert_true(attached);
	attached = false;
	note(fake_read(FAKE_COMMAND, 2) & COMMAND_BME ? "detach-while-mastering" : "detach");
	return 0;
}

static int vfio_ioctl(unsigned long request, void *arg)
{
	struct uapi_vfio_device_info *info = arg;

	assert_true(bound || (request & 0xff) == UAPI_VFIO_BIND_IOMMUFD);
	switch (request & 0xff) {
	case UAPI_VFIO_BIND_IOMMUFD:
		return bind_iommufd(arg);
	case UAPI_VFIO_ATTACH_PT:
		return attach(arg);
	case UAPI_VFIO_DETACH_PT:
		return detach();
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
		return answer(ENOTTY);
	}
}

/* As drivers/vfio/container.c and group.c have it. */
static int container_ioctl(unsigned long request, const void *arg)
{
	switch (request & 0xff) {
	case UAPI_VFIO_GET_API_VERSION:
		return fake.api_version;
	case UAPI_VFIO_SET_IOMMU:
		assert_int_equal((uintptr_t)arg, 8);
		if (fake.set_iommu_error || !joined)
			return answer(joined ? fake.set_iommu_error : EINVAL);
		note("noiommu");
		noiommu = true;
		return 0;
	default:
		return answer(ENOTTY);
	}
}

static int group_ioctl(unsigned long request, const void *arg)
{
	switch (request & 0xff) {
	case UAPI_VFIO_SET_CONTAINER:
		assert_int_equal(*(const int32_t *)arg, container);
		if (fake.join_error)
			return answer(fake.join_error);
		note("join");
		joined = true;
		return 0;
	case UAPI_VFIO_GET_DEVICE_FD:
		assert_string_equal(arg, FAKE_BDF);
		if (fails(&fake.get_device_errors))
			return answer(fake.get_device_error);
		if (!noiommu)
			return answer(EINVAL);
		note("device");
		bound = true;
		return open_device();
	default:
		return answer(ENOTTY);
	}
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	if (fd >= 0 && fd == iommufd)
		return iommu_ioctl(request, arg);
	if (fd >= 0 && fd == node)
		return vfio_ioctl(request, arg);
	if (fd >= 0 && fd == container)
		return container_ioctl(request, arg);
	if (fd >= 0 && fd == group)
		return group_ioctl(request, arg);
	return __real_ioctl(fd, request, arg);
}

/* What gives back fails for no lack of anything: IOMMU_DESTROY, IOAS_UNMAP, DETACH, interrupts off. */
static bool gives_back(int fd, unsigned long request, const void *arg)
{
	const struct uapi_vfio_irq_set *set = arg;
	unsigned int number = request & 0xff;

	if (fd == iommufd)
		return number == UAPI_IOMMU_DESTROY || number == UAPI_IOMMU_IOAS_UNMAP;
	return number == UAPI_VFIO_DETACH_PT || (number == UAPI_VFIO_SET_IRQS && set->count == 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int rc;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!gives_back(fd, request, arg) && system_fails("ioctl", ENOMEM))
		return -1;
	play_kernel(true);
	rc = fake_ioctl(fd, request, arg);
	play_kernel(false);
	return rc;
}
