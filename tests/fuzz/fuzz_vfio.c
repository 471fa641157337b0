// SPDX-License-Identifier: BSD-3-Clause
/*
 * A fake kernel with garbage answers: iommufd and VFIO, by the character device and by the group, with
 * and without an IOMMU. Each ioctl of the library takes a byte of the input, which selects a correct
 * answer, a failure, or garbage.
 *
 * Invariants: no descriptor or memory leaks, each failure has a message, interrupts and registered
 * memory match the kernel's answers, and no call sleeps in real time.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <padma/device.h>
#include <padma/error.h>
#include <padma/log.h>
#include <padma/space.h>

#include "device/provider.h"
#include "device/vfio/find.h"
#include "device/vfio/provider.h"
#include "kernel/iommufd_uapi.h"
#include "kernel/vfio_uapi.h"
#include "space/backend.h"
#include "kernel/pagemap.h"

#define BDF	      "0000:00:04.0"
#define PAGE	      4096ull
#define MEMORY_BYTES  (16 * PAGE)
#define CONFIG_OFFSET (1u << 20)
#define BAR_BYTES     16384u
#define MOST_STEPS    64u
#define MOST_FDS      64u
#define MOST_VECTORS  16u /* four bits of the input; a misbehaving kernel allows them all */
#define DMA_LIMIT     (1ull << 52)

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_vfio_find(const char *sysfs, const char *address, struct vfio_node *node);
int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes);
bool __wrap_platform_dma_is_physical(const char *root, char *reason);
bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES]);
enum padma_reset_kind __wrap_reset_kind_of(const char *sysfs, const char *address);
bool __wrap_device_node_is(int fd, const char *number);

enum what {
	OTHER,
	IOMMUFD,
	DEVICE,
	GROUP,
	CONTAINER
};

static const char *const backend_names[] = {"noiommu", "iommu", "pagemap"};

static struct fuzz_input *input;
static unsigned int backend;
static int memory_fd = -1; /* backs the device's regions */
static enum what fds[1024];
static unsigned int open_fds; /* of the fake kernel */
static bool calm;
static char memory[MEMORY_BYTES] __attribute__((aligned(4096)));

static void say_nothing(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	(void)text;
}

/* 0 selects correct behavior; an exhausted input reads as 0. */
static uint8_t decide(void)
{
	return calm ? 0 : fuzz_u8(input);
}

static int answer(int error)
{
	errno = error;
	return -1;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

enum padma_reset_kind __wrap_reset_kind_of(const char *sysfs, const char *address)
{
	(void)sysfs;
	(void)address;
	return (enum padma_reset_kind)(decide() & 3);
}

/* Every open() returns a file. */
bool __wrap_device_node_is(int fd, const char *number)
{
	(void)fd;
	(void)number;
	return true;
}

bool __wrap_platform_dma_is_physical(const char *root, char *reason)
{
	(void)root;
	(void)reason;
	return true;
}

bool __wrap_backend_none_works(enum space_device_kind kind, char text[BACKEND_REASONS_BYTES])
{
	(void)kind;
	text[0] = '\0';
	return false;
}

int __wrap_vfio_find(const char *sysfs, const char *address, struct vfio_node *node)
{
	(void)sysfs;
	(void)address;
	*node = (struct vfio_node){.noiommu = backend != 1};
	snprintf(node->cdev, sizeof(node->cdev), "%s", backend == 1 ? "vfio0" : "noiommu-vfio0");
	snprintf(node->group, sizeof(node->group), "noiommu-9");
	return 0;
}

int __wrap_pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes)
{
	uint8_t how = decide();

	(void)fd;
	if (how >= 0xe0)
		return -EFAULT;
	*phys = how >= 0xc0 ? fuzz_u64(input) : va;
	*bytes = how >= 0x80 ? fuzz_u64(input) : length;
	return 0;
}

/* Descriptors. */

static int adopt(int fd, enum what what)
{
	FUZZ_CHECK(fd >= 0 && fd < 1024);
	fds[fd] = what;
	open_fds++;
	return fd;
}

