/* SPDX-License-Identifier: BSD-3-Clause */
/* backend.h - the backend "vhost", a row of space_backends[]. */
#ifndef VHOST_BACKEND_H
#define VHOST_BACKEND_H

#include "space/backend.h"

extern const struct backend_ops vhost_backend_ops;

#endif
