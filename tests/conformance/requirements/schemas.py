"""JSON Schema."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import BOUNDS, OFFER, PATH, POOL, TOOLS
from tests.conformance.requirements.row import row

RULES = "basic/index#implementation-requirements"
REFERENCES = "basic/index#ref-resolution"
KEPT = (
    "2025-11-25/json-schema-2020-12-preservation",
    "2026-07-28/json-schema-2020-12-preservation",
)

ROWS = (
    row(
        120,
        "MUST",
        "A schema that names no dialect is one of 2020-12.",
        "basic/index#schema-dialect",
        of(BOUNDS, "known_dialects_are_accepted"),
        of(POOL, "what_fits_passes"),
        gap="The public test suite of that dialect is not run yet.",
    ),
    row(
        121,
        "MUST",
        "A schema is checked by its own dialect; one that is not known is an error.",
        RULES,
        of(BOUNDS, "an_unknown_dialect_is_refused", "an_unknown_dialect_inside_is_refused"),
        of(POOL, "draft_07_keeps_its_own_rules"),
    ),
    row(
        122,
        "SHOULD",
        "The dialects that are supported are documented.",
        RULES,
        gap="Not documented yet.",
    ),
    row(
        123,
        "MUST NOT",
        "No reference is followed over a network.",
        REFERENCES,
        of(BOUNDS, "a_reference_to_elsewhere_is_refused"),
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
        of(BOUNDS, "a_reference_to_elsewhere_is_refused"),
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
    ),
)
