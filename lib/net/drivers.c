// SPDX-License-Identifier: BSD-3-Clause
/* The network drivers of the build, and those that a program or a plugin has added. */
#define PADMA_PART "net"
#include "base/base.h"
#include "net/drivers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/params.h>

struct added {
	struct padma_net_driver driver; /* a copy, as a newer or older caller has another size */
	struct added *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct added *first;

static const struct padma_net_driver *find_locked(const struct padma_device_ids *ids)
{
	for (const struct added *a = first; a; a = a->next) {
		if (a->driver.claims(ids))
			return &a->driver;
	}
	for (const struct padma_net_driver *const *d = net_drivers; *d; d++) {
		if ((*d)->claims(ids))
			return *d;
	}
	return NULL;
}

const struct padma_net_driver *padma_net_driver_find(const struct padma_device_ids *ids)
{
	const struct padma_net_driver *driver;

	pthread_mutex_lock(&lock);
	driver = find_locked(ids);
	pthread_mutex_unlock(&lock);
	return driver;
}

static size_t append(char *text, size_t bytes, size_t used, const char *name)
{
	if (used >= bytes)
		return used;
	return used + (size_t)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", name);
}

void net_driver_names(char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	pthread_mutex_lock(&lock);
	for (const struct added *a = first; a; a = a->next)
		used = append(text, bytes, used, a->driver.name);
	for (const struct padma_net_driver *const *d = net_drivers; *d; d++)
		used = append(text, bytes, used, (*d)->name);
	pthread_mutex_unlock(&lock);
}

static bool is_known_locked(const char *name)
{
	for (const struct added *a = first; a; a = a->next) {
		if (strcmp(a->driver.name, name) == 0)
			return true;
	}
	for (const struct padma_net_driver *const *d = net_drivers; *d; d++) {
		if (strcmp((*d)->name, name) == 0)
			return true;
	}
	return false;
}

static int add(struct added *added)
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (is_known_locked(added->driver.name))
		rc = -EEXIST;
	if (rc == 0) {
		added->next = first;
		first = added;
	}
	pthread_mutex_unlock(&lock);
	return rc ? fail(rc, "there is a network driver '%s' already; give it another name",
			 added->driver.name)
		  : 0;
}

int padma_net_driver_add_sized(size_t driver_bytes, const struct padma_net_driver *driver)
{
	struct added *added;
	int rc;

	if (!driver)
		return fail(-EINVAL, "pass a network driver to be added, not NULL");
	added = calloc(1, sizeof(*added));
	if (!added)
		return fail(-ENOMEM, "no memory left for one more network driver");
	rc = padma_params_take(&added->driver, sizeof(added->driver), driver, driver_bytes);
	if (rc == 0 && (!added->driver.name || !added->driver.name[0] || !added->driver.claims ||
			!added->driver.open))
		rc = fail(
			-EINVAL,
			"a network driver has a name, claims() and open(); '%s' lacks one of them",
			added->driver.name ? added->driver.name : "");
	if (rc == 0)
		rc = add(added);
	if (rc)
		free(added);
	return rc;
}
