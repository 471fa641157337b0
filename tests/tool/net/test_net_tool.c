// SPDX-License-Identifier: BSD-3-Clause
/* padma net on simulated cards: every mode, each fault of the wire noticed, ports that fail, captures and replays. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tool/run.h"
#include "tool/tree.h"

extern char **environ;

#define PAIR	"sim:virtio-net,link=a,pause sim:virtio-net,link=a,pause"
#define CHECKED "--mode flowgen --verify --window 128 --link-wait 5"

/* Of a long run: even, for two ports. Sanitizers make each packet many times slower. */
/* ThreadSanitizer does not see that accesses of 8 and of 2 bytes to a packed descriptor are ordered (tests/virtio_net/test_threads.c). */
#ifdef __SANITIZE_THREAD__
#define PACKED ""
#else
#define PACKED "packed,"
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PACKETS 4000
#else
#define PACKETS 20000
#endif

static struct tree tree;

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static json_int_t integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("%s is missing", key);
	return json_integer_value(value);
}

static const json_t *port_of(const json_t *report, unsigned int index)
{
	return json_array_get(json_object_get(report, "ports"), index);
}

static void check_verify(const json_t *report, json_int_t good)
{
	const json_t *verify = json_object_get(report, "verify");

	assert_int_equal(integer(verify, "good"), good);
	assert_int_equal(integer(verify, "lost"), 0);
	assert_int_equal(integer(verify, "duplicated"), 0);
	assert_int_equal(integer(verify, "reordered"), 0);
	assert_int_equal(integer(verify, "corrupted"), 0);
	assert_int_equal(integer(report, "leaked"), 0);
}

static void packets_are_verified(void **state)
{
	static const char *const cards[] = {PAIR, "sim:e1000e,link=a,pause sim:e1000e,link=a,pause",
					    "sim:virtio-net,link=a," PACKED
					    "pause sim:e1000,link=a,pause"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
		json_t *report = expect_json(
			"net test --json " CHECKED " --count %d --size imix %s", PACKETS, cards[i]);

		check_verify(report, PACKETS);
		assert_int_equal(integer(port_of(report, 0), "tx_packets"), PACKETS / 2);
		assert_int_equal(integer(port_of(report, 1), "rx_packets"), PACKETS / 2);
		json_decref(report);
	}
}

static void queues_share_the_work(void **state)
{
	json_t *report =
		expect_json("net test --json " CHECKED " --count 8000 --rxq 4 --nb-cores 3 "
			    "sim:virtio-net,link=a,queues=4 sim:virtio-net,link=a,queues=4");
	const json_t *queues = json_object_get(port_of(report, 0), "queues");

	(void)state;
	check_verify(report, 8000);
	assert_int_equal(json_array_size(queues), 4);
	assert_int_equal(integer(report, "cores"), 3);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(
			integer(json_object_get(json_array_get(queues, i), "tx"), "packets"), 1000);
	json_decref(report);
}

/* Jumbo frames in several segments, on a card whose wire returns what is sent. */
static void long_frames_are_verified(void **state)
{
	json_t *report =
		expect_json("net test --json " CHECKED " --count 2000 --mtu 9000 --size 60-9014 "
			    "--port-topology loop sim:virtio-net,loop");

	(void)state;
	check_verify(report, 2000);
	json_decref(report);
}

/* Run it for the exit code @status and a report. */
static json_t *expect_run(const char *command, int status)
{
	struct run run;
	json_t *report;

	run_padma(&run, "%s", command);
	report = json_loads(run.out, 0, NULL);
	if (run.status != status || !report)
		fail_msg("%s: exit code %d, %s%s", command, run.status, run.out, run.err);
	run_free(&run);
	return report;
}

static void check_fault(const char *fault, const char *key)
{
	struct run run;
	json_t *report;

	run_padma(&run,
		  "net test --json " CHECKED " --count 2000 sim:virtio-net,link=a,%s "
		  "sim:virtio-net,link=a",
		  fault);
	assert_int_equal(run.status, 1);
	report = json_loads(run.out, 0, NULL);
	assert_non_null(report);
	assert_true(integer(json_object_get(report, "verify"), key) > 0);
	assert_int_equal(integer(report, "leaked"), 0);
	assert_non_null(strstr(run.err, "--verify"));
	json_decref(report);
	run_free(&run);
}

