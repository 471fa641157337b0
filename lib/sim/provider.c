// SPDX-License-Identifier: BSD-3-Clause
/* Opening "sim:MODEL[,key=value...]". */
#define PADMA_PART "sim"
#include "base/base.h"

#include <string.h>

#include "sim/device.h"
#include "sim/machine/memory.h"
#include "sim/models.h"
#include "sim/provider.h"

#define SCHEME	    "sim:"
/* Of a name, in messages: a file's path may be long, and the advice comes after it. */
#define SHOWN_BYTES 64

static bool claims(const char *name)
{
	return strncmp(name, SCHEME, strlen(SCHEME)) == 0;
}

static int unknown_model(const char *name, const char *model, size_t length)
{
	char models[256];

	sim_model_names(models, sizeof(models));
	return fail(-EINVAL, "%.*s: there is no model '%.*s'; the models are %s", SHOWN_BYTES, name,
		    (int)(length < SHOWN_BYTES ? length : SHOWN_BYTES), model, models);
}

static int provider_kind(const char *name, enum space_device_kind *kind)
{
	(void)name;
	*kind = SPACE_DEVICE_SIMULATED;
	return 0;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	const char *text = name + strlen(SCHEME);
	size_t length = strcspn(text, ",");
	const struct padma_sim_model *model = sim_model_find(text, length);
	struct sim_source source = {
		.model = model,
		.name = name,
		.keys = text + length,
		.memory = space_sim_memory(space),
	};

	if (!model)
		return unknown_model(name, text, length);
	if (!source.memory)
		return fail(-EINVAL,
			    "%.*s: a simulated device needs a space with the backend 'sim', "
			    "whose memory it can reach",
			    SHOWN_BYTES, name);
	return sim_device_open(&source, opened);
}

const struct device_provider sim_provider = {
	.form = "sim:MODEL[,key=value...]",
	.claims = claims,
	.kind = provider_kind,
	.open = provider_open,
};
