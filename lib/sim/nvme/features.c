// SPDX-License-Identifier: BSD-3-Clause
/* Set and Get Features (Base 5.15 and 5.27): a table of what each takes and starts as. */
#include <string.h>

#include "controller.h"

/* Get Features, SEL (Base 5.15). Nothing is saved: the saved value is the default. */
#define SELECT_CURRENT	    0u
#define SELECT_SUPPORTED    3u
#define SUPPORTED_CHANGE    0x4u
#define SET_SAVE	    (1u << 31)
#define DEFAULT_HOT	    343u /* K, WCTEMP */
#define WARNING_TEMPERATURE 0x2u

struct feature {
	bool exists;
	bool changeable;
	uint32_t initial;
	uint32_t mask; /* of the bits that mean something here */
	/* Where more has to be checked or done: a status. */
	uint16_t (*set)(struct controller *controller, struct request *request);
	void (*get)(struct controller *controller, struct request *request, bool current);
};

/* Base 5.27.1.3: THSEL 21:20, TMPSEL 19:16, TMPTH 15:0. Sensor 0 is the composite temperature. */
static uint16_t *threshold(struct controller *controller, uint32_t cdw11)
{
	uint32_t sensor = cdw11 >> 16 & 0xf, which = cdw11 >> 20 & 3;

	if (sensor != 0 || which > 1)
		return NULL;
	return which ? &controller->threshold_under : &controller->threshold_over;
}

uint8_t sim_nvme_critical_warning(const struct controller *controller)
{
	if (CONTROLLER_KELVIN >= controller->threshold_over ||
	    CONTROLLER_KELVIN <= controller->threshold_under)
		return WARNING_TEMPERATURE;
	return 0;
}

static void report_temperature(struct controller *controller)
{
	if (sim_nvme_critical_warning(controller) & controller->features[FEATURE_EVENTS])
		sim_nvme_event(controller, EVENT_HEALTH, HEALTH_TEMPERATURE, LOG_HEALTH);
}

static uint16_t set_temperature(struct controller *controller, struct request *request)
{
	uint32_t cdw11 = request->command.cdw11;
	/* TMPSEL Fh sets all sensors at once; there is one. */
	uint16_t *field =
		threshold(controller, (cdw11 >> 16 & 0xf) == 0xf ? cdw11 & ~0xf0000u : cdw11);

	if (!field)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	*field = (uint16_t)cdw11;
	report_temperature(controller);
	return STATUS_SUCCESS;
}

static void get_temperature(struct controller *controller, struct request *request, bool current)
{
	uint16_t *field = threshold(controller, request->command.cdw11);

	if (!field)
		request->result = 0;
	else if (current)
		request->result = *field;
	else
		request->result = field == &controller->threshold_over ? DEFAULT_HOT : 0;
}

/* Base 5.27.1.2: there is power state 0 only. */
static uint16_t set_power(struct controller *controller, struct request *request)
{
	(void)controller;
	if (request->command.cdw11 & 0x1f)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	return STATUS_SUCCESS;
}

static bool has_io_queues(const struct controller *controller)
{
	return controller->highest != 0;
}

static uint32_t granted(const struct controller *controller)
{
	return (uint32_t)(controller->io_cqs_granted - 1) << 16 |
	       (uint32_t)(controller->io_sqs_granted - 1);
}

/* Base 5.27.1.5: before any I/O queue is made, 65,536 cannot be asked for, and no more ids are
 * valid afterwards than were granted. */
static uint16_t set_queues(struct controller *controller, struct request *request)
{
	uint32_t sqs = request->command.cdw11 & 0xffff, cqs = request->command.cdw11 >> 16;
	uint32_t most = controller->queues - 1;

	if (has_io_queues(controller))
		return STATUS_COMMAND_SEQUENCE | STATUS_DNR;
	if (sqs == 0xffff || cqs == 0xffff)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	controller->io_sqs_granted = (uint16_t)(sqs + 1 < most ? sqs + 1 : most);
	controller->io_cqs_granted = (uint16_t)(cqs + 1 < most ? cqs + 1 : most);
	request->result = granted(controller);
	return STATUS_SUCCESS;
}

static void get_queues(struct controller *controller, struct request *request, bool current)
{
	uint32_t most = controller->queues - 2;

	request->result = current ? granted(controller) : most << 16 | most;
}

static uint32_t *vector_feature(struct controller *controller, uint32_t cdw11)
{
	uint32_t vector = cdw11 & 0xffff;

	if (vector >= controller->config.vectors)
		return NULL;
	return &controller->vector_features[vector];
}