static int open_node(enum what what)
{
	uint8_t how = decide();

	if (how >= 0xe0)
		return answer(how & 1 ? EAGAIN : fuzz_errno(input));
	return adopt(what == DEVICE ? dup(memory_fd) : eventfd(0, EFD_CLOEXEC), what);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (strcmp(path, "/dev/iommu") == 0)
		return open_node(IOMMUFD);
	if (strncmp(path, "/dev/vfio/devices/", 18) == 0)
		return open_node(DEVICE);
	if (strcmp(path, "/dev/vfio/vfio") == 0)
		return open_node(CONTAINER);
	if (strncmp(path, "/dev/vfio/", 10) == 0)
		return open_node(GROUP);
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_open(path, flags, mode);
}

int __wrap_close(int fd)
{
	FUZZ_CHECK(fd >= 0);
	if (fd < 1024 && fds[fd] != OTHER) {
		fds[fd] = OTHER;
		open_fds--;
	}
	return __real_close(fd);
}

/* Correct answers. */

static void region_info(struct uapi_vfio_region_info *info)
{
	info->argsz = sizeof(*info);
	info->flags = UAPI_VFIO_REGION_READ | UAPI_VFIO_REGION_WRITE;
	info->size = info->index == 0 ? BAR_BYTES : info->index == 7 ? 4096 : 0;
	info->offset = info->index == 7 ? CONFIG_OFFSET : 0;
	if (info->index == 0)
		info->flags |= UAPI_VFIO_REGION_MMAP;
}

static int device_ioctl(unsigned int number, void *arg)
{
	struct uapi_vfio_device_info *info = arg;
	struct uapi_vfio_irq_info *irq = arg;

	switch (number) {
	case UAPI_VFIO_BIND_IOMMUFD:
		((struct uapi_vfio_bind *)arg)->out_devid = 1;
		return 0;
	case UAPI_VFIO_DEVICE_GET_INFO:
		info->flags = UAPI_VFIO_FLAG_PCI | UAPI_VFIO_FLAG_RESET;
		return 0;
	case UAPI_VFIO_GET_REGION_INFO:
		region_info(arg);
		return 0;
	case UAPI_VFIO_GET_IRQ_INFO:
		irq->flags =
			UAPI_VFIO_IRQ_EVENTFD | UAPI_VFIO_IRQ_MASKABLE | UAPI_VFIO_IRQ_AUTOMASKED;
		irq->count = irq->index == UAPI_VFIO_PCI_MSIX_IRQ ? 8 : 1;
		return 0;
	default:
		return 0;
	}
}

static int iommufd_ioctl(unsigned int number, void *arg)
{
	struct uapi_ioas_iova_ranges *ranges = arg;
	struct uapi_ioas_get_pa *get_pa = arg;

	switch (number) {
	case UAPI_IOMMU_IOAS_ALLOC:
		((struct uapi_ioas_alloc *)arg)->out_ioas_id = 1;
		return 0;
	case UAPI_IOMMU_HWPT_ALLOC:
		((struct uapi_hwpt_alloc *)arg)->out_hwpt_id = 2;
		return 0;
	case UAPI_IOMMU_IOVA_RANGES:
		if (ranges->num_iovas)
			*(struct uapi_iova_range *)(uintptr_t)ranges->allowed_iovas =
				(struct uapi_iova_range){0, UINT64_MAX};
		ranges->num_iovas = 1;
		ranges->out_iova_alignment = PAGE;
		return 0;
	case UAPI_IOMMU_GET_PA:
		/* An address below the first page only probes whether the kernel has the call. */
		if (get_pa->iova < PAGE)
			return answer(ENOENT);
		get_pa->out_phys = get_pa->iova;
		return 0;
	default:
		return 0;
	}
}

static int answer_correctly(enum what what, unsigned int number, void *arg)
{
	switch (what) {
	case IOMMUFD:
		return iommufd_ioctl(number, arg);
	case DEVICE:
		return device_ioctl(number, arg);
	case GROUP:
		return number == UAPI_VFIO_GET_DEVICE_FD ? adopt(dup(memory_fd), DEVICE) : 0;
	default:
		return 0;
	}
}

