// SPDX-License-Identifier: BSD-3-Clause
/* The models of the build, and those that a program or a plugin has added. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/params.h>

#include "sim/fault.h"
#include "sim/keys.h"
#include "sim/models.h"
#include "sim/pci/function.h"

#define NAME_MAX_LENGTH 31u
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* An added model, with copies of what a newer or older caller has in another size. */
struct added {
	struct padma_sim_model model;
	struct padma_sim_shape shape;
	struct added *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct added *first;

static bool is_called(const struct padma_sim_model *model, const char *name, size_t length)
{
	return strlen(model->name) == length && strncmp(model->name, name, length) == 0;
}

static const struct padma_sim_model *find_locked(const char *name, size_t length)
{
	for (const struct padma_sim_model *const *m = sim_models; *m; m++) {
		if (is_called(*m, name, length))
			return *m;
	}
	for (const struct added *a = first; a; a = a->next) {
		if (is_called(&a->model, name, length))
			return &a->model;
	}
	return NULL;
}

const struct padma_sim_model *sim_model_find(const char *name, size_t length)
{
	const struct padma_sim_model *model;

	pthread_mutex_lock(&lock);
	model = find_locked(name, length);
	pthread_mutex_unlock(&lock);
	return model;
}

static size_t append(char *text, size_t bytes, size_t used, const char *name)
{
	if (used >= bytes)
		return used;
	return used + (size_t)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", name);
}

void sim_model_names(char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	pthread_mutex_lock(&lock);
	for (const struct padma_sim_model *const *m = sim_models; *m; m++)
		used = append(text, bytes, used, (*m)->name);
	for (const struct added *a = first; a; a = a->next)
		used = append(text, bytes, used, a->model.name);
	pthread_mutex_unlock(&lock);
}

static int check_name(const char *name)
{
	size_t length = name ? strlen(name) : 0;

	if (length == 0 || length > NAME_MAX_LENGTH || strspn(name, NAME_CHARACTERS) != length)
		return fail(
			-EINVAL,
			"a simulated device cannot be called '%.40s'; give letters, digits, '-' "
			"and '_', up to %u",
			name ? name : "", NAME_MAX_LENGTH);
	return 0;
}

/* The memory of direct areas is there only once a device has been made: such a shape is checked then. */
static int check_shape(const struct padma_sim_model *model)
{
	struct padma_sim_shape shape = *model->shape;

	if (model->create)
		memset(shape.directs, 0, sizeof(shape.directs));
	return pci_shape_check(model->name, &shape);
}

static int check(const struct padma_sim_model *model)
{
	int rc = check_name(model->name);

	if (rc)
		return rc;
	if (!model->shape)
		return fail(-EINVAL, "the model '%s' has no shape: say which PCI function it is",
			    model->name);
	if (model->faults >> SIM_FAULT_KINDS)
		return fail(-EINVAL, "the model '%s' names faults that there are not: 0x%x",
			    model->name, model->faults);
	if (model->destroy && !model->create)
		return fail(-EINVAL, "the model '%s' has a destroy() without a create()",
			    model->name);
	rc = sim_keys_check(model->name, model->keys, model->state_bytes);
	return rc ? rc : check_shape(model);
}

static int copy(struct added *added, size_t model_bytes, size_t shape_bytes,
		const struct padma_sim_model *model)
{
	int rc = padma_params_take(&added->model, sizeof(added->model), model, model_bytes);

	if (rc || !added->model.shape)
		return rc;
	rc = padma_params_take(&added->shape, sizeof(added->shape), added->model.shape,
			       shape_bytes);
	added->model.shape = &added->shape;
	return rc;
}

static int add(struct added *added)
{
	const char *name = added->model.name;
	struct added **link = &first;
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (find_locked(name, strlen(name)))
		rc = -EEXIST;
	while (*link)
		link = &(*link)->next;
	if (rc == 0)
		*link = added;
	pthread_mutex_unlock(&lock);
	return rc ? fail(rc, "there is a simulated device '%s' already; give it another name", name)
		  : 0;
}

int padma_sim_model_add_sized(size_t model_bytes, size_t shape_bytes,
			      const struct padma_sim_model *model)
{
	struct added *added;
	int rc;

	if (!model)
		return fail(-EINVAL, "pass a model to be added, not NULL");
	added = calloc(1, sizeof(*added));
	if (!added)
		return fail(-ENOMEM, "no memory left for one more simulated device");
	rc = copy(added, model_bytes, shape_bytes, model);
	if (rc == 0)
		rc = check(&added->model);
	if (rc == 0)
		rc = add(added);
	if (rc)
		free(added);
	return rc;
}
