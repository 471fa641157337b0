// SPDX-License-Identifier: BSD-3-Clause
/* padma --load: load a shared object, and check it before its code is used. */
#include "plugin/plugin.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/plugin.h>

static int refuse(const char *path, const char *why)
{
	(void)complain("--load %.128s: %s", path, why);
	return -1;
}

/* A name without a directory is a file in the current directory, not a system library. */
static void *open_object(const char *path)
{
	char *here = NULL;
	void *object;

	if (!strchr(path, '/') && asprintf(&here, "./%s", path) < 0)
		return NULL;
	object = dlopen(here ? here : path, RTLD_NOW | RTLD_LOCAL);
	free(here);
	return object;
}

/* In the object, in a library that it loaded, or linked into the object as a hidden symbol. */
static bool has_other_libpadma(void *object, const struct padma_plugin *plugin)
{
	void *symbol = dlsym(object, "padma_last_error");
	const char *(*own)(void) = padma_last_error;
	void *address;

	memcpy(&address, &own, sizeof(address));
	return (symbol && symbol != address) || plugin->library != own;
}

static int check(const char *path, void *object, const struct padma_plugin *plugin)
{
	char text[160];

	if (!plugin)
		return refuse(path, "it has no symbol padma_plugin; define it by PADMA_PLUGIN() of "
				    "<padma/plugin.h>, with default visibility");
	if (plugin->abi != PADMA_PLUGIN_ABI || plugin->bytes < sizeof(*plugin)) {
		snprintf(text, sizeof(text),
			 "it was built for version %u of the plugin interface, and this padma has "
			 "version %u; rebuild it with the headers of this padma",
			 plugin->abi, PADMA_PLUGIN_ABI);
		return refuse(path, text);
	}
	if (has_other_libpadma(object, plugin))
		return refuse(path, "it brings a second libpadma, and padma has one; link it "
				    "without libpadma (pkg-config --cflags padma, no --libs)");
	return 0;
}

static int add_command(const char *path, const struct padma_plugin_command *command,
		       struct command *commands, size_t room)
{
	char text[160];
	size_t n = 0;

	if (!command->run) {
		snprintf(text, sizeof(text),
			 "its command '%.64s' has no function that carries it out", command->name);
		return refuse(path, text);
	}
	for (; commands[n].name; n++) {
		if (strcmp(commands[n].name, command->name) == 0) {
			snprintf(text, sizeof(text),
				 "its command '%.64s' exists already; give it another name",
				 command->name);
			return refuse(path, text);
		}
	}
	if (n + 1 >= room)
		return refuse(path, "too many commands; load fewer plugins");
	commands[n] = (struct command){command->name, command->run,
				       command->summary ? command->summary : ""};
	commands[n + 1] = (struct command){0};
	return 0;
}

int plugin_load(const char *path, struct command *commands, size_t room)
{
	const struct padma_plugin *plugin;
	void *object = open_object(path);
	int rc;

	if (!object)
		return refuse(path, dlerror());
	plugin = dlsym(object, "padma_plugin");
	rc = check(path, object, plugin);
	if (rc == 0 && plugin->init && plugin->init() < 0)
		rc = refuse(path, padma_last_error());
	for (const struct padma_plugin_command *c = rc ? NULL : plugin->commands;
	     c && c->name && rc == 0; c++)
		rc = add_command(path, c, commands, room);
	/* Never unloaded: its models and commands point into it. */
	return rc;
}
