// SPDX-License-Identifier: BSD-3-Clause
/*
 * Invalid completions: of commands whose doorbell was not rung, and ahead of the commands that callbacks
 * submit. The test acts as the controller.
 */
#include "forge.h"

#define DEVICE "sim:nvme,size=8M,step"

/* A buffer is not handed back while its command is in the ring: the doorbell would still send it. */
static void test_a_command_before_its_doorbell(void **state)
{
	struct result results[2] = {{0}};
	struct rig rig = {.depth = 4};
	struct forger forger;
	void *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	forger = forger_of(rig.queue);
	buffer = alloc(&rig, 4096);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[0]));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	forge(&forger, last_identifier(rig.queue), 0);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(results[0].calls, 1);

	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &results[1]));
	forge(&forger, last_identifier(rig.queue), 0);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
	assert_non_null(strstr(padma_last_error(), "doorbell"));
	assert_int_equal(results[1].calls, 0);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 1);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	assert_int_equal(padma_nvme_submit(rig.queue), -EIO);

	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	assert_int_equal(results[1].error, -ECANCELED);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* With an error status as well: there is nothing that could have failed. */
static void test_an_error_before_the_doorbell(void **state)
{
	struct result result = {0};
	struct rig rig = {.depth = 4};
	struct forger forger;
	void *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	forger = forger_of(rig.queue);
	buffer = alloc(&rig, 4096);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8, note, &result));
	forge(&forger, last_identifier(rig.queue), 0x281);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
	assert_int_equal(result.calls, 0);
	padma_space_free(rig.space, buffer);
	must(rig_reset(&rig));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 1);
	rig_close(&rig);
}

#define MODEL_DEPTH                                                                                \
	13u /* a ring of 16: places are used again while older commands are outstanding */
#define MODEL_STEPS 20000u

struct model {
	struct rig rig;
	struct forger forger;
	void *buffer;
	uint64_t seed;
	/* Identifiers: the doorbell was rung for the first @rung of them. */
	uint16_t ids[MODEL_DEPTH];
	unsigned int rung;
	unsigned int count;
	unsigned long calls;
};

static void count_call(void *ctx, int error, uint16_t status)
{
	struct model *model = ctx;

	model->calls++;
	(void)error;
	(void)status;
}

static void model_put(struct model *model)
{
	int rc = padma_nvme_read(model->rig.queue, 1, model->buffer, 0, 1, count_call, model);

	if (model->count == MODEL_DEPTH) {
		assert_int_equal(rc, -EAGAIN);
		return;
	}
	must(rc);
	model->ids[model->count++] = last_identifier(model->rig.queue);
}

static void model_ring(struct model *model)
{
	unsigned int expected = model->count - model->rung;

	assert_int_equal(padma_nvme_submit(model->rig.queue), expected);
	model->rung = model->count;
}

static void model_forget(struct model *model, unsigned int which)
{
	memmove(&model->ids[which], &model->ids[which + 1],
		(model->count - which - 1) * sizeof(model->ids[0]));
	model->count--;
	model->rung--;
}

/* The oldest stays outstanding for long: the ring goes round many times meanwhile. */
static void model_complete(struct model *model)
{
	unsigned int which;
	unsigned long before = model->calls;

	if (model->rung == 0)
		return;
	which = (unsigned int)(test_random(&model->seed) % model->rung);
	if (which == 0 && test_random(&model->seed) % 64)
		which = model->rung - 1;
	forge(&model->forger, model->ids[which], test_random(&model->seed) % 8 ? 0 : 0x281);
	model_forget(model, which);
	assert_int_equal(padma_nvme_poll(model->rig.queue, 0), 1);
	assert_int_equal(model->calls, before + 1);
}

