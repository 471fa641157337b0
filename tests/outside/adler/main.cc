// SPDX-License-Identifier: BSD-3-Clause
/* main.cc - adler [DEV]: a program with the driver and the model. */
#include "model.h"
#include "program.h"

#include <cstdio>

#include <padma/error.h>

int main(int argc, char **argv)
{
	if (padma_sim_model_add(&adler_model)) {
		fprintf(stderr, "%s\n", padma_last_error());
		return 1;
	}
	return adler_program(argc > 1 ? argv[1] : "sim:adler");
}
