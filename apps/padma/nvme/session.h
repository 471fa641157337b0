/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * session.h - a space, a device in it, its NVMe controller and one namespace: opened together,
 * closed in order.
 */
#ifndef NVME_SESSION_H
#define NVME_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/nvme.h>
#include <padma/space.h>

#include "common/backend_report.h"

/* Whether this device is one of the simulated ones. */
bool nvme_session_is_simulated(const char *device);

/*
 * To be called before anything is written: only what a simulated drive holds may be lost without
 * --overwrite, which is @overwrite. Return: 0, or the exit code, with the line printed.
 */
int nvme_session_may_write(const char *device, bool overwrite);

struct nvme_session {
	struct padma_space *space;
	struct backend_taken backend; /* of the space */
	struct padma_device *device;
	struct padma_nvme *nvme;
	bool has_ns;
	struct padma_nvme_namespace ns;
};

/*
 * @nsid: the namespace to find; 0 for the first, or for none if the controller has none.
 * Return: 0, or the exit code, with the line printed and nothing left open.
 */
int nvme_session_open(struct nvme_session *session, const char *device, uint32_t nsid,
		      enum padma_guard_mode guard);

/* The same in a space of these parameters; the backend is chosen by --backend or the device all the
 * same. */
int nvme_session_open_in(struct nvme_session *session, struct padma_space_params params,
			 const char *device, uint32_t nsid);

/* @status: the exit code so far. Return: it, or 1 if closing failed, with the line printed. */
int nvme_session_close(struct nvme_session *session, int status);

/* Whether a namespace is there to be read and written; prints the line if it is not. */
bool nvme_session_has_namespace(const struct nvme_session *session);

#endif
