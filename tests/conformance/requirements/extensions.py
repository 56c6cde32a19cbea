"""Traces, extensions, tasks and what is deprecated."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    LEGACY,
    MESSAGES,
    PROMISED_SECRETS,
    ROUNDS,
    RULES,
    SPANS,
    TAP,
    WIRE_SCHEMA,
)
from tests.conformance.requirements.row import row

TASKS = "Tasks are under construction."

ROWS = (
    row(
        183,
        "MUST",
        "A trace that is passed on has the form of the W3C and no prefix.",
        "basic/index#_meta",
        of(
            MESSAGES,
            "trace_and_progress_travel_without_prefix",
            "a_malformed_traceparent_is_our_bug",
        ),
        of(SPANS, "the_traceparent_is_the_w3c_value_of_the_span", "the_trace_state_is_empty"),
        of(PROMISED_SECRETS, "p8_no_server_gets_a_secret_baggage_or_a_name"),
        of(TAP, "frames_carry_no_environment_and_no_baggage"),
        of(WIRE_SCHEMA, "a_frame_that_breaks_a_rule_is_found"),
    ),
    row(
        184,
        "MUST",
        "An extension is declared only where the host really handles it.",
        "extensions/overview#client-capabilities",
        of(MESSAGES, "every_request_declares_apps_and_nothing_it_cannot_do"),
    ),
    row(
        185,
        "MUST",
        "Who declares tasks accepts a result or a task, and only where a task may be.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(186, "MUST", "Requests about a task name it in a header.", "ext-tasks", gap=TASKS),
    row(
        187,
        "MUST NOT",
        "A task is cancelled by its own request, not by a notification.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(
        188,
        "SHOULD",
        "A task is asked after as often as its server wants, until it ends.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(
        189,
        "MUST",
        "A question of a task is trusted no more than any other.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(
        190,
        "SHOULD",
        "Each question of a task is answered once.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(
        191,
        "guide",
        "A task that is done has a result, one that failed has an error.",
        "ext-tasks",
        gap=TASKS,
    ),
    row(
        192,
        "SHOULD NOT",
        "What is deprecated is not taken up.",
        "deprecated#deprecated",
        of(MESSAGES, "every_request_declares_apps_and_nothing_it_cannot_do"),
        of(ROUNDS, "an_older_server_may_not_sample"),
        of(RULES, "an_older_server_gets_the_agreed_version_and_no_header_of_the_new_one"),
    ),
    row(
        193,
        "MUST / SHOULD",
        "Who agrees on something deprecated does it right.",
        "SEP-2577",
        of(LEGACY, "ping_is_answered_and_the_rest_is_not_offered"),
    ),
    row(
        194,
        "MUST",
        "Who samples keeps to limits and asks a person.",
        "client/sampling#security-considerations",
        not_applicable="Sampling is deprecated, never declared, and refused when it comes.",
    ),
    row(
        195,
        "MUST",
        "Who lists roots lists only what is permitted.",
        "client/roots#security-considerations",
        not_applicable="Roots are deprecated, never declared, and refused when they are asked for.",
    ),
)
