"""Questions that a server puts to a person."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ASKED,
    BROWSER,
    CORE,
    FORM_DIALOG,
    FORMS,
    GATE,
    HOSTILE_STDIO,
    LEGACY,
    LINEAGE,
    LINKS,
    MESSAGES,
    PROMISED_PATH,
    ROUNDS,
    SECRET_FIELDS,
    STAND_IN,
)
from tests.conformance.requirements.row import row

MODEL = "client/elicitation#user-interaction-model"
SAFE_URL = "client/elicitation#safe-url-handling"
FORM = "client/elicitation#form-mode-elicitation-requests"
SCHEMA = "client/elicitation#requested-schema"

ROWS = (
    row(
        84,
        "MUST",
        "A request that may be answered by a question says so.",
        "client/elicitation#capabilities",
        of(MESSAGES, "elicitation_is_declared_only_where_it_may_prompt"),
        of(ROUNDS, "the_capability_is_declared_only_in_a_gesture"),
    ),
    row(
        85,
        "MUST",
        "A question without a mode is a form.",
        "client/elicitation#elicitation-requests",
        of(FORMS, "a_missing_mode_means_a_form"),
    ),
    row(
        86,
        "MUST",
        "It is clear which server asks.",
        MODEL,
        of(FORM_DIALOG, "the_server_and_the_cause_are_named"),
    ),
    row(
        87,
        "MUST",
        "Declining and cancelling are in plain sight.",
        MODEL,
        of(FORM_DIALOG, "decline_sends_no_content", "escape_closing_and_cancel_cancel"),
    ),
    row(
        88,
        "MUST",
        "A person sees and may change what is sent.",
        MODEL,
        of(FORM_DIALOG, "what_will_be_sent_is_shown_and_is_what_is_sent"),
    ),
    row(
        89,
        "MUST",
        "The host of an address is shown, and agreed to, before it is opened.",
        MODEL,
        of(FORM_DIALOG, "a_url_is_agreed_to_only_by_its_button", "a_url_is_shown_whole"),
    ),
    row(
        90,
        "SHOULD",
        "A person knows what is asked and why, and can decline at any time.",
        MODEL,
        of(FORM_DIALOG, "the_server_and_the_cause_are_named", "decline_sends_no_content"),
    ),
    row(
        91,
        "SHOULD",
        "Defaults are filled in.",
        SCHEMA,
        of(FORM_DIALOG, "defaults_are_sent_as_they_were_prefilled"),
        of(STAND_IN, "it_gives_the_defaults_and_leaves_out_what_has_none"),
        scenarios=("2025-11-25/elicitation-sep1034-client-defaults",),
    ),
    row(
        92,
        "SHOULD",
        "Answers are checked against what was asked.",
        FORM,
        of(FORMS, "an_answer_is_held_to_its_field", "what_was_not_asked_is_not_answered"),
        of(ASKED, "a_form_that_is_not_filled_in_correctly_is_cancelled"),
    ),
    row(
        93,
        "MUST",
        "Accepting a form carries what was filled in, accepting an address carries nothing; "
        "declining and going away are two things.",
        "client/elicitation#response-actions",
        of(ROUNDS, "a_refusal_of_the_person_is_sent_as_an_answer"),
        of(
            ASKED,
            "a_decline_is_a_decline",
            "nobody_there_is_a_cancel",
            "an_accepted_url_is_opened_exactly",
        ),
    ),
    row(
        94,
        "MUST",
        "A form is flat: texts, numbers, yes or no, one or several of a list.",
        SCHEMA,
        of(
            FORMS,
            "the_kinds_of_fields",
            "choices_carry_their_titles",
            "a_multi_choice_keeps_its_default_and_bounds",
            "what_a_form_may_not_have_refuses_the_form",
        ),
    ),
    row(
        95,
        "MUST NOT",
        "Nothing is fetched from an address before a person agreed.",
        SAFE_URL,
        of(FORM_DIALOG, "a_url_is_agreed_to_only_by_its_button"),
        of(ASKED, "a_url_that_was_not_accepted_is_not_opened"),
    ),
    row(
        96,
        "MUST NOT",
        "No address is opened without consent.",
        SAFE_URL,
        of(ASKED, "a_url_that_was_not_accepted_is_not_opened"),
        of(ROUNDS, "a_url_is_opened_by_the_host_after_its_acceptance_is_on_record"),
    ),
    row(
        97,
        "MUST",
        "The whole address is shown before consent.",
        SAFE_URL,
        of(FORM_DIALOG, "a_url_is_shown_whole"),
    ),
    row(
        98,
        "MUST",
        "It is opened where neither host nor model can look.",
        SAFE_URL,
        of(BROWSER, "a_good_link_is_opened_as_it_is"),
        of(GATE, "a_payment_page_is_opened_by_the_host"),
    ),
    row(
        99,
        "SHOULD",
        "The host is made prominent, and a disguised one is warned about.",
        SAFE_URL,
        of(FORM_DIALOG, "a_disguised_host_is_warned_about"),
        of(LINKS, "a_homograph_shows_its_punycode"),
    ),
    row(
        100,
        "SHOULD NOT",
        "No address in a form can be clicked.",
        SAFE_URL,
        of(FORMS, "texts_are_made_visible"),
        of(FORM_DIALOG, "no_address_in_a_form_can_be_clicked"),
    ),
    row(
        101,
        "SHOULD",
        "After an address was opened a person can try again or give up.",
        "client/elicitation#url-mode-flow",
        of(FORM_DIALOG, "after_the_visit_a_person_continues_opens_it_again_or_gives_up"),
        of(ASKED, "after_an_address_was_opened_the_person_goes_on"),
        of(
            ASKED,
            "after_an_address_was_opened_the_person_opens_it_again_or_gives_up",
        ),
    ),
    row(
        102,
        "derived",
        "A question outside an answer to a request of the client's is not shown.",
        "SEP-2260",
        of(CORE, "a_question_nobody_caused_is_never_drawn_and_the_same_one_after_a_run_is"),
        of(HOSTILE_STDIO, "noise_and_uninvited_messages_change_nothing"),
        of(LEGACY, "a_question_nobody_may_answer_is_refused_and_leaves_a_row"),
        of(LINEAGE, "p3_no_question_is_drawn_that_no_person_caused"),
        of(PROMISED_PATH, "p3_a_server_that_always_asks_is_heard_only_after_a_gesture"),
    ),
    row(
        103,
        "SHOULD",
        "A form that asks for a secret is refused.",
        "client/elicitation#form-mode-security",
        of(
            FORMS, "a_refused_secret_says_which_word", "a_message_that_asks_for_a_secret_is_refused"
        ),
        of(SECRET_FIELDS, "a_secret_is_caught_by_name_title_and_description"),
        of(ROUNDS, "a_form_for_a_secret_is_refused_before_it_is_drawn"),
    ),
)