static void each_fault_is_noticed(void **state)
{
	(void)state;
	check_fault("loss=100", "lost");
	check_fault("duplicate=100", "duplicated");
	check_fault("reorder=100", "reordered");
	check_fault("corrupt=100", "corrupted");
}

/* Each forwarding mode on a looped port: nothing comes in, and it ends in order. */
static void modes_run_and_end(void **state)
{
	static const char *const modes[] = {"io",	"mac",	  "macswap", "5tswap", "csum",
					    "icmpecho", "rxonly", "txonly",  "noisy"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		json_t *report =
			expect_json("net test --json --forward-mode %s --duration 0.05 "
				    "--link-wait 0.1 sim:virtio-net,loop --port-topology loop",
				    modes[i]);

		assert_int_equal(integer(report, "leaked"), 0);
		assert_string_equal(json_string_value(json_object_get(report, "mode")), modes[i]);
		json_decref(report);
	}
}

/* Nothing comes in by itself; the bursts that are sent first circulate, and stay complete. */
static void the_first_bursts_circulate(void **state)
{
	json_t *report;

	(void)state;
	report = expect_json("net test --json --mode io --tx-first --count 5000 --duration 20 "
			     "sim:virtio-net,link=a sim:virtio-net,link=a");
	assert_true(integer(port_of(report, 0), "rx_packets") +
			    integer(port_of(report, 1), "rx_packets") >=
		    5000);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
	report =
		expect_json("net test --json --mode macswap --tx-first=3 --burst 16 --duration 0.2 "
			    "sim:virtio-net,null");
	assert_true(integer(port_of(report, 0), "tx_packets") >= 48);
	json_decref(report);
}

static void interrupts_wake_sleepers(void **state)
{
	(void)state;
	expect_ok(
		"net test --mode rxonly --irq --duration 0.2 --link-wait 0.1 sim:virtio-net,loop");
	expect_failure(2, "--irq", "net test --mode txonly --irq sim:virtio-net,loop");
}

/* What a capture has recorded is what was sent, and can be sent again. */
static void captures_are_replayed(void **state)
{
	char first[PATH_MAX], second[PATH_MAX];
	json_t *report;

	(void)state;
	snprintf(first, sizeof(first), "%s", tree_path(&tree, "first.pcap"));
	snprintf(second, sizeof(second), "%s", tree_path(&tree, "second.pcap"));
	report = expect_json("net test --json --mode txonly --count 300 --size imix --capture %s "
			     "sim:virtio-net,null",
			     first);
	assert_int_equal(integer(json_object_get(report, "capture"), "written"), 300);
	assert_int_equal(integer(json_object_get(report, "capture"), "missed"), 0);
	json_decref(report);
	report = expect_json("net test --json --mode txonly --replay %s --capture %s "
			     "sim:virtio-net,null",
			     first, second);
	assert_int_equal(integer(port_of(report, 0), "tx_packets"), 300);
	assert_int_equal(integer(json_object_get(report, "capture"), "written"), 300);
	json_decref(report);
	/* By a card whose wire is a file, into rxonly, which knows the packets of the first run. */
	report = expect_json("net test --json --mode rxonly --verify --count 300 --duration 20 "
			     "sim:e1000e,pause,pcap=%s:/dev/null",
			     second);
	check_verify(report, 300);
	json_decref(report);
	tree_file(&tree, "none", "no capture");
	expect_failure(1, "--replay", "net test --mode txonly --replay %s sim:virtio-net,null",
		       tree_path(&tree, "none"));
}

static void a_port_is_captured(void **state)
{
	char in[PATH_MAX], out[PATH_MAX];
	struct run run;

	(void)state;
	snprintf(in, sizeof(in), "%s", tree_path(&tree, "in.pcap"));
	snprintf(out, sizeof(out), "%s", tree_path(&tree, "out.pcap"));
	expect_ok(
		"net test --mode txonly --count 100 --size 60,200 --capture %s sim:virtio-net,null",
		in);
	run_padma(&run,
		  "net capture sim:e1000e,pause,pcap=%s:/dev/null -w %s -c 20 --duration 20 "
		  "udp port 9 and greater 100",
		  in, out);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.err, "20 packets captured"));
	run_free(&run);
	run_padma(&run, "net capture sim:e1000e,pause,pcap=%s:/dev/null -w %s --duration 0.3 tcp",
		  in, out);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.err, "0 packets captured"));
	run_free(&run);
	expect_failure(2, "filter", "net capture sim:virtio-net,null -w %s udp prot 9", out);
}

