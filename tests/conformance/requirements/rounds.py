"""Requests of several rounds."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    CACHE,
    CACHING,
    GATE,
    HOSTILE_HTTP,
    MESSAGES,
    MODERN,
    ROUNDS,
    TASK_RESULTS,
)
from tests.conformance.requirements.row import row

CLIENT = "basic/patterns/mrtr#client-requirements-basic-workflow"
STATE = ("2026-07-28/sep-2322-client-request-state",)

ROWS = (
    row(
        74,
        "MUST",
        "What is asked is answered before the retry; a state alone may be sent back at once.",
        CLIENT,
        of(
            ROUNDS,
            "an_answer_goes_back_with_the_state_exactly_as_it_came",
            "a_state_alone_is_retried_without_asking_anybody",
            "a_server_that_only_wants_time_is_given_more_each_time",
        ),
        scenarios=STATE,
    ),
    row(
        75,
        "MUST / MUST NOT",
        "The state goes back exactly as it came, unread.",
        CLIENT,
        of(
            ROUNDS,
            "an_answer_goes_back_with_the_state_exactly_as_it_came",
            "a_state_is_echoed_code_point_by_code_point",
        ),
        of(
            TASK_RESULTS,
            "a_state_survives_the_wire_and_back_byte_for_byte",
            "a_state_that_no_text_can_carry_is_refused",
        ),
        of(MESSAGES, "input_requests_and_state_are_kept_exactly"),
        of(MODERN, "a_question_comes_back_as_a_result_and_the_answer_goes_as_parameters"),
        scenarios=STATE,
    ),
    row(
        76,
        "MUST NOT",
        "Without a state in the result there is none in the retry.",
        CLIENT,
        of(ROUNDS, "no_state_means_no_state_in_the_retry"),
        scenarios=STATE,
    ),
    row(
        77,
        "MUST",
        "The retry has an id of its own.",
        CLIENT,
        of(MODERN, "a_question_comes_back_as_a_result_and_the_answer_goes_as_parameters"),
        scenarios=STATE,
    ),
    row(
        78,
        "MUST NOT",
        "Questions and state of one request are never used for another.",
        CLIENT,
        of(
            ROUNDS,
            "only_the_latest_answers_are_sent",
            "two_calls_at_once_each_keep_their_own_questions_and_state",
            "answers_and_state_of_one_call_are_not_in_another",
            "two_calls_at_once_keep_their_answers_apart",
        ),
        scenarios=STATE,
    ),
    row(
        79,
        "MUST",
        "Every question has its answer under its own key.",
        "schema#inputresponses",
        of(ROUNDS, "questions_of_one_round_are_shown_one_at_a_time"),
    ),
    row(
        80,
        "derived",
        "Questions where none may be, without content, or of a kind not declared are invalid.",
        "basic/patterns/mrtr#supported-requests",
        of(HOSTILE_HTTP, "a_broken_answer_names_server_method_and_reason"),
        of(MESSAGES, "a_question_that_is_none_is_refused"),
        of(
            ROUNDS,
            "what_was_never_offered_is_refused",
            "a_question_that_nobody_caused_is_never_shown",
        ),
    ),
    row(
        81,
        "MAY",
        "The client may leave a question unanswered.",
        "basic/patterns/mrtr#basic-workflow",
        of(ROUNDS, "a_sixth_round_is_refused", "a_refusal_of_the_person_is_sent_as_an_answer"),
    ),
    row(
        82,
        "MUST NOT",
        "What came of answers or state is not cached.",
        "server/utilities/caching#cacheable-results",
        (
            *of(CACHE, "an_answer_after_a_question_is_not_kept"),
            *of(CACHING, "a_question_is_never_kept"),
        ),
    ),
    row(
        83,
        "guide",
        "A refused sampling or listing of roots need not be told.",
        "client/sampling#error-handling",
        of(ROUNDS, "what_was_never_offered_is_refused"),
        of(GATE, "a_template_that_asks_in_the_background_gets_no_question"),
    ),
)
