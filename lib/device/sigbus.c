// SPDX-License-Identifier: BSD-3-Clause
/*
 * SIGBUS at a BAR: the device is gone, and from now on its registers read as all ones.
 *
 * On x86 a load from a function that left the bus gives all ones by itself. Elsewhere it may be an
 * abort, which the kernel makes a SIGBUS of; and VFIO raises one where a function's memory is turned
 * off (drivers/vfio/pci/vfio_pci_core.c, vfio_pci_vmf_insert_pfn()). The handler puts ordinary memory
 * full of ones in the BAR's place, by which the access that faulted, and all later ones, go on. As the
 * function may still be there and do DMA, its bus mastering is turned off before it counts as gone. It
 * runs at any moment in any thread, so it takes no lock: the mappings stand in a fixed table.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "device/command.h"
#include "device/sigbus.h"

#define MOST_MAPPINGS 256u

/* A place is free while its device is NULL, and valid while its start is not 0. */
struct mapping {
	struct padma_device *device;
	uintptr_t start;
	size_t bytes;
};

static struct mapping mappings[MOST_MAPPINGS];
static struct sigaction before;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static bool installed;

bool sigbus_cover(struct padma_device *device, void *start, size_t bytes)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		struct mapping *mapping = &mappings[i];
		struct padma_device *nobody = NULL;

		if (!__atomic_compare_exchange_n(&mapping->device, &nobody, device, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&mapping->bytes, bytes, __ATOMIC_RELAXED);
		__atomic_store_n(&mapping->start, (uintptr_t)start, __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

void sigbus_uncover(const void *start)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		struct mapping *mapping = &mappings[i];

		if (__atomic_load_n(&mapping->start, __ATOMIC_ACQUIRE) != (uintptr_t)start)
			continue;
		__atomic_store_n(&mapping->start, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&mapping->device, NULL, __ATOMIC_RELEASE);
		return;
	}
}

/* The mapping that @address is in, or NULL. */
static struct mapping *find(uintptr_t address)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		struct mapping *mapping = &mappings[i];
		uintptr_t start = __atomic_load_n(&mapping->start, __ATOMIC_ACQUIRE);

		if (start && address >= start &&
		    address - start < __atomic_load_n(&mapping->bytes, __ATOMIC_RELAXED))
			return mapping;
	}
	return NULL;
}

bool sigbus_map_ones(void *start, size_t bytes)
{
	void *ones = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ones == MAP_FAILED)
		return false;
	memset(ones, 0xff, bytes);
	if (mremap(ones, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, start) != MAP_FAILED)
		return true;
	munmap(ones, bytes);
	return false;
}

/* Whether an access of this thread raised it; it may have been sent, too, and has no address then.
 * sigaction(2): codes that are not positive, and the news of memory that has become bad. */
static bool by_access(const siginfo_t *info)
{
	return info->si_code > 0 && info->si_code != BUS_MCEERR_AO;
}

static void hand_on(int number, siginfo_t *info, void *context)
{
	if (before.sa_flags & SA_SIGINFO) {
		before.sa_sigaction(number, info, context);
	} else if (before.sa_handler == SIG_IGN && !by_access(info)) {
		return;
	} else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
		/* The access is made again, and ends the process as it would have. */
		sigaction(SIGBUS, &before, NULL);
		/* What was sent comes again, when this handler returns. */
		if (!by_access(info))
			raise(SIGBUS);
	} else {
		before.sa_handler(number);
	}
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	struct mapping *mapping = by_access(info) ? find((uintptr_t)info->si_addr) : NULL;
	int error = errno;

	if (mapping)
		command_access_failed(mapping->device);
	if (!mapping || !sigbus_map_ones((void *)mapping->start, mapping->bytes))
		hand_on(number, info, context);
	errno = error;
}

int padma_device_catch_sigbus(void)
{
	/* On the thread's own signal stack, if it has one: the handler before may count on it. */
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
	int rc = 0;

	action.sa_sigaction = on_sigbus;
	sigemptyset(&action.sa_mask);
	pthread_mutex_lock(&installing);
	if (!installed && sigaction(SIGBUS, NULL, &before) == 0 &&
	    sigaction(SIGBUS, &action, NULL) == 0)
		installed = true;
	if (!installed)
		rc = fail(-errno, "SIGBUS cannot be caught: %s", strerror(errno));
	pthread_mutex_unlock(&installing);
	return rc;
}
