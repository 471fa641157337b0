/* SPDX-License-Identifier: BSD-3-Clause */
/* commands.h - the subcommands, one file (or a few) each. */
#ifndef COMMON_COMMANDS_H
#define COMMON_COMMANDS_H

int bench_command(int argc, char **argv);
int demo_command(int argc, char **argv);
int devices_command(int argc, char **argv);
int mem_command(int argc, char **argv);
int stats_command(int argc, char **argv);

int net_command(int argc, char **argv);
int net_list_command(int argc, char **argv);
int net_info_command(int argc, char **argv);
int net_link_command(int argc, char **argv);
int net_stats_command(int argc, char **argv);
int net_capture_command(int argc, char **argv);
int net_test_command(int argc, char **argv);

int nvme_command(int argc, char **argv);
int nvme_identify_command(int argc, char **argv);
int nvme_read_command(int argc, char **argv);
int nvme_write_command(int argc, char **argv);
int nvme_perf_command(int argc, char **argv);

#endif
