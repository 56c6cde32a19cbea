"""JSON Schema."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    BOUNDS,
    HOSTILE_SCHEMAS,
    OFFER,
    PATH,
    POOL,
    SCHEMA_HELP,
    SCHEMA_SUITE,
    TOOLS,
)
from tests.conformance.requirements.row import row

RULES = "basic/index#implementation-requirements"
REFERENCES = "basic/index#ref-resolution"
KEPT = (
    "2025-11-25/json-schema-2020-12-preservation",
    "2026-07-28/json-schema-2020-12-preservation",
)
SUITE = of(SCHEMA_SUITE, "every_required_case_is_answered_as_the_suite_says")
HOSTILE = of(HOSTILE_SCHEMAS, "p9_a_hostile_schema_ends_within_its_budget_while_the_loop_ticks")

ROWS = (
    row(
        120,
        "MUST",
        "A schema that names no dialect is one of 2020-12.",
        "basic/index#schema-dialect",
        of(BOUNDS, "known_dialects_are_accepted"),
        of(POOL, "what_fits_passes"),
        SUITE,
    ),
    row(
        121,
        "MUST",
        "A schema is checked by its own dialect; one that is not known is an error.",
        RULES,
        of(BOUNDS, "an_unknown_dialect_is_refused", "an_unknown_dialect_inside_is_refused"),
        of(POOL, "draft_07_keeps_its_own_rules"),
        of(
            "tests/unit/schemas/test_dialects.py",
            "a_schema_is_checked_by_the_dialect_it_brings_along",
            "a_dialect_that_is_not_wholly_brought_along_is_refused",
        ),
        SUITE,
    ),
    row(
        122,
        "SHOULD",
        "The dialects that are supported are documented.",
        RULES,
        of(SCHEMA_HELP, "every_dialect_that_is_checked_is_documented"),
        of("tests/docs/test_conformance_page.py", "the_dialects_are_those_that_are_checked"),
    ),
    row(
        123,
        "MUST NOT",
        "No reference is followed over a network.",
        REFERENCES,
        of(BOUNDS, "a_reference_to_elsewhere_is_refused"),
        HOSTILE,
        scenarios=("2026-07-28/json-schema-ref-no-deref",),
    ),
    row(
        124,
        "MAY / MUST",
        "Whoever follows references elsewhere does so only when told to, and within limits.",
        REFERENCES,
        not_applicable="They are never followed; number 123 is the rule.",
    ),
    row(
        125,
        "SHOULD",
        "A schema with a reference that leads elsewhere is refused, never taken as permissive.",
        REFERENCES,
        of(
            BOUNDS,
            "a_reference_to_elsewhere_is_refused",
            "a_name_that_the_schema_does_not_give_leads_outside",
        ),
        HOSTILE,
    ),
    row(
        126,
        "SHOULD",
        "Depth, number of subschemas and time are bounded.",
        "basic/index#composition-keyword-resource-use",
        of(
            BOUNDS,
            "the_deepest_schema_is_accepted_and_one_level_more_is_not",
            "too_many_subschemas_are_refused",
            "too_many_bytes_are_refused",
        ),
        of(
            POOL,
            "p9_a_hostile_schema_costs_its_own_check_only",
            "the_budget_is_processor_time_and_named_in_the_refusal",
        ),
        HOSTILE,
        of(HOSTILE_SCHEMAS, "p9_twenty_hostile_schemas_at_once_cost_each_its_own_check"),
    ),
    row(
        127,
        "MUST",
        "The schema of a tool's input is of type object and is passed on with all its words.",
        "server/tools#tool",
        of(TOOLS, "a_definition_that_breaks_the_rules_is_refused"),
        of(TOOLS, "words_are_sanitised_and_the_definition_kept_as_it_came"),
        of(OFFER, "hidden_words_are_spelled_out_and_values_stay_exact"),
        scenarios=KEPT,
    ),
    row(
        128,
        "MUST",
        "Inputs and outputs are checked against the declared schemas.",
        "SEP-2106",
        of(
            PATH,
            "bad_arguments_are_refused_before_anybody_is_asked",
            "a_result_that_does_not_fit_its_schema_is_not_delivered",
        ),
        SUITE,
    ),
)
