/* SPDX-License-Identifier: BSD-3-Clause */
/* message.h - errors and log messages under the driver's name (padma/error.h, padma/log.h). */
#ifndef VIRTIO_NET_MESSAGE_H
#define VIRTIO_NET_MESSAGE_H

#include <errno.h>

#include <padma/error.h>
#include <padma/log.h>

#define fail(error, ...) padma_fail((error), "virtio-net", __VA_ARGS__)
#define log_warning(...) padma_log(PADMA_LOG_WARNING, "virtio-net", __VA_ARGS__)

#define COLD		 __attribute__((cold, noinline))

#endif
