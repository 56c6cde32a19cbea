"""Local servers: how they are spoken to, started and stopped."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ADD_SERVER,
    CONSENT_TEXT,
    DANGERS,
    EARS,
    ERAS,
    HOSTILE_STDIO,
    LAUNCH_CONSENT,
    LAUNCHING,
    LINES,
    NEWS,
    POLICY,
    PROCESS,
    PROMISED_SECRETS,
    RESTART,
    RESTARTS,
    SERVER_LOG,
    SUBSCRIPTION,
    TAP,
)
from tests.conformance.requirements.row import row

LAUNCH = "guides/tutorials/security/security_best_practices#local-mcp-server-compromise"

ROWS = (
    row(
        62,
        "MUST NOT",
        "Nothing but whole messages, each on a line of its own, is written to a local server.",
        "basic/transports/stdio#sending-messages",
        of(TAP, "a_local_server_receives_exactly_the_frames_that_were_seen"),
    ),
    row(
        63,
        "MAY / SHOULD NOT",
        "What a server writes to its error stream may be kept and is no failure by itself.",
        "basic/transports/stdio#receiving-messages",
        of(PROCESS, "the_last_words_are_bounded_and_sanitised"),
        of(SERVER_LOG, "the_newest_bytes_are_kept_and_never_more_than_the_limit"),
        of(RESTART, "the_log_of_a_server_outlives_the_run"),
    ),
    row(
        64,
        "MUST",
        "Notifications of a subscription are told apart by its id.",
        "basic/transports/stdio#receiving-messages",
        of(
            NEWS,
            "what_was_not_granted_or_names_another_subscription_is_ignored_and_counted",
        ),
        of(SUBSCRIPTION, "the_sdks_server_acknowledges_and_tells_what_changes"),
    ),
    row(
        65,
        "MUST",
        "Over stdio a request is cancelled by a notification.",
        "basic/patterns/cancellation#transport-specific-cancellation",
        of(HOSTILE_STDIO, "a_late_answer_to_a_cancelled_call_is_ignored"),
    ),
    row(
        66,
        "SHOULD",
        "A local server is asked to leave, then waited for, then made to.",
        "basic/transports/stdio#shutdown",
        of(
            HOSTILE_STDIO,
            "a_server_that_will_not_leave_is_made_to",
            "closing_ends_the_whole_tree",
        ),
        of(PROCESS, "a_server_that_ignores_everything_polite_is_killed"),
    ),
    row(
        67,
        "SHOULD",
        "A local server that died is started again; what was in flight is lost and said to be.",
        "basic/transports/stdio#unexpected-termination",
        of(HOSTILE_STDIO, "a_death_mid_call_fails_every_call_at_once_and_says_how"),
        of(
            RESTART,
            "a_server_that_dies_is_started_again_as_the_same_program",
            "a_program_that_changed_is_not_what_is_started_again",
        ),
        of(RESTARTS, "each_attempt_waits_longer_and_then_there_is_none"),
    ),
    row(
        68,
        "MUST",
        "After a reconnect the subscription is opened again.",
        "basic/patterns/subscriptions#graceful-closure",
        of(EARS, "a_lost_subscription_is_opened_again_and_what_was_missed_is_read_again"),
        of(
            "tests/e2e/test_core.py",
            "what_a_server_of_now_changes_is_noticed_and_a_changed_template_waits_for_review",
        ),
    ),
    row(
        69,
        "SHOULD NOT",
        "A local server gets its credentials from its environment, never by a sign-in.",
        "basic/index#auth",
        of(PROCESS, "the_environment_is_minimal"),
        of(PROMISED_SECRETS, "p8_a_local_server_does_not_inherit_our_environment"),
    ),
    row(
        70,
        "SHOULD",
        "Transports of one's own keep the framing and the patterns.",
        "basic/transports/index#custom-transports",
        not_applicable="The host has no transport of its own.",
    ),
    row(
        71,
        "MUST",
        "Before a command runs a person has seen it whole and agreed.",
        "SEP-1024",
        of(ADD_SERVER, "the_exact_arguments_are_shown_whole", "cancelling_drafts_nothing"),
        of(CONSENT_TEXT, "long_values_are_never_cut"),
        of(
            POLICY,
            "the_demo_server_starts_by_itself_but_not_for_an_app",
            "a_program_is_started_as_it_was_approved_or_asked_about",
            "a_program_nobody_approved_is_not_started_in_the_background",
        ),
        of(
            LAUNCH_CONSENT,
            "a_stored_program_is_asked_about_once_and_remembered_over_runs",
            "the_question_shows_the_whole_command_and_its_dangers",
            "a_changed_file_is_asked_about_again_and_the_change_is_said",
            "no_means_that_nothing_runs",
            "without_a_person_nothing_that_nobody_approved_runs",
            "a_reopened_host_starts_only_what_was_approved",
        ),
        of(LAUNCHING, "a_file_changed_after_it_was_hashed_is_not_started"),
        of(TAP, "a_refused_first_frame_means_no_connection_and_no_process"),
    ),
    row(
        72,
        "SHOULD",
        "Dangerous patterns of a command are pointed out.",
        LAUNCH,
        of(
            DANGERS,
            "a_dangerous_pattern_is_highlighted",
            "a_variable_that_loads_other_code_is_highlighted",
            "an_ordinary_command_still_gets_the_general_warning",
        ),
    ),
    row(
        73,
        "SHOULD",
        "A local server runs with as little as it needs.",
        LAUNCH,
        of(
            HOSTILE_STDIO,
            "the_environment_of_a_server_holds_nothing_of_ours",
            "closing_ends_the_whole_tree",
        ),
        of(LINES, "many_small_chunks_take_linear_time"),
        of(ERAS, "a_local_server_of_another_time_is_refused_with_a_reason"),
        gap="A local server has the rights of the person who started it; it is not sandboxed.",
    ),
)
