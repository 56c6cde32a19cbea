"""Subscriptions, progress, cancelling, time limits and log messages."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    CALL,
    EARS,
    HOSTILE_HTTP,
    HOSTILE_STDIO,
    MESSAGES,
    MODERN,
    NEWS,
    PROGRESS,
    SDK,
    SUBSCRIPTION,
)
from tests.conformance.requirements.row import row

CANCEL = "basic/patterns/cancellation#behavior-requirements"

ROWS = (
    row(
        137,
        "SHOULD",
        "What a server agreed to tell is compared with what was asked for.",
        "basic/patterns/subscriptions#acknowledgment",
        of(NEWS, "only_what_was_asked_for_is_granted_and_the_rest_is_known"),
        of(EARS, "what_is_not_granted_is_said"),
    ),
    row(
        138,
        "MAY",
        "Several subscriptions are told apart; one that ends unexpectedly is opened again.",
        "basic/patterns/subscriptions#multiple-concurrent-subscriptions",
        of(
            NEWS,
            "what_was_not_granted_or_names_another_subscription_is_ignored_and_counted",
        ),
        of(
            EARS,
            "a_lost_subscription_is_opened_again_and_what_was_missed_is_read_again",
            "another_wish_is_heard_before_the_old_one_is_given_up",
            "trying_comes_to_an_end_and_that_is_said",
        ),
    ),
    row(
        139,
        "MUST",
        "A progress token is text or an integer and belongs to one request in flight.",
        "basic/patterns/progress#progress-flow",
        of(MESSAGES, "trace_and_progress_travel_without_prefix"),
        of(MODERN, "progress_reaches_only_the_call_it_belongs_to"),
    ),
    row(
        140,
        "SHOULD",
        "Progress that is late, goes backwards or comes too fast is dropped.",
        "basic/patterns/progress#behavior-requirements",
        of(CALL, "progress_that_goes_backwards_or_is_none_is_dropped"),
        of(MODERN, "progress_reaches_only_the_call_it_belongs_to"),
        of(SDK, "progress_is_heard_in_order"),
        of(PROGRESS, "words_and_numbers_reach_the_card", "the_words_are_made_harmless"),
    ),
    row(
        141,
        "SHOULD",
        "Every request has a time limit, after which it is cancelled and no longer waited for.",
        "basic/patterns/cancellation#timeouts",
        of(HOSTILE_HTTP, "silence_ends_at_the_deadline_and_closes_the_stream"),
        of(
            CALL,
            "time_in_which_somebody_is_asked_does_not_count",
            "the_clock_goes_on_where_it_stood",
            "progress_begins_the_time_anew",
            "progress_cannot_keep_a_call_for_ever",
            "only_progress_that_was_asked_for_gives_time",
        ),
    ),
    row(
        142,
        "MUST",
        "Only requests of one's own that are thought to be in flight are cancelled.",
        CANCEL,
        of(HOSTILE_HTTP, "cancelling_closes_the_stream_and_says_nothing"),
        of(HOSTILE_STDIO, "a_late_answer_to_a_cancelled_call_is_ignored"),
    ),
    row(
        143,
        "SHOULD",
        "An answer that comes after the cancelling is ignored, and a person sees what happened.",
        CANCEL,
        of(HOSTILE_STDIO, "a_late_answer_to_a_cancelled_call_is_ignored"),
        of("tests/unit/gate/test_path.py", "cancelling_leaves_a_row_and_the_state"),
        of("tests/unit/ui/panes/test_chat.py", "a_waiting_run_can_be_stopped"),
    ),
    row(
        144,
        "derived",
        "A server can take back nothing but a subscription.",
        "basic/patterns/cancellation#cancellation-flow",
        of(
            SUBSCRIPTION,
            "a_subscription_that_is_lost_or_abused_ends_and_nothing_else_does",
            "a_server_takes_back_nothing_but_a_subscription",
        ),
    ),
    row(
        145,
        "SHOULD",
        "Log messages are limited and watched for secrets.",
        "server/utilities/logging#security",
        not_applicable="No request asks for log messages (deprecated), and one that comes all the "
        "same is dropped unread.",
    ),
)
