/* SPDX-License-Identifier: BSD-3-Clause */
/* kind.h - the NVMe controller as a kind of simulated device, "sim:nvme". */
#ifndef SIM_NVME_KIND_H
#define SIM_NVME_KIND_H

struct sim_kind;
extern const struct sim_kind sim_nvme_kind;

/* Nobody's: not assigned by the PCI-SIG, so that no driver takes this for a product. */
#define SIM_NVME_VENDOR 0x1234u
#define SIM_NVME_DEVICE 0x7064u

#endif
