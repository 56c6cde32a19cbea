"""Tools, resources, prompts, completion, pages and icons."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    BOUNDS,
    GATE_OFFERS,
    INJECTION,
    LISTS,
    MODEL,
    MODERN,
    OFFER,
    OFFER_HOST,
    OFFER_WINDOW,
    OFFERS,
    PATH,
    POLICY,
    TOOLS,
)
from tests.conformance.requirements.row import row

NO_ICONS = (
    "Nothing draws an icon: of what a server says of icons nothing is read, fetched or decoded, so "
    "no picture of a stranger's reaches a decoder."
)

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
        of(
            "tests/e2e/test_structures.py",
            "a_promised_structure_of_any_kind_is_checked_and_delivered",
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
        of(OFFERS, "without_a_title_the_name_is_shown"),
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
        of(OFFERS, "reading_may_give_several_contents_and_the_bytes_are_only_measured"),
        of(OFFER_WINDOW, "what_a_result_points_to_is_read_of_its_own_server_and_shown"),
    ),
    row(
        112,
        "guide",
        "Annotations of content are hints.",
        "server/resources#annotations",
        of(OFFERS, "annotations_decide_nothing"),
    ),
    row(
        113,
        "guide",
        "A person chooses a prompt; its content is the server's.",
        "server/prompts#user-interaction-model",
        of(POLICY, "only_a_person_who_is_there_chooses_prompts_whatever_a_file_permits"),
        of(GATE_OFFERS, "neither_a_model_nor_an_app_gets_a_prompt_or_suggestions"),
        of(OFFER_WINDOW, "a_prompt_is_seen_before_it_joins_the_message_and_is_marked"),
    ),
    row(
        114,
        "SHOULD",
        "Lists come in pages or whole; without a next cursor they end.",
        "server/utilities/pagination#implementation-guidelines",
        of(MODERN, "pages_are_followed_to_the_end_and_an_empty_cursor_is_a_cursor"),
        of(
            LISTS,
            "pages_are_followed_by_their_opaque_cursors_and_an_empty_one_is_a_cursor",
            "a_list_of_one_page_ends_without_a_cursor",
            "pages_without_an_end_are_an_error",
        ),
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
        of(LISTS, "a_cursor_that_leads_nowhere_is_an_error_that_names_the_server"),
    ),
    row(
        116,
        "SHOULD",
        "Completion waits for a pause, copes with missing answers and passes what is known.",
        "server/utilities/completion#implementation-considerations",
        of(OFFER_WINDOW, "suggestions_are_asked_for_once_after_a_pause_in_typing"),
        of(OFFERS, "the_values_given_so_far_go_with_a_request_for_suggestions"),
    ),
    row(
        117,
        "MUST",
        "Completion is checked, limited in rate and discloses nothing.",
        "server/utilities/completion#security",
        of(OFFERS, "a_suggestion_that_is_not_what_it_shows_is_left_out_and_counted"),
        of(OFFERS, "what_is_no_suggestion_is_refused"),
        of(OFFER_HOST, "suggestions_are_rationed"),
        of(GATE_OFFERS, "nothing_is_completed_in_the_background"),
    ),
    row(
        118,
        "MUST",
        "Icons come from safe places, without credentials, bounded, and are what they say.",
        "basic/index#icons",
        not_applicable=NO_ICONS,
    ),
    row(
        119,
        "MUST / SHOULD",
        "A client that draws icons draws PNG and JPEG.",
        "basic/index#icons",
        not_applicable=NO_ICONS,
    ),
)
