/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/plugin.h - third-party models and drivers in the tool: padma --load FILE.so COMMAND...
 *
 * A plugin is a shared object with one symbol, padma_plugin, which PADMA_PLUGIN() defines:
 *
 *     #include <padma/plugin.h>
 *     #include <padma/sim/model.h>
 *
 *     static int init(void)
 *     {
 *             return padma_sim_model_add(&my_model);
 *     }
 *     PADMA_PLUGIN("my", init, NULL);
 *
 *     cc -shared -fPIC -o my.so my.c $(pkg-config --cflags padma)
 *     padma --load ./my.so nvme identify sim:my
 *
 * It is compiled with padma's headers and linked without libpadma: the tool contains libpadma and exports all its
 * public names. A second copy in the process would have other spaces and other models: the
 * tool refuses a plugin that is linked with one.
 */
#ifndef PADMA_PLUGIN_H
#define PADMA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <padma/error.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/* The interface between a plugin and the tool: it changes with every incompatible change. */
#define PADMA_PLUGIN_ABI 1u

/**
 * struct padma_plugin_command - a subcommand that a plugin brings, "padma --load FILE.so NAME ..."
 * @name: its name; NULL ends a table. A name that the tool has already is refused
 * @run: carries it out, with argv[0] "padma NAME" and what followed it; its result is the tool's exit code
 * @summary: a line for the tool's --help
 */
struct padma_plugin_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/**
 * struct padma_plugin - what a plugin brings; defined by PADMA_PLUGIN()
 * @abi: PADMA_PLUGIN_ABI
 * @bytes: the size of the structure that the plugin was compiled with
 * @name: for messages
 * @library: padma_last_error() of the libpadma that the plugin calls, by which the tool sees whether it is the
 *	tool's
 * @init: called once, when the plugin has been loaded: adds models and the like. 0, or a negative errno with the
 *	reason noted by padma_fail(). NULL: nothing is to be done
 * @commands: subcommands, up to one whose name is NULL; NULL for none
 *
 * A plugin stays loaded until the process ends.
 */
struct padma_plugin {
	uint32_t abi;
	uint32_t bytes;
	const char *name;
	const char *(*library)(void);
	int (*init)(void);
	const struct padma_plugin_command *commands;
};

/* private: defined by PADMA_PLUGIN(), with this visibility (a second attribute is a warning of g++) */
PADMA_API extern const struct padma_plugin padma_plugin;

/**
 * PADMA_PLUGIN() - define the entry of a plugin, once in a shared object
 * @name: for messages
 * @init: as struct padma_plugin says
 * @commands: as struct padma_plugin says
 */
#define PADMA_PLUGIN(name, init, commands)                                                         \
	const struct padma_plugin padma_plugin = {PADMA_PLUGIN_ABI, sizeof(struct padma_plugin),   \
						  (name),	    padma_last_error,              \
						  (init),	    (commands)}

PADMA_END_DECLS

#endif
