/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.h - find the processes that publish counters and read their answers. padma/stats.h describes
 * the directory, the sockets and the text. Nothing is trusted: size and time of an answer are limited,
 * and a malformed line fails the answer.
 */
#ifndef STATS_CLIENT_H
#define STATS_CLIENT_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* The processes with a socket in a directory, in ascending order. */
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

/* Find them; the socket of a process that is gone is removed. Return: 0, or the exit code after
 * complaining. */
int stats_pids_find(struct stats_pids *pids);
void stats_pids_free(struct stats_pids *pids);

/* Query one. Return: 0; the exit code after complaining; -1 without a message if it is gone. */
int stats_ask(const struct stats_pids *pids, long pid, struct stats_answer *answer);
void stats_answer_free(struct stats_answer *answer);

/* parse.c: split @answer->text. Return: whether it is a complete, valid answer. */
int stats_parse(struct stats_answer *answer);

#endif
