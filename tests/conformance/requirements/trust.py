"""Trust and consent: every way, also the one from an App."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ASK,
    CONSENT_DIALOG,
    CONSENT_TEXT,
    CORE,
    CSP,
    EFFECTS,
    FORMS,
    GATE,
    GATE_OFFERS,
    INJECTION,
    LINKS,
    LISTS,
    MODEL,
    OFFER_HOST,
    OFFERS,
    OPENING_LINKS,
    PATH,
    POLICY,
    PROMISED_PATH,
    PROMISED_VIEWS,
    SANDBOX,
)
from tests.conformance.requirements.row import row

ROWS = (
    row(
        20,
        "MUST",
        "A person agrees before what is theirs goes to a server, or from one server to another.",
        "index#key-principles",
        of(PROMISED_PATH, "p2_without_a_clear_yes_to_it_no_call_reaches_a_server"),
        of(INJECTION, "a_yes_to_one_call_is_no_yes_to_the_same_tool_with_other_arguments"),
    ),
    row(
        21,
        "MUST",
        "A person agrees to a tool being called and can know what it does.",
        "index#key-principles",
        of(ASK, "an_unclassified_tool_asks_with_the_exact_bytes"),
        of(PROMISED_PATH, "p2_what_arrives_is_what_was_shown"),
    ),
    row(
        22,
        "SHOULD",
        "Consent, access and privacy are built in and documented.",
        "index#implementation-guidelines",
        of(POLICY, "an_empty_policy_permits_nothing"),
        of("tests/docs/test_help.py", "every_error_has_a_heading"),
    ),
    row(
        23,
        "SHOULD",
        "A person can deny each call, sees which tools a model has, and sees a call happen.",
        "server/tools#user-interaction-model",
        of(ASK, "everything_but_a_yes_sends_nothing"),
        of(MODEL, "a_write_tool_is_asked_about_once_with_its_exact_arguments"),
        of("tests/unit/ui/panes/test_chat.py", "a_card_follows_its_run_in_place"),
    ),
    row(
        24,
        "MUST",
        "Annotations of a tool are hearsay: they never make a call easier.",
        "server/tools#data-types",
        of(
            EFFECTS,
            "annotations_raise_a_class_and_never_lower_it",
            "what_nobody_judged_is_unknown_whatever_the_server_says",
        ),
    ),
    row(
        25,
        "SHOULD",
        "Inputs are shown before they leave, results checked before they are used, calls limited "
        "in time and written down.",
        "server/tools#security-considerations",
        of(CONSENT_TEXT, "the_exact_view_is_the_canonical_bytes"),
        of(
            PATH,
            "a_result_that_does_not_fit_its_schema_is_not_delivered",
            "the_rows_join_decision_frame_and_result",
        ),
    ),
    row(
        26,
        "guide",
        "A call by an App is authorised like any other; a yes to the App is no yes to its calls.",
        "guides/develop/clients/client-best-practices#security-considerations",
        of(CORE, "a_click_in_a_view_walks_the_same_path_as_a_direct_call"),
        of(
            PROMISED_VIEWS,
            "p6_an_app_reaches_only_its_own_servers_tools",
            "p6_an_app_cannot_call_a_tool_that_is_not_for_apps",
        ),
    ),
    row(
        27,
        "guide",
        "What an App and the host say to each other can be recorded; templates are reviewed first.",
        "SEP-1865",
        of("tests/unit/views/test_record.py", "every_message_is_listed_under_its_method"),
        of(CORE, "a_template_nobody_approved_is_not_drawn_but_the_text_is_there"),
    ),
    row(
        28,
        "MUST",
        "What goes into a prompt and what comes out of it is checked.",
        "server/prompts#security",
        (
            *of(
                OFFERS,
                "a_prompt_that_breaks_the_rules_is_refused_whole",
                "the_messages_of_a_prompt_are_sanitised_and_their_roles_told",
                "what_is_no_prompt_is_refused",
            ),
            *of(
                GATE_OFFERS,
                "neither_a_model_nor_an_app_gets_a_prompt_or_suggestions",
                "what_is_no_prompt_is_a_failure_and_not_delivered",
            ),
        ),
    ),
    row(
        29,
        "SHOULD",
        "A view of web content has a policy for what it loads and cannot start processes.",
        "guides/tutorials/security/security_best_practices"
        "#stdio-transport-security-in-proxy-scenarios",
        of(
            CSP,
            "without_grants_an_app_reaches_nothing",
            "eval_and_wasm_are_allowed_only_when_granted_and_apart",
        ),
        of(SANDBOX, "the_renderer_is_filtered_by_seccomp", "the_renderer_has_no_capability"),
        of(POLICY, "the_demo_server_starts_by_itself_but_not_for_an_app"),
    ),
    row(
        30,
        "SHOULD",
        "What a server did not offer is not asked of it.",
        "server/prompts#capabilities",
        of(
            LISTS,
            "what_is_not_advertised_is_not_asked_for",
            "resources_that_are_not_advertised_are_not_listed_for_templates_either",
            "tools_that_are_not_advertised_are_not_asked_for",
            "a_list_that_is_advertised_but_not_known_is_empty",
        ),
        of(OFFER_HOST, "what_a_server_does_not_offer_is_refused_before_anything_is_sent"),
    ),
    row(
        31,
        "MUST",
        "Addresses from servers are parsed strictly, and doubtful ones refused.",
        "guides/tutorials/security/security_best_practices#oauth-authorization-url-validation",
        of(LINKS, "names_that_are_none_are_refused", "a_link_is_kept_exact"),
        of(OPENING_LINKS, "only_web_links_are_even_asked_about", "a_denied_link_is_not_opened"),
        of(FORMS, "a_dubious_url_is_refused"),
        of(ASK, "a_dubious_link_is_never_opened_nor_asked_about"),
        of(GATE, "a_payment_page_is_opened_by_the_host"),
        of(CONSENT_DIALOG, "every_label_is_plain_text"),
    ),
)
