"""What people asked other hosts for and complained about: twenty-five public reports, in order."""

from __future__ import annotations

from tests.hostile.peers.fault import (
    ASK,
    CHANGES,
    CONSENT_TEXT,
    CORE,
    ENGINE,
    GRANTED,
    HERE_BOUNDS,
    HERE_CALLS,
    INJECTION,
    LAUNCH,
    PINS,
    PROMISED_VIEWS,
    ROUNDS,
    Fault,
    of,
)

ISOLATION = "tests/hostile/test_isolation.py"
FAIL_OPEN = "tests/hostile/test_fail_open.py"
CHAT = "tests/e2e/test_model_chat.py"
GRANTS_PAGE = "tests/unit/ui/panes/test_grants_and_pins.py"

REPORTED = (
    Fault(
        name="who-asked",
        seen=("goose#8014",),
        fault="The log does not say which App asked for what, by which method and when.",
        tests=of(HERE_CALLS, "who_asked_the_log_names_app_method_tool_and_time"),
    ),
    Fault(
        name="first-use-hash-only-warns",
        seen=("goose#10561",),
        fault="A changed template is drawn with a line on the console.",
        tests=of(
            PROMISED_VIEWS,
            "p5_a_template_that_changed_is_not_mounted_until_it_is_approved_again",
            "p5_bytes_that_changed_on_the_disk_are_not_mounted",
        ),
    ),
    Fault(
        name="app-skips-permissions",
        seen=("goose#11275",),
        fault="A call that an App begins passes by the permissions of tools.",
        tests=(
            *of(CORE, "a_click_in_a_view_walks_the_same_path_as_a_direct_call"),
            *of(GRANTED, "a_models_grant_does_not_cover_an_app_nor_the_reverse"),
        ),
    ),
    Fault(
        name="app-fed-before-approval",
        seen=("goose#6481",),
        fault="The App is shown and given the arguments before the call was approved.",
        tests=(
            *of(PROMISED_VIEWS, "p5_no_view_is_open_while_its_call_is_still_a_question"),
            *of(CORE, "no_view_is_opened_before_or_without_consent"),
        ),
    ),
    Fault(
        name="model-only-tool-from-app",
        seen=("codex#36599",),
        fault="An App calls a tool that is for models only.",
        tests=of(PROMISED_VIEWS, "p6_an_app_cannot_call_a_tool_that_is_not_for_apps"),
    ),
    Fault(
        name="arguments-not-shown-whole",
        seen=("codex#24823",),
        fault="The question shows only part of the arguments.",
        tests=(
            *of(CONSENT_TEXT, "long_values_are_never_cut", "the_exact_view_is_the_canonical_bytes"),
            *of(ASK, "an_unclassified_tool_asks_with_the_exact_bytes"),
        ),
    ),
    Fault(
        name="app-only-tool-from-model",
        seen=("mcp-context-forge#5079",),
        fault="Whoever says that it knows Apps gets the tools that are for Apps only.",
        tests=of(CHAT, "a_tool_for_apps_only_is_not_offered_and_naming_it_is_refused_on_the_log"),
    ),
    Fault(
        name="approved-by-itself",
        seen=("openwork#4992",),
        fault="Calls are approved without anybody.",
        tests=(
            *of(ASK, "everything_but_a_yes_sends_nothing"),
            *of(CORE, "with_nobody_to_ask_nothing_state_changing_leaves"),
        ),
    ),
    Fault(
        name="siblings-read-each-other",
        seen=("openwork#4829",),
        fault="One App reads the data of another.",
        tests=(
            *of(
                ISOLATION,
                "p6_six_views_of_two_servers_find_nothing_of_one_another",
                "p6_what_is_posted_to_one_view_is_heard_by_it_alone",
            ),
            *of(PROMISED_VIEWS, "p6_one_view_hears_nothing_of_anothers_messages_and_results"),
        ),
    ),
    Fault(
        name="origin-of-the-host",
        seen=("CopilotKit#6910", "CopilotKit#5329"),
        fault="The App runs in the host's own origin, with its cookies.",
        tests=of(
            FAIL_OPEN,
            "the_bridge_is_out_of_the_apps_reach",
            "two_views_of_one_server_share_no_storage",
            "another_apps_document_is_not_served",
        ),
    ),
    Fault(
        name="same-origin-only-warns",
        seen=("bayes-platform#801", "template-ui#148"),
        fault="Equal origins of App and host are a line on the console.",
        tests=(
            *of(ISOLATION, "p6_six_views_of_two_servers_find_nothing_of_one_another"),
            *of(
                "tests/unit/ui/sandbox/test_self_test.py", "after_a_failed_self_test_no_view_starts"
            ),
        ),
    ),
    Fault(
        name="no-storage-at-all",
        seen=("agentcore-public-stack#360",),
        fault="An App that touches localStorage when it starts breaks for want of an origin.",
        tests=of(ISOLATION, "p6_six_views_of_two_servers_find_nothing_of_one_another"),
    ),
    Fault(
        name="csp-of-its-own-choice",
        seen=("AgentHub#377",),
        fault="The App's server says itself whom the App may talk to, and is believed.",
        tests=(
            *of("tests/unit/policy/test_snapshot.py", "a_declaration_alone_gives_nothing"),
            *of("tests/hostile/test_network_matrix.py", "policy_interceptor_and_proxy_agree"),
        ),
    ),
    Fault(
        name="drawn-unreviewed",
        seen=("FLUJO#331",),
        fault="An App is drawn without anybody having agreed to it.",
        tests=of(CORE, "a_template_nobody_approved_is_not_drawn_but_the_text_is_there"),
    ),
    Fault(
        name="safeguard-looks-like-a-bug",
        seen=("claude-ai-mcp#1032",),
        fault="Approvals are gone after an update, and nobody says why.",
        tests=(
            *of(GRANTS_PAGE, "a_changed_tool_shows_kind_reason_and_both_texts_as_they_are"),
            *of(PINS, "any_change_suspends_the_tool_and_ends_its_grants"),
        ),
    ),
    Fault(
        name="always-is-forgotten",
        seen=("claude-code#24433", "claude-code#70316", "claude-code#95166"),
        fault="A lasting yes does not last, or cannot be given widely enough.",
        tests=(
            *of("tests/unit/consent/test_grants.py", "only_standing_grants_outlive_the_program"),
            *of(ENGINE, "the_example_for_one_server_widens_only_that_server"),
        ),
    ),
    Fault(
        name="consent-fatigue",
        seen=("ws4-secure-design-agentic-systems#25",),
        fault="So many questions that nobody reads them.",
        tests=(
            *of(
                "tests/bench/test_p13_prompts.py",
                "p13_ordinary_work_needs_at_most_one_question_a_task",
            ),
            *of(
                "tests/e2e/test_prompt_budget.py",
                "a_storm_of_questions_pauses_the_turn_with_one_line",
            ),
        ),
    ),
    Fault(
        name="no-app-and-no-error",
        seen=("claude-ai-mcp#61", "claude-ai-mcp#165", "claude-ai-mcp#729"),
        fault="The App never appears, and there is no error anywhere.",
        tests=of(
            PROMISED_VIEWS,
            "p15_a_view_in_trouble_is_said_on_its_card_beside_the_text",
            "p15_a_view_that_never_shakes_hands_is_said_on_its_card",
        ),
    ),
    Fault(
        name="model-told-it-was-shown",
        seen=("claude-code#95499",),
        fault="The App was blocked, and the model is told that it was shown.",
        tests=of(PROMISED_VIEWS, "p15_the_model_is_told_that_the_app_did_not_come_up"),
    ),
    Fault(
        name="rules-of-one-host",
        seen=("ext-apps#671",),
        fault="An App must follow unwritten rules of one host to work.",
        tests=of(
            "tests/hostile/test_official_sdk.py",
            "the_unmodified_sdk_completes_the_handshake_and_calls_a_tool",
        ),
    ),
    Fault(
        name="display-mode-changed-in-silence",
        seen=("claude-ai-mcp#60",),
        fault="An App that asks for another display mode gets inline and is told that it got it.",
        tests=of(HERE_CALLS, "display_mode_an_app_is_told_the_mode_that_it_really_has"),
    ),
    Fault(
        name="app-text-as-a-persons",
        seen=("goose#8044", "goose#6472", "modelcontextprotocol#3227"),
        fault="What an App or a server says reaches the model as if a person had said it.",
        tests=(
            *of(CORE, "what_an_app_says_becomes_a_draft_and_a_shelf_item_never_a_message"),
            *of(INJECTION, "an_instruction_on_the_shelf"),
            *of(HERE_CALLS, "server_instructions_never_reach_the_model"),
        ),
    ),
    Fault(
        name="tool-changes-unseen",
        seen=("vercel/ai#16902", "node9-proxy#81", "gridctl#287", "nika#657"),
        fault="A tool's definition changes, and calls go on.",
        tests=of(
            CHANGES,
            "a_changed_tool_is_not_called_until_somebody_has_looked",
            "a_change_while_the_program_was_closed_is_noticed",
        ),
    ),
    Fault(
        name="command-not-shown",
        seen=("FLUJO#98", "5ire#378"),
        fault="A program is installed or started without its exact command having been shown.",
        tests=of(
            LAUNCH,
            "the_question_shows_the_whole_command_and_its_dangers",
            "no_means_that_nothing_runs",
        ),
    ),
    Fault(
        name="who-wants-the-visit",
        seen=("modelcontextprotocol#2891", "modelcontextprotocol#887"),
        fault="An address to visit: unclear who asks, tried again in a race, fetched by the host.",
        tests=(
            *of(
                "tests/unit/ui/dialogs/test_elicitation.py",
                "the_server_and_the_cause_are_named",
                "a_url_is_agreed_to_only_by_its_button",
            ),
            *of(
                ROUNDS,
                "after_visits_the_call_is_sent_again_when_the_person_says_that_they_are_done",
            ),
            *of(HERE_BOUNDS, "visit_the_host_itself_never_fetches_the_address"),
        ),
    ),
)
