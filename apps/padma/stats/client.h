/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.h - the processes that publish counters, and what each answers. padma/stats.h describes the
 * directory, the sockets and the text. Nothing that is there is trusted: answers have a limited size
 * and a limited time, and a line that is not as described fails the answer.
 */
#ifndef STATS_CLIENT_H
#define STATS_CLIENT_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* Those that have a socket in a directory, in ascending order. */
struct stats_pids {
	char directory[PATH_MAX];
	long *list;
	size_t count;
};

struct stats_counter {
	const char *set;
	const char *name;
	uint64_t value;
};

/* An answer: strings are in @text. */
struct stats_answer {
	long pid; /* of the socket */
	const char *program;
	struct stats_counter *counters;
	size_t count;
	char *text;
};

/* Find them; a socket whose process is gone is removed, and not among them. Return: 0, or the exit
 * code with the line printed. */
int stats_pids_find(struct stats_pids *pids);
void stats_pids_free(struct stats_pids *pids);

/* Ask one. Return: 0; the exit code with the line printed; -1 without a line if it is not there. */
int stats_ask(const struct stats_pids *pids, long pid, struct stats_answer *answer);
void stats_answer_free(struct stats_answer *answer);

/* parse.c: cut @answer->text up. Return: whether it is an answer, and whole. */
int stats_parse(struct stats_answer *answer);

#endif
