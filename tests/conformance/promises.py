"""The promises of this host, the tests that break when one is broken, and what none covers yet.

A test that is named after a promise (`test_p6_…`) stands here under that promise, and every test
that stands here exists: `test_promises.py` checks both. Others may stand here too.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.collected import of


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """*tests* are pytest node ids without parameters. *gap* says what no test covers, and when one
    will; empty when all of it is covered.
    """

    id: str
    wording: str
    tests: tuple[str, ...] = ()
    gap: str = ""


PATH = "tests/hostile/test_promised_path.py"
VIEWS = "tests/hostile/test_promised_views.py"
SECRETS = "tests/hostile/test_promised_secrets.py"
CALM = "tests/hostile/test_promised_calm.py"
ISOLATION = "tests/hostile/test_isolation.py"
LEAKS = "tests/hostile/test_p4_leaks.py"
REALTIME = "tests/hostile/test_p4_realtime.py"
NETWORK = "tests/hostile/test_network.py"
BINDING = "tests/hostile/test_consent_binding.py"
FLOW = "tests/hostile/test_p14_flow.py"
INJECTION = "tests/e2e/test_model_injection.py"
TEMPLATES = "tests/unit/templates/test_store.py"
RUNS = "tests/unit/chat/test_runs.py"
VERIFIER = "tests/unit/audit/test_verify.py"
SPANS = "tests/unit/telemetry/test_spans.py"
SIGN_IN_SECRETS = "tests/hostile/test_promised_sign_in.py"
SCHEMAS = "tests/unit/schemas/test_pool.py"
CONTAINMENT = "tests/unit/ui/sandbox/test_containment.py"
VIEW_TABLE = "tests/hostile/test_view_table.py"
AUDIT_BENCH = "tests/bench/test_audit_rate.py"

PROMISES = (
    Promise(
        id="P1",
        wording="No JSON-RPC frame leaves without a durable decision row before it.",
        tests=(
            *of(
                PATH,
                "p1_when_a_request_arrives_its_rows_are_already_on_the_disk",
                "p1_when_the_log_cannot_be_written_nothing_is_sent",
            ),
            *of(
                BINDING,
                "p1_p2_nothing_leaves_without_its_rows_and_its_consent",
                "p1_p2_no_browser_is_opened_without_its_rows_and_consent_to_that_sign_in",
            ),
            *of("tests/e2e/test_core.py", "every_frame_that_left_has_a_decision_before_it"),
            *of(SIGN_IN_SECRETS, "p1_every_fetch_of_a_sign_in_has_its_row"),
        ),
        gap="What a sign-in fetches leaves its row first in `servers.auth.fetch`; for every fetch "
        "of a whole sign-in that is counted, not timed against the disk.",
    ),
    Promise(
        id="P2",
        wording="No call that changes something goes out without consent bound to the exact "
        "request, or a named unexpired grant.",
        tests=(
            *of(
                PATH,
                "p2_without_a_clear_yes_to_it_no_call_reaches_a_server",
                "p2_what_arrives_is_what_was_shown",
                "p2_a_yes_is_used_up_by_one_call",
                "p2_a_yes_for_the_conversation_is_that_persons_and_that_conversations",
            ),
            *of(
                BINDING,
                "p1_p2_nothing_leaves_without_its_rows_and_its_consent",
                "p1_p2_no_browser_is_opened_without_its_rows_and_consent_to_that_sign_in",
            ),
        ),
    ),
    Promise(
        id="P3",
        wording="No elicitation is drawn without a host-seen gesture in its lineage, over 10,000 "
        "fuzzed sequences; none that is legitimate is suppressed.",
        tests=(
            *of(
                "tests/hostile/test_elicitation_lineage.py",
                "p3_no_question_is_drawn_that_no_person_caused",
            ),
            *of(
                "tests/hostile/test_elicitation_crowd.py",
                "p3_in_a_crowd_only_what_a_person_pressed_is_asked_about",
            ),
            *of(
                PATH,
                "p3_a_server_that_always_asks_is_heard_only_after_a_gesture",
                "p3_the_same_question_after_a_gesture_is_put",
            ),
        ),
        gap="The fuzz is at the gate; chains that begin at a real click in the engine are tested "
        "one by one, not fuzzed.",
    ),
    Promise(
        id="P4",
        wording="No packet leaves a View for a host nobody granted, over at least 150 vectors.",
        tests=(
            *of(
                LEAKS,
                "p4_no_packet_leaves_a_view_over_the_whole_leak_corpus",
                "p4_every_view_of_the_run_was_alive_tested_and_in_chromiums_sandbox",
                "p4_the_one_granted_host_is_reached_through_the_proxy_only",
                "p4_each_class_of_the_corpus_is_live",
                "p4_a_single_guard_away_is_noticed",
                "p4_no_packet_leaves_a_view_that_keeps_what_it_stores",
                "p4_no_packet_leaves_a_view_in_a_frame_that_waited_for_it",
                "p4_a_grant_of_another_kind_lets_no_packet_out",
                "p4_a_granted_frame_of_a_hostile_host_reaches_that_host_alone",
                "p4_no_view_reaches_what_only_another_was_granted",
            ),
            *of(
                "tests/hostile/test_leak_foreign.py",
                "p4_foreign_documents_reach_nobody_through_the_product",
            ),
            *of(
                REALTIME,
                "p4_webrtc_gathers_no_candidate_at_all",
                "p4_names_of_the_local_network_are_not_asked_for",
            ),
            *of(
                NETWORK,
                "p4_no_vector_leaves_a_view",
                "p4_no_vector_leaves_a_view_whose_policy_and_filter_are_wide_open",
                "p4_a_script_from_an_address_that_an_app_made_reaches_nobody",
            ),
        ),
        gap="A renderer that an attacker has taken over could ask the engine's network service by "
        "itself; that is not tested.",
    ),
    Promise(
        id="P5",
        wording="No View runs bytes or metadata that differ from the approved pin; none is "
        "mounted or fed before its call was approved.",
        tests=(
            *of(
                VIEWS,
                "p5_what_is_mounted_is_what_was_approved",
                "p5_a_template_that_changed_is_not_mounted_until_it_is_approved_again",
                "p5_a_run_is_not_reopened_on_a_template_that_is_not_approved",
                "p5_bytes_that_changed_on_the_disk_are_not_mounted",
                "p5_no_view_is_open_while_its_call_is_still_a_question",
            ),
            *of(
                TEMPLATES,
                "p5_what_is_rejected_while_its_bytes_are_read_does_not_render",
                "p5_what_is_superseded_while_its_bytes_are_read_does_not_render",
                "p5_another_approved_version_fetched_while_bytes_are_read_is_not_confused_with_them",
            ),
            *of(RUNS, "p5_a_run_without_a_result_that_never_had_a_view_is_not_shown"),
        ),
    ),
    Promise(
        id="P6",
        wording="No View reads another's storage, messages or results; no App reaches another "
        "server's tools, or a tool that is not for Apps.",
        tests=(
            *of(
                VIEWS,
                "p6_an_app_reaches_only_its_own_servers_tools",
                "p6_an_app_cannot_call_a_tool_that_is_not_for_apps",
                "p6_one_view_hears_nothing_of_anothers_messages_and_results",
                "p6_a_view_cannot_say_that_it_is_another",
            ),
            *of(
                ISOLATION,
                "p6_six_views_of_two_servers_find_nothing_of_one_another",
                "p6_what_is_posted_to_one_view_is_heard_by_it_alone",
            ),
            *of(
                "tests/hostile/test_kept_storage.py",
                "p6_what_is_kept_comes_back_after_a_restart_to_its_own_app_alone",
                "p6_one_view_has_it_at_a_time_and_the_second_says_that_it_starts_empty",
            ),
            *of(
                RUNS,
                "p6_a_run_is_shown_again_to_the_server_that_was_called",
                "p6_what_one_server_was_told_never_goes_to_another_of_its_name",
            ),
        ),
        gap="Timing channels between renderers of one machine are not tested.",
    ),
    Promise(
        id="P7",
        wording="No acknowledged audit row is lost in 100 kill trials; with one external "
        "checkpoint at least 9 of 11 classes of tampering are found, and both misses are "
        "documented.",
        tests=(
            *of(
                "tests/unit/audit/test_crash.py",
                "p7_no_acknowledged_row_is_lost_when_the_process_is_killed",
            ),
            *of(
                VERIFIER,
                "one_byte_of_a_body_is_found",
                "one_byte_of_a_digest_is_found",
                "a_missing_or_emptied_row_is_found",
                "rows_that_changed_places_are_found",
                "a_row_put_in_between_is_found",
                "a_cut_tail_is_not_found_without_a_checkpoint_and_is_with_one",
                "a_forged_and_rechained_row_is_found_with_a_checkpoint_only",
                "a_log_written_anew_is_found_with_a_checkpoint_only",
                "rows_after_the_checkpoint_can_be_replaced_unseen",
            ),
        ),
        gap="Power loss is not simulated. Signed checkpoints and outside anchors come with the "
        "Merkle tree.",
    ),
    Promise(
        id="P8",
        wording="Not one byte of a secret, of baggage or of a user id is on the wire, in the log, "
        "in a trace, in a model request or in a View.",
        tests=(
            *of(
                SECRETS,
                "p8_the_run_really_used_them",
                "p8_no_secret_is_on_the_disk",
                "p8_the_log_holds_neither_secrets_nor_what_was_said",
                "p8_a_span_holds_neither_secrets_nor_what_was_said",
                "p8_no_server_gets_a_secret_baggage_or_a_name",
                "p8_a_model_gets_its_key_in_one_header_and_nothing_else",
                "p8_no_view_report_or_event_holds_a_secret",
                "p8_a_local_server_does_not_inherit_our_environment",
            ),
            *of(
                SIGN_IN_SECRETS,
                "p8_a_whole_sign_in_really_had_secrets",
                "p8_no_secret_of_a_sign_in_is_on_the_disk_in_the_log_or_in_an_event",
                "p8_no_secret_of_a_sign_in_is_in_a_log_line_or_a_span",
            ),
            *of(
                SPANS,
                "p8_nothing_ambient_is_picked_up",
                "p8_an_exception_leaves_its_type_and_never_its_message",
            ),
        ),
        gap="A key of DPoP and what signs a machine in are not part of the run that is searched.",
    ),
    Promise(
        id="P9",
        wording="No hostile input hangs the window, kills the process or kills an unrelated call.",
        tests=(
            *of(
                CALM,
                "p9_a_hostile_answer_costs_its_own_call_only",
                "p9_a_schema_that_never_ends_costs_its_own_call_only",
                "p9_a_call_that_is_never_answered_holds_up_no_other",
                "p9_a_server_that_never_introduces_itself_holds_up_no_other",
                "p9_a_template_that_is_too_large_costs_its_app_only",
                "p9_an_app_that_talks_nonsense_disturbs_nobody",
            ),
            *of(
                SCHEMAS,
                "p9_a_hostile_schema_costs_its_own_check_only",
                "p9_a_runaway_pattern_is_answered_at_once",
            ),
            *of(
                "tests/hostile/test_schemas.py",
                "p9_a_hostile_schema_ends_within_its_budget_while_the_loop_ticks",
                "p9_twenty_hostile_schemas_at_once_cost_each_its_own_check",
                "p9_the_memory_of_the_worker_stays_within_its_bound",
            ),
            *of(
                CONTAINMENT,
                "a_hung_renderer_is_killed_and_reported",
                "a_crashed_renderer_is_reported_and_other_views_live_on",
                "a_message_flood_is_throttled_then_ended",
                "memory_beyond_the_budget_is_not_given",
            ),
            *of(VIEW_TABLE, "p9_hostile_apps_are_stopped_and_the_window_goes_on"),
        ),
    ),
    Promise(
        id="P10",
        wording="After the kill switch the last byte leaves within a second (p99), with 20 busy "
        "Views.",
        tests=(
            *of(
                "tests/bench/test_kill_switch.py",
                "p10_the_last_byte_leaves_within_a_second_of_the_switch",
            ),
        ),
        gap="The 20 Views of the bench are the core's, fed by threads; 20 renderers, whose bytes "
        "go the same two ways, are not measured. An ordinary run makes two trials; twenty are made "
        "and judged where asked for (`MCPHOST_TEST_BENCH=judge`).",
    ),
    Promise(
        id="P11",
        wording="Policy decision p99 at most 1 ms; audit append p99 at most 10 ms; at least "
        "200,000 rows verified in a second.",
        tests=(
            *of("tests/bench/test_policy.py", "p11_a_policy_decision_takes_at_most_a_millisecond"),
            *of(
                AUDIT_BENCH,
                "p11_an_append_takes_at_most_10_ms_at_p99",
                "p11_at_least_200_000_rows_are_verified_in_a_processor_second",
            ),
        ),
        gap="Figures are judged only in a run that asks for it (`MCPHOST_TEST_BENCH=judge`): a "
        "busy machine must not fail CI.",
    ),
    Promise(
        id="P12",
        wording="Main-thread stall caused by the core at most 16 ms (p99), while a server streams "
        "and 10 Views are live.",
        tests=of(VIEW_TABLE, "p12_the_window_answers_while_a_server_streams_and_ten_apps_are_live"),
        gap="That the stream is heard and shown meanwhile is always judged; the figure itself is "
        "printed, and judged only where asked for (`MCPHOST_TEST_BENCH=judge`). On two cores with "
        "other work it was 30 ms, more than promised: a card takes some 15 ms to be laid out.",
    ),
    Promise(
        id="P13",
        wording="At most 1.0 prompts per task in a benign suite of at least 30 tasks, all "
        "completed.",
        tests=of(
            "tests/bench/test_p13_prompts.py",
            "p13_ordinary_work_needs_at_most_one_question_a_task",
        ),
    ),
    Promise(
        id="P14",
        wording="No unconsented exfiltration in at least 100 attack scenarios with a model that "
        "obeys every injected instruction.",
        tests=(
            *of(
                FLOW,
                "p14_no_injected_order_carries_anything_away_unconsented",
                "p14_without_the_flow_rules_most_of_the_same_attacks_succeed",
                "p14_what_an_app_is_told_is_tapped_as_well",
                "p14_what_is_usual_goes_on_and_only_crossing_servers_asks",
            ),
            *of(
                INJECTION,
                "an_instruction_on_the_shelf",
                "an_instruction_in_a_message_that_an_app_offers_is_only_a_draft",
                "an_instruction_in_an_apps_last_words",
                "an_instruction_in_a_result_or_an_error_of_a_tool",
                "instructions_in_a_tools_own_description",
                "a_grant_for_one_tool_is_none_for_another",
            ),
        ),
        gap="Among the ways in are no elicitations or retries, among the ways out no file that is "
        "saved, which stays on this computer. What a person says is not private to the gate.",
    ),
    Promise(
        id="P15",
        wording="No View fails, is blocked or times out without user and model being told, with "
        "the text fallback shown.",
        tests=of(
            VIEWS,
            "p15_a_view_in_trouble_is_said_on_its_card_beside_the_text",
            "p15_a_view_that_never_shakes_hands_is_said_on_its_card",
            "p15_an_app_that_nobody_reviewed_is_said_so_beside_the_text",
            "p15_a_call_that_fails_is_told_to_its_view",
            "p15_the_model_is_told_that_the_app_did_not_come_up",
        ),
    ),
)
