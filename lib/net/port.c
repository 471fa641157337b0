// SPDX-License-Identifier: BSD-3-Clause
/* Opening and closing ports, and the table of their numbers. */
#define PADMA_PART "net"
#include "base/base.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/params.h>

#include "net/drivers.h"
#include "net/filter.h"
#include "net/irq.h"
#include "net/private.h"

/* A device's place while its port is open; the port itself is not looked at. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct padma_device *devices[PADMA_PORTS_MAX];

static int take_number_locked(const struct padma_device *device)
{
	int number = -1;

	for (int i = 0; i < PADMA_PORTS_MAX; i++) {
		if (devices[i] == device)
			return fail(-EBUSY, "%s is open as port %d", padma_device_name(device), i);
		if (!devices[i] && number < 0)
			number = i;
	}
	if (number < 0)
		return fail(-ENOSPC, "%d ports are open; close one", PADMA_PORTS_MAX);
	devices[number] = device;
	return number;
}

static int take_number(const struct padma_device *device)
{
	int number;

	pthread_mutex_lock(&lock);
	number = take_number_locked(device);
	pthread_mutex_unlock(&lock);
	return number;
}

static void give_number(unsigned int number)
{
	pthread_mutex_lock(&lock);
	devices[number] = NULL;
	pthread_mutex_unlock(&lock);
}

static int find_driver(struct padma_device *device, const struct padma_net_driver **driver)
{
	struct padma_device_ids ids;
	char names[128];
	int rc = padma_device_ids(device, &ids);

	if (rc)
		return rc;
	*driver = padma_net_driver_find(&ids);
	if (*driver)
		return 0;
	net_driver_names(names, sizeof(names));
	return fail(-ENOTSUP, "no network driver takes %s (%04x:%04x, class %06x); there are: %s",
		    padma_device_name(device), ids.vendor, ids.device, ids.class_code,
		    names[0] ? names : "none");
}

static void set_up(struct padma_port *port, const struct padma_net_driver *driver,
		   struct padma_device *device, unsigned int number,
		   struct padma_port_private *private)
{
	private->driver = driver;
	private->poll_fd = private->news_fd = -1;
	port->private_data = private;
	port->device = device;
	port->info.driver = driver->name;
	port->info.number = number;
	port->event_vector = -1;
	snprintf(port->info.name, sizeof(port->info.name), "%s", padma_device_name(device));
	memcpy(port->mac, port->info.mac, PADMA_MAC_BYTES);
	/* Until it is started. */
	padma_gate_raise(&port->gate, PADMA_GATE_SHUT);
}

static int open_port(struct padma_device *device, const struct padma_net_driver *driver,
		     unsigned int number, struct padma_port **port)
{
	struct padma_port_private *private = calloc(1, sizeof(*private));
	int rc;

	if (!private)
		return fail(-ENOMEM, "no memory for a port");
	rc = driver->open(device, port);
	if (rc) {
		free(private);
		return rc;
	}
	set_up(*port, driver, device, number, private);
	rc = irq_open(*port);
	if (rc) {
		(*port)->ops->close(*port);
		free(private);
	}
	return rc;
}

int padma_port_open(struct padma_device *device, struct padma_port **port)
{
	const struct padma_net_driver *driver;
	struct padma_port *new = NULL;
	int rc = find_driver(device, &driver), number;

	if (rc)
		return rc;
	number = take_number(device);
	if (number < 0)
		return number;
	rc = open_port(device, driver, (unsigned int)number, &new);
	if (rc)
		give_number((unsigned int)number);
	else
		*port = new;
	return rc;
}

static int check_close(const struct padma_port *port)
{
	for (unsigned int i = 0; i < PADMA_PORT_QUEUES_MAX; i++) {
		if (port->rx[i] || port->tx[i])
			return fail(-EBUSY, "%s: queue %u is open; close all queues first",
				    port->info.name, i);
	}
	return 0;
}

int padma_port_close(struct padma_port *port)
{
	struct padma_port_private *private;
	unsigned int number;
	int rc;

	if (!port)
		return 0;
	rc = check_close(port);
	if (rc == 0)
		rc = port_stop_device(port);
	if (rc)
		return rc;
	number = port->info.number;
	private = port->private_data;
	irq_close(port);
	filter_free_rss(&port->rss);
	free(port->filter.macs);
	free((void *)(uintptr_t)port->vlans);
	port->ops->close(port);
	free(private);
	give_number(number);
	return 0;
}

int padma_port_info_sized(struct padma_port *port, size_t info_bytes, struct padma_port_info *info)
{
	padma_params_give(info, info_bytes, &port->info, sizeof(port->info));
	return 0;
}

unsigned int padma_port_number(const struct padma_port *port)
{
	return port->info.number;
}

struct padma_device *padma_port_device(const struct padma_port *port)
{
	return port->device;
}

int padma_port_link(struct padma_port *port, struct padma_port_link *link)
{
	if (port_is_gone(port))
		return fail(-ENODEV, "%s is gone; close it", port->info.name);
	return port->ops->link(port, link);
}
