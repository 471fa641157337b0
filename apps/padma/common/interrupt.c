// SPDX-License-Identifier: BSD-3-Clause
/* See interrupt.h. */
#include "common/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t signal_number;

static void on_signal(int number)
{
	signal_number = number;
}

void interrupt_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction action = {.sa_handler = on_signal};

	signal_number = 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction before;

		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

bool interrupted(void)
{
	return signal_number != 0;
}

void interrupt_pass_on(void)
{
	int number = signal_number;

	if (number == 0)
		return;
	signal(number, SIG_DFL);
	raise(number);
}
