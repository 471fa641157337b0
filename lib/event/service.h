/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * service.h - one thread of the process that waits for what devices signal.
 *
 * Removal requests and bus errors come while no thread of the program looks; a thread of the
 * library's own sleeps in an event loop for them. There is one for all devices: it starts with the
 * first watch and has ended when the last one is removed. A callback runs in that thread and is to
 * be short: note something, write an eventfd.
 *
 * A child made by fork() has no such thread and hears nothing of its parent's watches; its own ones
 * start a thread of its own.
 *
 * Threading: any thread but the service's own.
 */
#ifndef EVENT_SERVICE_H
#define EVENT_SERVICE_H

#include <stdint.h>

#include <padma/event.h>

struct service_watch;

/*
 * Call @fn whenever the eventfd @fd, which must be nonblocking, has counted (padma_event_counter_add())
 * or, with @events not 0, whenever the descriptor @fd has one of those (padma_event_watch_add()).
 * Return: 0 and *@watch, or an errno with the reason noted.
 */
int service_watch_add(int fd, uint32_t events, padma_event_fn fn, void *ctx,
		      struct service_watch **watch);

/* When it returns no callback runs or comes any more, and @fd may be closed. NULL is allowed. */
void service_watch_remove(struct service_watch *watch);

#endif
