// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory encryption, by what the kernel reports of it. See platform.h.
 *
 * That a processor could encrypt means nothing: an EPYC host has CPUID's bits and none of it on.
 * - AMD SME: since Linux 5.18 (08f253ec3767) the flag "sme" is in /proc/cpuinfo only if the
 *   kernel uses it (arch/x86/kernel/cpu/amd.c, early_detect_mem_encrypt()). Before, it said that
 *   the firmware allows it, and the command line decided. Never under a hypervisor (sme_enable()).
 * - AMD SEV: the processor shows its guest the register SEV_STATUS (AMD64 APM volume 2,
 *   15.34.10), which reads 0 on a host. The flags are no help to a KVM guest: it reads SYSCFG as 0
 *   and clears them. If the register cannot be read: the kernel's folder for SEV-SNP, and flags.
 * - Intel TDX: the guest's kernel sets the flag "tdx_guest" (arch/x86/coco/tdx/tdx.c). A host's own
 *   memory has key 0 and is not touched by it.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "space/backend.h"
#include "backend/platform.h"

/* AMD64 APM volume 2, 15.34.10: bit 0 SEV, 1 SEV-ES, 2 SEV-SNP. */
#define MSR_SEV_STATUS 0xc0010131
#define SEV_ENABLED    (1u << 0)

#define CPU_FLAGS      4096 /* bytes; some 1500 are used in 2026 */

struct cpu {
	char flags[CPU_FLAGS]; /* " fpu vme ... " */
	bool amd;	       /* or Hygon, which has AMD's registers */
};

static FILE *open_text(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.2000s/%s", root, name);
	return fopen(path, "re");
}

/* The first processor of /proc/cpuinfo; nothing if it has no x86 flags. */
static void read_cpu(const char *root, struct cpu *cpu)
{
	FILE *file = open_text(root, "proc/cpuinfo");
	char *line = NULL;
	size_t room = 0;

	*cpu = (struct cpu){.amd = false};
	while (file && !*cpu->flags && getline(&line, &room, file) > 0) {
		const char *value = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (value && strncmp(line, "vendor_id", 9) == 0)
			cpu->amd = strstr(value, "AuthenticAMD") || strstr(value, "HygonGenuine");
		if (value && strncmp(line, "flags", 5) == 0)
			snprintf(cpu->flags, sizeof(cpu->flags), "%.4000s ", value + 1);
	}
	free(line);
	if (file)
		fclose(file);
}

static bool has(const struct cpu *cpu, const char *flag)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(cpu->flags, word) != NULL;
}

/* Whether the kernel is older than the one from which on "sme" means that it is used. */
static bool before_5_18(const char *root)
{
	FILE *file = open_text(root, "proc/sys/kernel/osrelease");
	unsigned int major = UINT_MAX, minor = UINT_MAX;
	bool old = file && fscanf(file, "%u.%u", &major, &minor) == 2 &&
		   (major < 5 || (major == 5 && minor < 18));

	if (file)
		fclose(file);
	return old;
}

static bool asked_to_encrypt(const char *root)
{
	FILE *file = open_text(root, "proc/cmdline");
	char word[64];
	bool on = false;

	/* Later ones win. Longer words come in pieces, of which none is one of these. */
	while (file && fscanf(file, "%63s", word) == 1) {
		if (strncmp(word, "mem_encrypt=", 12) == 0)
			on = strcmp(word + 12, "on") == 0;
	}
	if (file)
		fclose(file);
	return on;
}

static bool host_encrypts(const char *root, const struct cpu *cpu)
{
	if (!has(cpu, "sme") || has(cpu, "hypervisor"))
		return false;
	return !before_5_18(root) || asked_to_encrypt(root);
}

/* False if the kernel lacks CONFIG_X86_MSR, or its module, or the process CAP_SYS_RAWIO. */
static bool read_msr(const char *root, uint32_t number, uint64_t *value)
{
	char path[PATH_MAX];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%.2000s/dev/cpu/0/msr", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = pread(fd, value, sizeof(*value), number) == sizeof(*value);
	close(fd);
	return done;
}

static bool sev_guest(const char *root, const struct cpu *cpu)
{
	char snp[PATH_MAX];
	uint64_t status;

	/* arch/x86/coco/sev/core.c, sev_sysfs_init(): only for guests. */
	snprintf(snp, sizeof(snp), "%.2000s/sys/devices/system/cpu/sev/vmpl", root);
	if (access(snp, F_OK) == 0)
		return true;
	if (cpu->amd && read_msr(root, MSR_SEV_STATUS, &status))
		return status & SEV_ENABLED;
	return has(cpu, "hypervisor") &&
	       (has(cpu, "sev") || has(cpu, "sev_es") || has(cpu, "sev_snp"));
}

static bool guest_of(const char *what, char *reason)
{
	snprintf(reason, BACKEND_REASON_BYTES,
		 "this is a guest of %s: devices cannot reach its encrypted memory by physical "
		 "addresses; use a machine without memory encryption",
		 what);
	return false;
}

bool platform_dma_is_physical(const char *root, char *reason)
{
	struct cpu cpu;

	read_cpu(root, &cpu);
	if (has(&cpu, "tdx_guest"))
		return guest_of("Intel TDX", reason);
	if (sev_guest(root, &cpu))
		return guest_of("AMD SEV", reason);
	if (!host_encrypts(root, &cpu))
		return true;
	snprintf(reason, BACKEND_REASON_BYTES,
		 "AMD SME encrypts memory, and a device that is given a physical address does not "
		 "decrypt it; start the kernel with mem_encrypt=off");
	return false;
}
