// SPDX-License-Identifier: BSD-3-Clause
/* See intx.h. */
#include "sim/pci/intx.h"

#include <sys/eventfd.h>

static void fire(struct intx *intx)
{
	if (!intx->asserted || intx->disabled || intx->masked || !intx->connected)
		return;
	intx->masked = true;
	/* A full counter already wakes its reader: nothing is lost with EAGAIN. */
	if (intx->fd >= 0)
		(void)eventfd_write(intx->fd, 1);
}

void intx_disconnect(struct intx *intx)
{
	intx->connected = false;
	intx->fd = -1;
}

void intx_connect(struct intx *intx, int fd)
{
	intx->connected = true;
	intx->masked = false;
	intx->fd = fd;
	fire(intx);
}

void intx_level(struct intx *intx, bool asserted)
{
	intx->asserted = asserted;
	fire(intx);
}

void intx_disable(struct intx *intx, bool disabled)
{
	intx->disabled = disabled;
	fire(intx);
}

void intx_unmask(struct intx *intx)
{
	intx->masked = false;
	fire(intx);
}