/* Return: whether an invalid completion was posted: the controller was reset then. */
static bool model_post_invalid(struct model *model)
{
	unsigned int outstanding = model->count, unrung = model->count - model->rung;
	unsigned long before = model->calls;
	unsigned int which;

	if (unrung == 0)
		return false;
	which = model->rung + (unsigned int)(test_random(&model->seed) % unrung);
	forge(&model->forger, model->ids[which], 0);
	assert_int_equal(padma_nvme_poll(model->rig.queue, 0), -EIO);
	assert_int_equal(model->calls, before);
	must(rig_reset(&model->rig));
	assert_int_equal(padma_nvme_poll(model->rig.queue, 0), outstanding);
	assert_int_equal(model->calls, before + outstanding);
	model->forger = forger_of(model->rig.queue);
	model->count = model->rung = 0;
	return true;
}

/* Every completion of a command that was rung is accepted, none of one that was not. */
static void test_random_completions_against_a_model(void **state)
{
	struct model model = {.rig = {.depth = MODEL_DEPTH}, .seed = test_seed()};
	unsigned long invalid = 0;

	(void)state;
	rig_open(&model.rig, DEVICE ",mqes=16");
	model.forger = forger_of(model.rig.queue);
	model.buffer = alloc(&model.rig, 4096);
	for (unsigned int i = 0; i < MODEL_STEPS; i++) {
		uint64_t dice = test_random(&model.seed) % 1000;

		if (dice < 450)
			model_put(&model);
		else if (dice < 600)
			model_ring(&model);
		else if (dice < 998)
			model_complete(&model);
		else
			invalid += model_post_invalid(&model);
	}
	assert_true(invalid > 0);
	padma_space_free(model.rig.space, model.buffer);
	must(rig_reset(&model.rig));
	assert_int_equal(padma_nvme_poll(model.rig.queue, 0), model.count);
	rig_close(&model.rig);
}

#define ENDLESS 1000u

/* A callback that submits the next command, which is answered before the callback returns. */
struct stream {
	struct forger forger;
	void *buffer;
	unsigned int calls;
};

static void answer_ahead(void *ctx, int error, uint16_t status)
{
	struct stream *stream = ctx;
	struct padma_nvme_queue *queue = stream->forger.queue;

	(void)error;
	(void)status;
	if (++stream->calls >= ENDLESS)
		return;
	assert_int_equal(padma_nvme_read(queue, 1, stream->buffer, 0, 1, answer_ahead, stream), 0);
	assert_int_equal(padma_nvme_submit(queue), 1);
	forge(&stream->forger, last_identifier(queue), 0);
}

/* One poll ends, however fast the controller is; rings of 2 entries, and of 8. */
static void test_a_poll_reaps_what_was_outstanding(void **state)
{
	static const char *const devices[] = {DEVICE ",mqes=2", DEVICE ",mqes=8"};
	static const unsigned int depths[] = {1, 5};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		struct rig rig = {.depth = depths[i]};
		struct stream stream = {0};

		rig_open(&rig, devices[i]);
		stream.forger = forger_of(rig.queue);
		stream.buffer = alloc(&rig, 4096);
		for (unsigned int n = 0; n < depths[i]; n++) {
			must(padma_nvme_read(rig.queue, 1, stream.buffer, 0, 1, answer_ahead,
					     &stream));
			assert_int_equal(padma_nvme_submit(rig.queue), 1);
			forge(&stream.forger, last_identifier(rig.queue), 0);
		}
		for (unsigned int round = 1; round <= 10; round++) {
			assert_int_equal(padma_nvme_poll(rig.queue, 0), depths[i]);
			assert_int_equal(stream.calls, round * depths[i]);
		}
		stream.calls = ENDLESS;
		assert_int_equal(padma_nvme_poll(rig.queue, 0), depths[i]);
		assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
		/* Nothing is outstanding: whatever is posted now is seen, and is wrong. */
		forge(&stream.forger, 0, 0);
		assert_int_equal(padma_nvme_poll(rig.queue, 0), -EIO);
		padma_space_free(rig.space, stream.buffer);
		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_command_before_its_doorbell),
		cmocka_unit_test(test_an_error_before_the_doorbell),
		cmocka_unit_test(test_random_completions_against_a_model),
		cmocka_unit_test(test_a_poll_reaps_what_was_outstanding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
