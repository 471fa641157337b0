/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - parse numbers, sizes and times of the command line. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * "4096", "4k", "1M", "2G", "1T": powers of 1024, either case. Return: whether all of @text is a
 * size that fits.
 */
bool parse_size(const char *text, uint64_t *bytes);

/* A number in decimal, or in hexadecimal after 0x. */
bool parse_number(const char *text, uint64_t *number);

/* "0.5", "10", "10s", "2m" as nanoseconds; more than 0, at most a year. */
bool parse_seconds(const char *text, uint64_t *ns);

/*
 * The value of an option inside a parser, within [@low, @high]; else it is wrong usage. @what
 * names the option.
 */
uint64_t option_size(const struct argp_state *state, const char *what, const char *text,
		     uint64_t low, uint64_t high);
uint64_t option_number(const struct argp_state *state, const char *what, const char *text,
		       uint64_t low, uint64_t high);

/* Human-readable sizes: "4 KiB", "1.5 GiB". Return: @text. */
const char *format_bytes(uint64_t bytes, char *text, size_t room);

#endif
