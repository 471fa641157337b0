/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - the NVMe controller as a simulated device, "sim:nvme". */
#ifndef SIM_NVME_MODEL_H
#define SIM_NVME_MODEL_H

struct padma_sim_model;
extern const struct padma_sim_model sim_nvme_model;

/* Not assigned by the PCI-SIG, so that no driver takes this for a product. */
#define SIM_NVME_VENDOR 0x1234u
#define SIM_NVME_DEVICE 0x7064u

#endif