/* One that breaks its protocol once is reset, and the run goes on. */
static void a_failing_port_is_reset(void **state)
{
	json_t *report;

	(void)state;
	report = expect_run("net test --json " CHECKED " --count 12000 --port-topology loop "
			    "sim:virtio-net,loop,fault=wrong-id:5000:9000:1",
			    0);
	assert_int_equal(integer(port_of(report, 0), "resets"), 1);
	assert_int_equal(integer(port_of(report, 0), "tx_packets"), 12000);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
}

/* A port that failed excuses what was lost with it, not what is lost afterwards. */
static void losses_after_a_reset_are_losses(void **state)
{
	json_t *report;

	(void)state;
	report = expect_run("net test --json " CHECKED " --count 12000 --port-topology loop "
			    "sim:virtio-net,loop,loss=100,fault=wrong-id:5000:9000:1",
			    1);
	assert_int_equal(integer(port_of(report, 0), "resets"), 1);
	assert_true(integer(json_object_get(report, "verify"), "lost") > 0);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
}

/* One that goes on like that is given up: the run ends with a report, and nothing leaks. */
static void a_lost_port_ends_the_run(void **state)
{
	json_t *report;

	(void)state;
	report = expect_run("net test --json " CHECKED " --count 12000 --port-topology loop "
			    "sim:virtio-net,loop,fault=wrong-id:5000:9000",
			    1);
	assert_true(json_is_true(json_object_get(port_of(report, 0), "closed")));
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
	/* Without resets, at once. */
	report = expect_run("net test --json " CHECKED " --resets 0 --port-topology loop "
			    "sim:virtio-net,loop,fault=wrong-id:5000:9000:1",
			    1);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
}

/* With --reconnect it is opened again, as often as that takes. */
static void a_port_is_opened_again(void **state)
{
	json_t *report;

	(void)state;
	report = expect_run("net test --json " CHECKED " --resets 0 --reconnect --count 12000 "
			    "--port-topology loop sim:virtio-net,loop,fault=wrong-id:5000:9000:1",
			    0);
	assert_true(integer(port_of(report, 0), "reopened") > 0);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
}

/* SIGINT: the report is printed, exit code 0. */
static void an_interrupt_ends_in_order(void **state)
{
	const char *path = tree_path(&tree, "report");
	char *words[] = {(char *)PADMA_TOOL,
			 "net",
			 "test",
			 "--json",
			 "--mode",
			 "flowgen",
			 "--port-topology",
			 "loop",
			 "sim:virtio-net,loop",
			 NULL};
	posix_spawn_file_actions_t actions;
	json_t *report;
	int status;
	pid_t pid;

	(void)state;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	assert_int_equal(posix_spawn(&pid, PADMA_TOOL, &actions, NULL, words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	nanosleep(&(struct timespec){.tv_nsec = 700000000}, NULL);
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	report = json_load_file(path, 0, NULL);
	assert_non_null(report);
	assert_int_equal(integer(report, "leaked"), 0);
	json_decref(report);
}

static void ports_are_described(void **state)
{
	json_t *info = expect_json("net info --json sim:virtio-net,loop"), *feature;
	bool found = false;
	size_t i;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(info, "driver")), "virtio-net");
	json_array_foreach(json_object_get(info, "features"), i, feature)
	{
		if (strcmp(json_string_value(json_object_get(feature, "name")), "VERSION_1") == 0)
			found = json_is_true(json_object_get(feature, "used"));
	}
	assert_true(found);
	json_decref(info);
	expect_ok("net info sim:e1000e,loop");
	info = expect_json("net link --json --wait 5 sim:virtio-net,loop");
	assert_true(json_is_true(json_object_get(info, "up")));
	json_decref(info);
	expect_ok("net link --wait 5 sim:e1000e,loop");
	info = expect_json("net stats --json --duration 0.1 sim:e1000e,loop");
	assert_int_equal(integer(info, "rx_errors"), 0);
	assert_true(json_object_size(json_object_get(info, "extended")) > 8);
	json_decref(info);
}