/* Base 5.27.1.7: IV 15:0, CD 16. Coalescing is a recommendation; this controller never waits. */
static uint16_t set_vector(struct controller *controller, struct request *request)
{
	uint32_t *feature = vector_feature(controller, request->command.cdw11);

	if (!feature)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	*feature = request->command.cdw11 & 0x10000;
	return STATUS_SUCCESS;
}

static void get_vector(struct controller *controller, struct request *request, bool current)
{
	uint32_t vector = request->command.cdw11 & 0xffff;
	uint32_t *feature = vector_feature(controller, vector);

	request->result = vector | (feature && current ? *feature : 0);
}

static uint16_t set_events(struct controller *controller, struct request *request)
{
	controller->features[FEATURE_EVENTS] = request->command.cdw11;
	report_temperature(controller);
	return STATUS_SUCCESS;
}

/* Base 5.27.1.21: there is combination 0 only. */
static uint16_t set_profile(struct controller *controller, struct request *request)
{
	(void)controller;
	if (request->command.cdw11 & 0x1ff)
		return STATUS_IOCS_COMBINATION_REJECTED | STATUS_DNR;
	return STATUS_SUCCESS;
}

static const struct feature features[] = {
	[FEATURE_ARBITRATION] = {true, true, 0x4, 0xffffff07, NULL, NULL},
	[FEATURE_POWER] = {true, true, 0, 0xff, set_power, NULL},
	[FEATURE_TEMPERATURE] = {true, true, 0, 0, set_temperature, get_temperature},
	[FEATURE_ERROR_RECOVERY] = {true, true, 0, 0xffff, NULL, NULL},
	[FEATURE_WRITE_CACHE] = {true, true, 1, 0x1, NULL, NULL},
	[FEATURE_QUEUES] = {true, true, 0, 0, set_queues, get_queues},
	[FEATURE_COALESCING] = {true, true, 0, 0xffff, NULL, NULL},
	[FEATURE_VECTOR] = {true, true, 0, 0, set_vector, get_vector},
	[FEATURE_ATOMICITY] = {true, true, 0, 0x1, NULL, NULL},
	[FEATURE_EVENTS] = {true, true, 0, 0x1f, set_events, NULL},
	[FEATURE_IOCS_PROFILE] = {true, true, 0, 0x1ff, set_profile, NULL},
};

bool sim_nvme_has_feature(uint8_t feature)
{
	return feature < sizeof(features) / sizeof(features[0]) && features[feature].exists;
}

void sim_nvme_features_reset(struct controller *controller)
{
	for (unsigned int i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		controller->features[i] = features[i].initial;
	controller->io_sqs_granted = (uint16_t)(controller->queues - 1);
	controller->io_cqs_granted = (uint16_t)(controller->queues - 1);
	controller->threshold_over = DEFAULT_HOT;
	controller->threshold_under = 0;
	memset(controller->vector_features, 0,
	       controller->config.vectors * sizeof(*controller->vector_features));
}

/* The write cache's feature exists if the cache does (Base 5.27.1.4). */
static const struct feature *find(const struct controller *controller, uint32_t cdw10)
{
	uint8_t id = (uint8_t)cdw10;

	if (!sim_nvme_has_feature(id) ||
	    (id == FEATURE_WRITE_CACHE && !controller->config.write_cache))
		return NULL;
	return &features[id];
}

uint16_t sim_nvme_set_features(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	const struct feature *feature = find(controller, command->cdw10);
	uint32_t *value = &controller->features[command->cdw10 & 0xff];
	uint16_t status;

	if (!feature)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	if (command->cdw10 & SET_SAVE)
		return STATUS_NOT_SAVEABLE | STATUS_DNR;
	if (!feature->changeable)
		return STATUS_NOT_CHANGEABLE | STATUS_DNR;
	status = feature->set ? feature->set(controller, request) : STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		*value = command->cdw11 & feature->mask;
	return status;
}

uint16_t sim_nvme_get_features(struct controller *controller, struct request *request)
{
	const struct feature *feature = find(controller, request->command.cdw10);
	uint32_t select = request->command.cdw10 >> 8 & 7;

	if (!feature || select > SELECT_SUPPORTED)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	if (select == SELECT_SUPPORTED)
		request->result = feature->changeable ? SUPPORTED_CHANGE : 0;
	else if (feature->get)
		feature->get(controller, request, select == SELECT_CURRENT);
	else
		request->result = select == SELECT_CURRENT
					  ? controller->features[request->command.cdw10 & 0xff]
					  : feature->initial;
	return STATUS_SUCCESS;
}
