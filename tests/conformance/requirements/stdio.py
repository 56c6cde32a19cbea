"""Local servers: how they are spoken to, started and stopped."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ADD_SERVER,
    CONSENT_TEXT,
    ERAS,
    HOSTILE_STDIO,
    LINES,
    POLICY,
    PROCESS,
    PROMISED_SECRETS,
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
    ),
    row(
        64,
        "MUST",
        "Notifications of a subscription are told apart by its id.",
        "basic/transports/stdio#receiving-messages",
        gap="Subscriptions are under construction.",
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
        gap="Restarting by itself is under construction.",
    ),
    row(
        68,
        "MUST",
        "After a reconnect the subscription is opened again.",
        "basic/patterns/subscriptions#graceful-closure",
        gap="Subscriptions are under construction.",
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
        of(POLICY, "the_demo_server_starts_by_itself_but_not_for_an_app"),
        of(TAP, "a_refused_first_frame_means_no_connection_and_no_process"),
    ),
    row(
        72,
        "SHOULD",
        "Dangerous patterns of a command are pointed out.",
        LAUNCH,
        gap="Commands are shown exactly; nothing in them is pointed out.",
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