static void a_link_that_is_down_is_a_failure(void **state)
{
	struct run run;

	(void)state;
	run_padma(&run, "net link --wait 0.1 sim:virtio-net,link=nobody");
	assert_int_equal(run.status, 1);
	assert_string_equal(run.out, "down\n");
	run_free(&run);
}

/* Of a machine with two cards and a drive, the cards are listed. */
static void cards_are_listed(void **state)
{
	const struct tree_pci functions[] = {
		{.address = "0000:00:04.0",
		 .vendor = "0x1af4\n",
		 .device = "0x1041\n",
		 .class_code = "0x020000\n",
		 .driver = "virtio-pci"},
		{.address = "0000:00:05.0",
		 .vendor = "0x8086\n",
		 .device = "0x10d3\n",
		 .class_code = "0x020000\n"},
		{.address = "0000:00:06.0",
		 .vendor = "0x1b36\n",
		 .device = "0x0010\n",
		 .class_code = "0x010802\n"},
	};
	const char *root = tree.root;
	const json_t *card;
	json_t *list;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		tree_pci(&tree, &functions[i]);
	list = expect_json("net list --json --sysfs %s --proc %s --dev %s", root, root, root);
	assert_int_equal(json_array_size(list), 2);
	card = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(card, "padma_driver")), "virtio-net");
	assert_string_equal(json_string_value(json_object_get(card, "kernel_driver")),
			    "virtio-pci");
	card = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(card, "address")), "0000:00:05.0");
	assert_true(json_is_false(json_object_get(card, "ready")));
	json_decref(list);
	expect_ok("net list --sysfs %s", root);
}

static void wrong_usage_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{"net test", "PORT"},
		{"net test --mode fast x", "mode"},
		{"net test --port-topology ring x", "topology"},
		{"net test --size 10 x", "--size"},
		{"net test --size 1515 x", "--size"},
		{"net test --size 64 --txpkts 64 x", "--txpkts"},
		{"net test --txpkts 20,100 x", "--txpkts"},
		{"net test --rxq 2 --txq 3 x", "--rxq"},
		{"net test --verify x", "--verify"},
		{"net test --window 4 x", "--window"},
		{"net test --tx-first --mode txonly x", "--tx-first"},
		{"net test --tx-first=0 x", "--tx-first"},
		{"net test --replay f x", "--replay"},
		{"net test --eth-peer 0 x", "--eth-peer"},
		{"net test --ip 1.2.3 x", "--ip"},
		{"net test --tx-ip 1.2.3.4 x", "--tx-ip"},
		{"net test --tx-udp 0 x", "--tx-udp"},
		{"net test --rate fast x", "--rate"},
		{"net test --cores 1- x", "--cores"},
		{"net test --cores 3-1 x", "--cores"},
		{"net test --without speed x", "--without"},
		{"net test --mtu 9001 x", "--mtu"},
		{"net capture", "PORT"},
		{"net info a b", "PORT"},
		{"net list a", "expected"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		expect_failure(2, wrong[i][1], "%s", wrong[i][0]);
	expect_failure(1, "step", "net test sim:virtio-net,step");
	expect_failure(1, "sim:edu", "net test sim:edu");
	expect_failure(1, "queues", "net test --rxq 64 sim:virtio-net,loop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_verified),
		cmocka_unit_test(queues_share_the_work),
		cmocka_unit_test(long_frames_are_verified),
		cmocka_unit_test(each_fault_is_noticed),
		cmocka_unit_test(modes_run_and_end),
		cmocka_unit_test(the_first_bursts_circulate),
		cmocka_unit_test(interrupts_wake_sleepers),
		cmocka_unit_test(captures_are_replayed),
		cmocka_unit_test(a_port_is_captured),
		cmocka_unit_test(a_failing_port_is_reset),
		cmocka_unit_test(losses_after_a_reset_are_losses),
		cmocka_unit_test(a_lost_port_ends_the_run),
		cmocka_unit_test(a_port_is_opened_again),
		cmocka_unit_test(an_interrupt_ends_in_order),
		cmocka_unit_test(ports_are_described),
		cmocka_unit_test(a_link_that_is_down_is_a_failure),
		cmocka_unit_test(cards_are_listed),
		cmocka_unit_test(wrong_usage_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
