"""Servers of 2025-11-25 and before. The era itself is in `versions`."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ADMISSION,
    BOOKMARK,
    ERAS,
    HOSTILE_STDIO,
    LEGACY,
    OWN_STREAM,
    ROUNDS,
    RULES,
    SESSIONS,
    TAP,
)
from tests.conformance.requirements.row import row

LIFE = "2025-11-25/basic/lifecycle#initialization"
SESSION = "2025-11-25/basic/transports#session-management"
ELICITATION = "2025-11-25/client/elicitation"

ROWS = (
    row(
        "LEG-01",
        "MUST",
        "A server is old when nothing about its answer is modern; a sign-in or a fault says "
        "nothing about its era.",
        "basic/versioning#backward-compatibility-with-initialization-based-versions",
        of(
            ERAS,
            "every_old_local_server_is_found_out",
            "an_old_local_server_that_does_not_answer_in_time_is_found_out",
            "every_refusal_of_an_old_http_server_leads_to_the_handshake",
            "what_says_nothing_about_the_era_is_raised",
        ),
    ),
    row(
        "LEG-02",
        "derived",
        "A server that lists only older versions gets the handshake with one of them.",
        "basic/versioning#backward-compatibility-with-initialization-based-versions",
        of(ERAS, "a_refused_version_is_tried_again_with_one_in_common"),
    ),
    row(
        "LEG-03",
        "MUST",
        "Nothing but a ping is sent before the handshake is answered, and its end is told.",
        LIFE,
        of(ERAS, "every_old_local_server_is_found_out"),
        scenarios=("2025-11-25/initialize",),
    ),
    row(
        "LEG-04",
        "SHOULD",
        "A version the client does not know ends the connection.",
        "2025-11-25/basic/lifecycle#version-negotiation",
        of(
            ERAS,
            "older_revisions_are_accepted_as_a_counter_offer",
            "a_revision_that_is_too_old_is_refused",
        ),
    ),
    row(
        "LEG-05",
        "MUST NOT",
        "The handshake is never cancelled.",
        "2025-11-25/basic/utilities/cancellation#behavior-requirements",
        of(RULES, "a_handshake_is_given_up_without_a_word"),
        of(SESSIONS, "a_handshake_that_takes_too_long_is_not_cancelled"),
    ),
    row(
        "LEG-06",
        "MUST",
        "The session's id goes with every later request and is kept secret.",
        SESSION,
        of(TAP, "the_session_id_is_sent_but_never_shown"),
        of(SESSIONS, "a_session_id_that_is_not_visible_ascii_is_refused"),
    ),
    row(
        "LEG-07",
        "MUST",
        "A session the server no longer knows is opened anew.",
        SESSION,
        of(LEGACY, "a_forgotten_session_is_opened_again_and_the_call_sent_once_more"),
        of(OWN_STREAM, "a_forgotten_session_takes_its_stream_with_it"),
    ),
    row(
        "LEG-08",
        "SHOULD",
        "A session that is no longer needed is ended.",
        SESSION,
        of(RULES, "an_older_server_gets_the_agreed_version_and_no_header_of_the_new_one"),
        of(TAP, "the_session_id_is_sent_but_never_shown"),
        of(TAP, "after_close_nothing_more_is_sent"),
        of(
            SESSIONS,
            "a_session_is_ended_when_it_is_no_longer_needed",
            "a_server_without_sessions_gets_no_farewell",
        ),
    ),
    row(
        "LEG-09",
        "MUST",
        "After the handshake a header names the agreed version, and no header of the new "
        "revision is sent.",
        "2025-11-25/basic/transports#protocol-version-header",
        of(RULES, "an_older_server_gets_the_agreed_version_and_no_header_of_the_new_one"),
        of(
            SESSIONS,
            "every_request_after_the_handshake_names_version_and_session_and_nothing_newer",
        ),
    ),
    row(
        "LEG-10",
        "MAY",
        "What the server says outside of all requests is heard where it has such a stream.",
        "2025-11-25/basic/transports#listening-for-messages-from-the-server",
        of(
            OWN_STREAM,
            "a_question_by_the_own_stream_reaches_the_one_call_that_accepts_input",
            "a_server_without_a_stream_of_its_own_is_asked_once",
        ),
    ),
    row(
        "LEG-11",
        "MUST",
        "A broken stream is taken up where it ended, after the time the server asked for.",
        "2025-11-25/basic/transports#resumability-and-redelivery",
        of(LEGACY, "a_broken_stream_is_picked_up_where_it_ended"),
        of(BOOKMARK, "the_last_id_and_the_wait_are_the_servers"),
        scenarios=("2025-11-25/sse-retry",),
    ),
    row(
        "LEG-12",
        "SHOULD NOT",
        "Hanging up is not cancelling; cancelling is said.",
        "2025-11-25/basic/transports#sending-messages-to-the-server",
        of(LEGACY, "cancelling_is_said_because_hanging_up_is_not_cancelling"),
    ),
    row(
        "LEG-13",
        "MUST",
        "Batches are read from servers of 2025-03-26, and only from them.",
        "2025-03-26/basic/transports#sending-messages-to-the-server",
        of(LEGACY, "batches_are_read_only_from_the_revision_that_has_them"),
    ),
    row(
        "LEG-14",
        "guide",
        "HTTP+SSE is recognised and refused with what to do.",
        "basic/transports/streamable-http#httpsse-transport-2024-11-05",
        of(
            ERAS,
            "http_sse_servers_are_told_from_the_rest",
            "what_is_neither_is_not_called_an_http_sse_server",
        ),
    ),
    row(
        "LEG-15",
        "MUST",
        "A ping is answered.",
        "2025-11-25/basic/utilities/ping#behavior-requirements",
        of(LEGACY, "ping_is_answered_and_the_rest_is_not_offered"),
    ),
    row(
        "LEG-16",
        "MUST",
        "What was not declared is refused with the code for it.",
        "2025-11-25/client/elicitation#error-handling",
        of(LEGACY, "ping_is_answered_and_the_rest_is_not_offered"),
        of(ROUNDS, "an_older_server_may_not_sample"),
    ),
    row(
        "LEG-17",
        "SHOULD",
        "A question belongs to a request in flight that a person started, or is refused and "
        "logged.",
        "SEP-2260",
        of(
            LEGACY,
            "a_question_reaches_the_one_call_that_accepts_input",
            "a_question_nobody_may_answer_is_refused_and_leaves_a_row",
            "a_question_two_calls_could_have_caused_is_refused",
            "over_http_a_question_belongs_to_the_stream_it_came_by",
        ),
        of(OWN_STREAM, "a_question_after_the_call_has_ended_is_refused"),
    ),
    row(
        "LEG-18",
        "SHOULD",
        "Questions are limited in rate.",
        ELICITATION,
        of(HOSTILE_STDIO, "a_flood_of_questions_is_answered_and_recorded_only_so_often"),
    ),
    row(
        "LEG-19",
        "MUST",
        "The news that an address was dealt with opens nothing, and is ignored when unknown.",
        "2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation",
        of(RULES, "news_of_an_address_that_was_dealt_with_changes_nothing"),
        of(LEGACY, "the_news_that_an_address_was_dealt_with_means_nothing"),
    ),
    row(
        "LEG-20",
        "guide",
        "A person's time does not count against the request that waits for it.",
        "SEP-2260",
        of(LEGACY, "a_person_takes_their_time_and_the_deadline_waits"),
    ),
    row(
        "LEG-21",
        "MAY",
        "The tasks of 2025-11-25 may be used.",
        "2025-11-25/basic/utilities/tasks#capabilities",
        not_applicable="They were experimental and are gone; only the extension is spoken.",
    ),
    row(
        "LEG-22",
        "guide",
        "The rules for signing in of 2026-07-28 hold for older servers too.",
        "2025-11-25/basic/authorization#authorization-flow-steps",
        of(ADMISSION, "an_old_servers_stream_and_goodbye_carry_the_token_too"),
        scenarios=("2025-11-25/auth/basic-cimd", "2025-11-25/auth/scope-step-up"),
    ),
)
