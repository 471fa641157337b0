// SPDX-License-Identifier: BSD-3-Clause
/*
 * SIGBUS at a BAR: nothing responds there, and from now on its registers read as all ones.
 *
 * On x86 a load from a function that left the bus gives all ones by itself. Elsewhere it may be an
 * abort, which the kernel makes a SIGBUS of; and VFIO raises one if a function's memory is turned
 * off (drivers/vfio/pci/vfio_pci_core.c, vfio_pci_vmf_insert_pfn()). As the function may still be there
 * and do DMA, the handler turns its bus mastering off first; then the device's state shows the
 * outcome; and only then does memory full of ones take the BAR's place, around the access, by which that goes
 * on (ones.h). It runs at any moment in any thread, so the mappings stand in a fixed table that is
 * read without a lock.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "device/command.h"
#include "device/ones.h"
#include "device/sigbus.h"

#define MOST_MAPPINGS 256u

/*
 * A place of the table. Start and length are read as a pair: a writer makes the sequence odd first
 * and even afterwards, and a reader that finds it odd, or changed, has read nothing. Each
 * access is ordered by itself, which ThreadSanitizer understands and fences it does not.
 */
struct place {
	unsigned int taken;
	unsigned int sequence;
	struct padma_device *device;
	uintptr_t start; /* 0: free */
	size_t bytes;
};

static struct place places[MOST_MAPPINGS];
static struct sigaction before;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static bool installed;

/* Of a place that is the caller's. */
static void write_place(struct place *place, struct sigbus_mapping mapping)
{
	unsigned int sequence = __atomic_load_n(&place->sequence, __ATOMIC_RELAXED);

	__atomic_store_n(&place->sequence, sequence + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&place->device, mapping.device, __ATOMIC_RELEASE);
	__atomic_store_n(&place->start, mapping.start, __ATOMIC_RELEASE);
	__atomic_store_n(&place->bytes, mapping.bytes, __ATOMIC_RELEASE);
	__atomic_store_n(&place->sequence, sequence + 2, __ATOMIC_RELEASE);
}

/* False: it is being changed, so that no mapping of it can have been accessed. */
static bool read_place(const struct place *place, struct sigbus_mapping *mapping)
{
	unsigned int sequence = __atomic_load_n(&place->sequence, __ATOMIC_ACQUIRE);

	mapping->device = __atomic_load_n(&place->device, __ATOMIC_ACQUIRE);
	mapping->start = __atomic_load_n(&place->start, __ATOMIC_ACQUIRE);
	mapping->bytes = __atomic_load_n(&place->bytes, __ATOMIC_ACQUIRE);
	return sequence % 2 == 0 && __atomic_load_n(&place->sequence, __ATOMIC_RELAXED) == sequence;
}

bool sigbus_cover(struct padma_device *device, void *start, size_t bytes)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		if (__atomic_exchange_n(&places[i].taken, 1, __ATOMIC_ACQ_REL))
			continue;
		write_place(&places[i], (struct sigbus_mapping){device, (uintptr_t)start, bytes});
		return true;
	}
	return false;
}

void sigbus_uncover(const void *start)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		if (__atomic_load_n(&places[i].start, __ATOMIC_ACQUIRE) != (uintptr_t)start)
			continue;
		write_place(&places[i], (struct sigbus_mapping){0});
		__atomic_store_n(&places[i].taken, 0, __ATOMIC_RELEASE);
		return;
	}
}

bool sigbus_find(uintptr_t address, struct sigbus_mapping *found)
{
	for (unsigned int i = 0; i < MOST_MAPPINGS; i++) {
		if (read_place(&places[i], found) && found->start && address >= found->start &&
		    address - found->start < found->bytes)
			return true;
	}
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
	uintptr_t address = (uintptr_t)info->si_addr;
	struct sigbus_mapping mapping;
	int error = errno;
	bool ours = by_access(info) && sigbus_find(address, &mapping);

	if (ours)
		command_access_failed(mapping.device);
	if (!ours || !ones_map_around(address, mapping.start, mapping.bytes))
		hand_on(number, info, context);
	errno = error;
}

int padma_device_catch_sigbus(void)
{
	/* On the thread's own signal stack, if it has one: the handler before may count on it. */
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
	int rc = 0;

	ones_open();
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
