"""Tools, resources, prompts, completion, pages and icons."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    BOUNDS,
    INJECTION,
    MODEL,
    MODERN,
    OFFER,
    PATH,
    TOOLS,
)
from tests.conformance.requirements.row import row

PROMPTS = "Prompts are under construction."
RESOURCES = "Only templates of Apps are read; resources are under construction."
COMPLETION = "Completion is under construction."
ICONS = "No icon is fetched or drawn."

ROWS = (
    row(
        104,
        "SHOULD",
        "Structured results are checked against what the tool promised; any JSON value may be one.",
        "server/tools#output-schema",
        of(
            PATH,
            "a_result_that_does_not_fit_its_schema_is_not_delivered",
            "a_promised_structure_that_is_missing_is_a_violation",
            "a_structure_may_be_any_value_and_null_is_not_none_at_all",
        ),
    ),
    row(
        105,
        "MUST / MUST NOT",
        "Schemas of tools are handled by the rules for schemas.",
        "basic/index#implementation-requirements",
        of(BOUNDS, "an_unknown_dialect_is_refused", "a_reference_to_elsewhere_is_refused"),
        of(PATH, "bad_arguments_are_refused_before_anybody_is_asked"),
        scenarios=("2026-07-28/json-schema-2020-12-preservation",),
    ),
    row(
        106,
        "SHOULD / MAY",
        "A model is told when a tool fails.",
        "server/tools#error-handling",
        of(PATH, "a_tool_error_is_delivered_as_one"),
        of(MODEL, "a_call_that_makes_no_sense_is_not_sent_and_the_model_is_told_why"),
    ),
    row(
        107,
        "SHOULD",
        "Tools of one name are told apart by the host's own name for their server.",
        "server/tools#tool-names",
        of(OFFER, "every_name_fits_every_api_and_is_its_own"),
    ),
    row(
        108,
        "SHOULD",
        "Names of tools are case-sensitive; odd ones are tolerated and shown safely.",
        "server/tools#tool-names",
        of(INJECTION, "odd_names_and_hidden_words_of_tools_reach_the_model_made_plain"),
        of("tests/unit/cli/test_commands.py", "a_tool_cannot_be_called_an_escape_sequence"),
    ),
    row(
        109,
        "SHOULD",
        "The title of a tool comes before that of its annotations, and both before its name.",
        "schema#tool",
        of(TOOLS, "titles_come_in_the_order_the_specification_gives"),
    ),
    row(
        110,
        "MAY",
        "A web resource may be fetched directly.",
        "server/resources#https",
        not_applicable="It never is: what an App or a server names is read through its server, "
        "where policy and log see it.",
    ),
    row(
        111,
        "guide",
        "A read may return several contents, and links may lead to what no list names.",
        "server/resources#reading-resources",
        gap=RESOURCES,
    ),
    row(
        112,
        "guide",
        "Annotations of content are hints.",
        "server/resources#annotations",
        gap=RESOURCES,
    ),
    row(
        113,
        "guide",
        "A person chooses a prompt; its content is the server's.",
        "server/prompts#user-interaction-model",
        gap=PROMPTS,
    ),
    row(
        114,
        "SHOULD",
        "Lists come in pages or whole; without a next cursor they end.",
        "server/utilities/pagination#implementation-guidelines",
        of(MODERN, "pages_are_followed_to_the_end_and_an_empty_cursor_is_a_cursor"),
        gap="Tested for tools only.",
    ),
    row(
        115,
        "MUST / MUST NOT",
        "A cursor goes back as it came; an empty one is a cursor; no page has a fixed size.",
        "server/utilities/pagination#implementation-guidelines",
        of(
            MODERN,
            "pages_are_followed_to_the_end_and_an_empty_cursor_is_a_cursor",
            "a_list_without_end_or_sense_is_refused",
        ),
    ),
    row(
        116,
        "SHOULD",
        "Completion waits for a pause, copes with missing answers and passes what is known.",
        "server/utilities/completion#implementation-considerations",
        gap=COMPLETION,
    ),
    row(
        117,
        "MUST",
        "Completion is checked, limited in rate and discloses nothing.",
        "server/utilities/completion#security",
        gap=COMPLETION,
    ),
    row(
        118,
        "MUST",
        "Icons come from safe places, without credentials, bounded, and are what they say.",
        "basic/index#icons",
        gap=ICONS,
    ),
    row(
        119,
        "MUST / SHOULD",
        "A client that draws icons draws PNG and JPEG.",
        "basic/index#icons",
        gap=ICONS,
    ),
)
