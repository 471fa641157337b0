/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - the simulated network device of Virtio, for the table of models. */
#ifndef SIM_VIRTIO_NET_MODEL_H
#define SIM_VIRTIO_NET_MODEL_H

#include <padma/sim/model.h>

extern const struct padma_sim_model sim_virtio_net_model;

#endif
