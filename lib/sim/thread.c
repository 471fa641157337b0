// SPDX-License-Identifier: BSD-3-Clause
/*
 * The thread of a simulated device. While there is work it spins; then it yields, so that a machine
 * with few processors runs the driver; then it sleeps for short times, so that an idle device costs
 * nearly nothing.
 */
#define PADMA_PART "sim"
#include "base/base.h"
#include "base/thread.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#include <padma/barrier.h>

#include "sim/device.h"

/* Work per turn: the longest that others wait for the lock. */
#define TURN_WORK   64
/* Turns without work before the thread yields, and before it naps. */
#define SPINS	    200u
#define YIELDS	    2000u
#define NAP_NS	    50000l
/* How often the thread yields to those that wait for the lock before it takes its own turn. */
#define LOCK_YIELDS 16

static void rest(unsigned int idle)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};

	if (idle < SPINS)
		padma_cpu_relax();
	else if (idle < SPINS + YIELDS)
		sched_yield();
	else
		nanosleep(&nap, NULL);
}

static void yield_lock(const struct sim_device *device)
{
	for (int i = 0; i < LOCK_YIELDS && __atomic_load_n(&device->waiting, __ATOMIC_RELAXED); i++)
		sched_yield();
}

static unsigned int take_turn(struct sim_device *device)
{
	unsigned int done;

	pthread_mutex_lock(&device->lock);
	done = sim_device_run(device, TURN_WORK);
	pthread_mutex_unlock(&device->lock);
	return done;
}

static void *device_main(void *arg)
{
	struct sim_device *device = arg;
	unsigned int idle = 0;

	while (!__atomic_load_n(&device->stop, __ATOMIC_ACQUIRE)) {
		yield_lock(device);
		if (take_turn(device)) {
			idle = 0;
		} else {
			rest(idle);
			if (idle < SPINS + YIELDS)
				idle++;
		}
	}
	return NULL;
}

int sim_thread_start(struct sim_device *device)
{
	int rc = thread_start(&device->thread, device_main, device);

	if (rc)
		return fail(rc, "%s: no thread for the device: %s", device->function.name,
			    strerror(-rc));
	device->has_thread = true;
	return 0;
}

void sim_thread_stop(struct sim_device *device)
{
	if (!device->has_thread)
		return;
	__atomic_store_n(&device->stop, true, __ATOMIC_RELEASE);
	pthread_join(device->thread, NULL);
}