/* The size of the structure at @arg, so that all of it can be overwritten. */
static size_t room(enum what what, unsigned int number, const void *arg)
{
	switch (what == IOMMUFD ? number | 0x100 : number) {
	case UAPI_VFIO_DEVICE_GET_INFO:
	case UAPI_VFIO_GET_REGION_INFO:
	case UAPI_VFIO_GET_IRQ_INFO:
	case UAPI_VFIO_BIND_IOMMUFD:
	case UAPI_IOMMU_IOAS_ALLOC | 0x100:
	case UAPI_IOMMU_HWPT_ALLOC | 0x100:
	case UAPI_IOMMU_GET_PA | 0x100:
	case UAPI_IOMMU_IOVA_RANGES | 0x100:
		return *(const uint32_t *)arg; /* argsz, or size */
	default:
		return 0;
	}
}

static void overwrite(void *arg, size_t bytes)
{
	uint8_t pieces = fuzz_u8(input) % 8;

	for (unsigned int i = 0; bytes && i < pieces; i++) {
		size_t at = fuzz_u16(input) % bytes, some = 1 + fuzz_u8(input) % 16;

		if (some > bytes - at)
			some = bytes - at;
		fuzz_bytes(input, (char *)arg + at, some);
	}
}

/* Fill the library's buffer for ranges, whatever count is reported. */
static void overwrite_ranges(const struct uapi_ioas_iova_ranges *query)
{
	uint32_t given = query->num_iovas;
	struct uapi_iova_range *ranges = (void *)(uintptr_t)query->allowed_iovas;

	for (uint32_t i = 0; i < given && i < 4; i++) {
		ranges[i].start = fuzz_u64(input);
		ranges[i].last = fuzz_u64(input);
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	enum what what = fd >= 0 && fd < 1024 ? fds[fd] : OTHER;
	unsigned int number = request & 0xff;
	va_list args;
	uint8_t how;
	void *arg;
	int rc;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (what == OTHER)
		return __real_ioctl(fd, request, arg);
	how = decide();
	if (how >= 0xf0)
		return answer(how & 1 ? EAGAIN : fuzz_errno(input));
	/* Descriptors are real, or the call fails. */
	if (how >= 0xe8 && number != UAPI_VFIO_GET_DEVICE_FD)
		return (int)fuzz_u8(input);
	if (how >= 0xe0 && what == IOMMUFD && number == UAPI_IOMMU_IOVA_RANGES)
		overwrite_ranges(arg);
	rc = answer_correctly(what, number, arg);
	if (how >= 0xa0)
		overwrite(arg, room(what, number, arg));
	return rc;
}

/* Operations of the program. */

static void check_failure(int rc)
{
	FUZZ_CHECK(rc <= 0 && rc > -4096);
	FUZZ_CHECK(rc == 0 || *padma_last_error());
	(void)padma_fail(0, "fuzz", "%s", "");
}

static void check_memory(struct padma_space *space, const char *va, size_t bytes, bool registered)
{
	struct padma_run run = padma_run(space, va, bytes);

	FUZZ_CHECK(registered || run.len == 0);
	if (run.len == 0)
		return;
	FUZZ_CHECK(run.len <= bytes && run.dma && run.dma < DMA_LIMIT);
	FUZZ_CHECK(run.dma % PAGE == (uintptr_t)va % PAGE);
	FUZZ_CHECK(padma_dma(space, va) == run.dma);
	FUZZ_CHECK(padma_dma(space, va + run.len - 1) == run.dma + run.len - 1);
}

struct bed {
	struct padma_space *space;
	struct padma_device *device;
	int eventfds[MOST_VECTORS];
	bool registered[4]; /* quarters of the memory */
};

static void turn_memory(struct bed *bed, unsigned int quarter)
{
	char *va = memory + quarter * (MEMORY_BYTES / 4) + 100;
	size_t bytes = MEMORY_BYTES / 4 - 200;
	int rc;

	if (bed->registered[quarter])
		rc = padma_space_unregister(bed->space, va, bytes);
	else
		rc = padma_space_register(bed->space, va, bytes);
	check_failure(rc);
	if (rc == 0)
		bed->registered[quarter] ^= true;
	check_memory(bed->space, va, bytes, bed->registered[quarter]);
	FUZZ_CHECK(padma_dma(bed->space, va - 1) == PADMA_DMA_NONE);
}

static void turn_device(struct bed *bed)
{
	int rc;

	if (bed->device) {
		rc = padma_device_close(bed->device);
		bed->device = rc ? bed->device : NULL;
	} else {
		rc = padma_device_open(bed->space, BDF, &bed->device);
		FUZZ_CHECK((rc == 0) == (bed->device != NULL));
	}
	check_failure(rc);
}

static void use_device(struct bed *bed, uint8_t how)
{
	uint8_t data[64];

	switch (how & 15) {
	case 0:
		check_failure(padma_device_reset(bed->device));
		break;
	case 1:
		padma_device_declare_quiesced(bed->device);
		break;
	case 2:
		check_failure(padma_device_bus_master(bed->device, how & 16));
		break;
	case 3:
		check_failure(padma_device_quiesce(bed->device));
		break;
	case 4:
		(void)padma_device_check(bed->device);
		break;
	case 5:
		check_failure(padma_device_config_read(bed->device, fuzz_u16(input), data,
						       fuzz_u8(input) % sizeof(data)));
		break;
	case 6:
		fuzz_bytes(input, data, 4);
		check_failure(
			padma_device_config_write(bed->device, fuzz_u16(input) % 300, data, 4));
		break;
	case 7:
		check_failure(padma_device_irq_enable(bed->device, bed->eventfds, how >> 4));
		break;
	case 8:
		check_failure(
			padma_device_irq_use(bed->device, (enum padma_irq_kind)(how >> 4 & 3)));
		break;
	case 9:
		check_failure(padma_device_irq_unmask(bed->device));
		break;
	default:
		(void)padma_device_reset_kind(bed->device);
	}
}

static void step(struct bed *bed)
{
	uint8_t how = fuzz_u8(input);

	if (how < 0x40)
		turn_memory(bed, how & 3);
	else if (how < 0x60 || !bed->device)
		turn_device(bed);
	else
		use_device(bed, how >= 0xe0 ? 7 | (how << 4) : how);
}

/* The kernel behaves correctly again: everything can be closed. */
static void close_all(struct bed *bed)
{
	calm = true;
	if (bed->device)
		FUZZ_CHECK(padma_device_close(bed->device) == 0);
	for (unsigned int i = 0; i < 4; i++) {
		if (bed->registered[i])
			turn_memory(bed, i);
	}
	FUZZ_CHECK(padma_space_close(bed->space) == 0);
}

static void begin(void)
{
	static const uint8_t config[64] = {0x36, 0x1b, 0x10, 0x00, 0, 0, 0, 0, 2, 2, 8, 1};

	padma_log_to(say_nothing, NULL, PADMA_LOG_ERROR);
	if (memory_fd < 0)
		memory_fd = memfd_create("device", MFD_CLOEXEC);
	FUZZ_CHECK(memory_fd >= 0 && ftruncate(memory_fd, CONFIG_OFFSET + 4096) == 0);
	FUZZ_CHECK(pwrite(memory_fd, config, sizeof(config), CONFIG_OFFSET) == sizeof(config));
	calm = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input all = {data, size};
	struct padma_space_params params = {.window_bytes = 1 << 30};
	struct bed bed = {0};
	int rc;

	input = &all;
	begin();
	backend = fuzz_u8(input) % 3;
	params.backend = backend_names[backend];
	params.guard = fuzz_u8(input) & 1;
	for (unsigned int i = 0; i < MOST_VECTORS; i++)
		bed.eventfds[i] = i % 4 == 3 ? -1 : eventfd(0, EFD_CLOEXEC);
	rc = padma_space_open(&params, &bed.space);
	check_failure(rc);
	if (rc == 0) {
		for (unsigned int i = 0; i < MOST_STEPS && input->left; i++)
			step(&bed);
		close_all(&bed);
	}
	FUZZ_CHECK(open_fds == 0);
	for (unsigned int i = 0; i < MOST_VECTORS; i++) {
		if (bed.eventfds[i] >= 0)
			__real_close(bed.eventfds[i]);
	}
	return 0;
}

/* Only providers of real devices. */
const struct device_provider *const device_providers[] = {&vfio_provider, NULL};
