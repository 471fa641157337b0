/* SPDX-License-Identifier: BSD-3-Clause */
/* message.h - errors and log messages under the name of the virtio core (padma/error.h, padma/log.h). */
#ifndef VIRTIO_MESSAGE_H
#define VIRTIO_MESSAGE_H

#include <errno.h>

#include <padma/error.h>
#include <padma/log.h>

#define fail(error, ...) padma_fail((error), "virtio", __VA_ARGS__)

#endif
