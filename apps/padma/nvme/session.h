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

/* Whether the name is a simulated device. */
bool nvme_session_is_simulated(const char *device);

/*
 * Call this before anything is written: all but simulated drives need --overwrite (@overwrite).
 * Return: 0, or the exit code after complaining.
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
 * Return: 0, or the exit code after complaining, with nothing left open.
 */
int nvme_session_open(struct nvme_session *session, const char *device, uint32_t nsid,
		      enum padma_guard_mode guard);

/* The same with these space parameters; --backend or the device still selects the backend. */
int nvme_session_open_in(struct nvme_session *session, struct padma_space_params params,
			 const char *device, uint32_t nsid);

/* @status: the exit code so far. Return: it, or 1 after complaining if closing failed. */
int nvme_session_close(struct nvme_session *session, int status);

/* Whether there is a namespace to read and write; complains if not. */
bool nvme_session_has_namespace(const struct nvme_session *session);

#endif
