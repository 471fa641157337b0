// SPDX-License-Identifier: BSD-3-Clause
/* plugin.cc - the same as a plugin: padma --load ./adler.so adler [DEV]. */
#include "model.h"
#include "program.h"

#include <padma/plugin.h>

static int init()
{
	return padma_sim_model_add(&adler_model);
}

static int adler_command(int argc, char **argv)
{
	return adler_program(argc > 1 ? argv[1] : "sim:adler");
}

static const struct padma_plugin_command commands[] = {
	{"adler", adler_command, "try the adler driver on a device"},
	{nullptr, nullptr, nullptr},
};

PADMA_PLUGIN("adler", init, commands);
