// SPDX-License-Identifier: BSD-3-Clause
/* Opening "vhost-user:PATH[,key=value...]". */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <string.h>

#include "vhost/memory.h"
#include "vhost/net.h"
#include "vhost/provider.h"

#define SCHEME	    "vhost-user:"
/* Of a name, in messages. */
#define SHOWN_BYTES 128
#define PATH_ROOM   256

static bool claims(const char *name)
{
	return strncmp(name, SCHEME, strlen(SCHEME)) == 0;
}

static int provider_kind(const char *name, enum space_device_kind *kind)
{
	(void)name;
	*kind = SPACE_DEVICE_VHOST;
	return 0;
}

static void *memory_at(void *ctx, uint64_t pa, uint64_t *bytes)
{
	return vhost_memory_at(ctx, pa, bytes);
}

/* "vhost-user:help" has a key, and no path. */
static const char *keys_of(const char *text, char *path, size_t room)
{
	size_t length = strcspn(text, ",");

	if (strcmp(text, "help") == 0) {
		path[0] = '\0';
		return ",help";
	}
	if (length >= room)
		return NULL;
	memcpy(path, text, length);
	path[length] = '\0';
	return text + length;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	struct vhost_memory *memory = vhost_memory_of(space);
	char path[PATH_ROOM];
	struct vhost_net_source from = {.memory = memory, .path = path};
	struct sim_source source = {
		.model = &vhost_net_model,
		.name = name,
		.keys = keys_of(name + strlen(SCHEME), path, sizeof(path)),
		.foreign = {.at = memory_at, .ctx = memory},
		.hooks = &vhost_net_hooks,
		.ctx = &from,
		.served = true,
	};
	int rc;

	if (!source.keys)
		return fail(-ENAMETOOLONG, "%.*s: the path of a socket is shorter", SHOWN_BYTES,
			    name);
	if (!memory)
		return fail(
			-EINVAL,
			"%.*s: a device that another process serves needs a space of the backend "
			"'vhost', whose memory that process can map",
			SHOWN_BYTES, name);
	rc = sim_device_open(&source, opened);
	if (rc == 0)
		rc = vhost_net_watch(*opened);
	return rc;
}

const struct device_provider vhost_provider = {
	.form = "vhost-user:PATH[,key=value...]",
	.claims = claims,
	.kind = provider_kind,
	.open = provider_open,
};
