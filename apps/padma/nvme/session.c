// SPDX-License-Identifier: BSD-3-Clause
/* Open and close all that a subcommand for an NVMe controller needs. */
#include "nvme/session.h"

#include <inttypes.h>
#include <string.h>

#include <padma/device.h>
#include <padma/error.h>

#include "common/backend_option.h"
#include "common/command.h"

static bool find_namespace(struct padma_nvme *nvme, uint32_t nsid, struct padma_nvme_namespace *ns)
{
	for (unsigned int i = 0; padma_nvme_namespace(nvme, i, ns) == 0; i++)
		if (nsid == 0 || ns->nsid == nsid)
			return true;
	return false;
}

bool nvme_session_is_simulated(const char *device)
{
	return strncmp(device, "sim:", 4) == 0;
}

int nvme_session_may_write(const char *device, bool overwrite)
{
	if (overwrite || nvme_session_is_simulated(device))
		return 0;
	return complain("%.256s: this would overwrite what is on it; add --overwrite if that is "
			"meant",
			device);
}

/* A drive that runs only when stepped would never answer the tool. */
static bool is_stepped(const char *device)
{
	const char *key = strstr(device, ",step");

	return nvme_session_is_simulated(device) && key && (key[5] == '\0' || key[5] == ',');
}

static int open_all(struct nvme_session *session, struct padma_space_params params,
		    const char *device, uint32_t nsid)
{
	if (is_stepped(device))
		return complain("%.64s: nothing here steps a device; leave out the key 'step'",
				device);
	params.backend = backend_option();
	if (padma_space_open_for(device, &params, &session->space))
		return complain("%s", padma_last_error());
	backend_note(&session->backend, session->space);
	if (padma_device_open(session->space, device, &session->device) ||
	    padma_nvme_open(session->device, NULL, &session->nvme))
		return complain("%s", padma_last_error());
	session->has_ns = find_namespace(session->nvme, nsid, &session->ns);
	if (!session->has_ns && nsid)
		return complain("%.64s has no namespace %" PRIu32
				"; padma nvme identify lists them",
				device, nsid);
	return 0;
}

int nvme_session_open_in(struct nvme_session *session, struct padma_space_params params,
			 const char *device, uint32_t nsid)
{
	int status;

	memset(session, 0, sizeof(*session));
	status = open_all(session, params, device, nsid);
	return status ? nvme_session_close(session, status) : 0;
}

int nvme_session_open(struct nvme_session *session, const char *device, uint32_t nsid,
		      enum padma_guard_mode guard)
{
	const struct padma_space_params params = {.guard = guard};

	return nvme_session_open_in(session, params, device, nsid);
}

int nvme_session_close(struct nvme_session *session, int status)
{
	/* An earlier error has priority over this one. */
	if (padma_nvme_close(session->nvme) && status == 0)
		status = complain("%s", padma_last_error());
	if (padma_device_close(session->device) && status == 0)
		status = complain("%s", padma_last_error());
	if (padma_space_close(session->space) && status == 0)
		status = complain("%s", padma_last_error());
	memset(session, 0, sizeof(*session));
	return status;
}

bool nvme_session_has_namespace(const struct nvme_session *session)
{
	if (session->has_ns)
		return true;
	complain("the controller has no active namespace to read or write");
	return false;
}
