"""Published vulnerabilities of other hosts, SDKs and servers, and what holds each off here."""

from __future__ import annotations

from tests.hostile.peers.fault import (
    CHANGES,
    FLOW,
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

HOUSES = "tests/unit/servers/auth/test_hostile_houses.py"
REDIRECTS = "tests/contract/servers/test_redirects.py"
LINKS = "tests/unit/ui/bridge/test_links.py"
LABELS = "tests/unit/ui/widgets/test_plain_label.py"
MARKUP = "tests/unit/ui/widgets/test_markup.py"
WALK = "tests/unit/ui/panes/test_hostile_text.py"
JSONRPC = "tests/unit/protocol/test_jsonrpc.py"
METADATA = "tests/unit/protocol/test_oauth_metadata.py"
DOOR = "tests/unit/demo/test_transports.py"

PUBLISHED = (
    Fault(
        name="secret-to-a-named-house",
        seen=("CVE-2026-115563", "CVE-2026-104850"),
        fault="A server names its own authorization server and is sent secret, code and verifier.",
        tests=(
            *of(
                HOUSES,
                "a_programs_own_secret_is_not_sent_to_another_issuer_that_the_server_names",
                "the_page_of_one_house_gives_no_code_for_the_token_endpoint_of_another",
            ),
            *of(
                "tests/unit/servers/auth/test_desk.py",
                "nothing_of_one_authorization_server_is_used_at_another",
            ),
        ),
    ),
    Fault(
        name="redirect-carries-all",
        seen=("CVE-2026-116685", "CVE-2026-111769"),
        fault="A redirect to another origin takes headers and body along.",
        tests=(
            *of(REDIRECTS, "a_redirect_to_elsewhere_leads_nowhere"),
            *of("tests/unit/chat/test_adapters.py", "a_redirect_is_not_followed"),
            *of("tests/hostile/test_sign_in_addresses.py", "a_redirect_is_not_followed"),
            *of("tests/unit/telemetry/test_spans.py", "a_collector_cannot_redirect_the_spans"),
        ),
    ),
    Fault(
        name="session-taken-over",
        seen=("CVE-2026-52869", "CVE-2026-116684"),
        fault="A server takes a session id for proof of who calls, and any token for its own.",
        reason="A fault of servers. The host serves nobody: its demo server has no sessions and no "
        "sign-in, and answers this computer only (see no-auth-on-a-local-port).",
    ),
    Fault(
        name="address-runs-a-command",
        seen=("CVE-2025-6514", "CVE-2025-54074", "CVE-2025-54382"),
        fault="Connecting to a hostile server runs a command by the address of its sign-in page.",
        tests=(
            *of(METADATA, "an_address_that_is_not_plain_https_is_refused"),
            *of(LINKS, "a_bad_link_is_refused_and_nothing_opens"),
            *of(
                "tests/unit/gate/test_sign_in.py",
                "an_address_that_no_browser_should_get_is_not_opened",
            ),
        ),
    ),
    Fault(
        name="no-auth-on-a-local-port",
        seen=("CVE-2025-49596", "CVE-2026-23744"),
        fault="A local port without a password can start programs; one even for the whole network.",
        tests=(
            *of(
                HERE_BOUNDS,
                "open_port_a_running_core_answers_nobody_without_the_password_of_this_run",
                "open_port_one_that_listens_would_be_seen",
            ),
            *of(
                "tests/unit/egress/test_proxy.py",
                "without_the_credentials_of_this_run_nothing_passes",
            ),
        ),
    ),
    Fault(
        name="dns-rebinding",
        seen=("CVE-2026-42559", "CVE-2025-66416"),
        fault="A web page reaches a local port under a name of its own.",
        tests=(
            *of("tests/unit/protocol/test_callback.py", "anything_else_is_a_stray_visit"),
            *of(DOOR, "what_is_not_for_us_is_refused_at_the_door"),
            *of(
                "tests/unit/egress/test_proxy.py", "a_name_that_leads_home_is_refused_and_reported"
            ),
        ),
    ),
    Fault(
        name="mcpoison",
        seen=("CVE-2025-54136",),
        fault="A server is approved by its name, and its command is swapped later.",
        tests=(
            *of(HERE_BOUNDS, "mcpoison_a_command_swapped_under_an_approved_name_asks_again"),
            *of(LAUNCH, "a_changed_file_is_asked_about_again_and_the_change_is_said"),
            *of(
                "tests/unit/servers/test_launching.py",
                "every_part_of_a_command_changes_the_digest",
            ),
        ),
    ),
    Fault(
        name="curxecute",
        seen=("CVE-2025-54135",),
        fault="The model writes the host's own configuration, and what stands there starts.",
        tests=(
            *of(HERE_CALLS, "curxecute_an_app_cannot_change_what_servers_there_are"),
            *of("tests/unit/gate/test_exchange.py", "a_model_cannot_connect_servers"),
            *of(LAUNCH, "a_reopened_host_starts_only_what_was_approved"),
        ),
    ),
    Fault(
        name="deep-link",
        seen=("CVE-2025-54063", "CVE-2025-61929"),
        fault="One click on a link of the program's own scheme runs a command.",
        tests=of(HERE_BOUNDS, "deep_link_the_program_registers_no_scheme_and_opens_no_address"),
    ),
    Fault(
        name="chat-as-a-web-page",
        seen=(
            "CVE-2025-47777",
            "CVE-2025-68669",
            "CVE-2026-22792",
            "CVE-2026-32626",
            "CVE-2024-3166",
            "CVE-2026-23733",
        ),
        fault="Text of a conversation becomes script in a page that may do everything.",
        tests=(
            *of(MARKUP, "no_live_markup_survives", "the_label_loads_no_resource"),
            *of(LABELS, "markup_is_shown_as_it_was_written"),
            *of(WALK, "foreign_text_is_plain_and_visible_in_every_pane"),
        ),
    ),
    Fault(
        name="configuration-is-code",
        seen=("CVE-2026-22252", "CVE-2026-45018", "CVE-2026-30623", "CVE-2026-30615"),
        fault="A local server in a configuration is code that runs without a question.",
        tests=of(
            LAUNCH,
            "without_a_person_nothing_that_nobody_approved_runs",
            "the_question_shows_the_whole_command_and_its_dangers",
        ),
    ),
    Fault(
        name="placeholders-in-an-address",
        seen=("CVE-2026-32625",),
        fault="Placeholders in a server's address are filled in with secrets of the environment.",
        tests=of(HERE_BOUNDS, "placeholders_in_an_address_are_never_filled_in"),
    ),
    Fault(
        name="token-for-another-resource",
        seen=("CVE-2026-54030",),
        fault="A token is not bound to the resource that it was asked for.",
        tests=(
            *of(METADATA, "metadata_about_another_resource_is_refused"),
            *of(HOUSES, "a_resource_that_can_be_read_in_two_ways_covers_nothing"),
            *of(
                "tests/unit/servers/auth/test_credentials.py",
                "a_changed_address_of_the_server_does_not_take_the_token_along",
            ),
        ),
    ),
    Fault(
        name="file-name-that-climbs",
        seen=("CVE-2026-119979",),
        fault="The name of a file in a package or a download climbs out of its folder.",
        tests=(
            *of(HERE_CALLS, "download_an_app_has_no_way_of_its_own_to_write_a_file"),
            *of(
                "tests/unit/domain/test_file_names.py",
                "the_name_is_the_last_segment_made_fit",
                "whatever_it_was_it_is_fit_and_stays_as_it_is",
            ),
            *of(
                "tests/unit/storage/test_downloads.py",
                "a_name_that_is_not_fit_is_refused_here_too",
                "a_link_that_waits_there_is_not_followed",
            ),
            *of("tests/unit/storage/test_blobs.py", "only_digests_name_files"),
        ),
    ),
    Fault(
        name="names-without-case",
        seen=("CVE-2026-27896",),
        fault="Field names are matched whatever their case, and so pass by a filter.",
        tests=(
            *of(
                HERE_BOUNDS,
                "names_of_another_case_mean_nothing",
                "names_of_another_case_hide_no_tool_and_show_none",
            ),
            *of(JSONRPC, "a_malformed_message_is_refused"),
        ),
    ),
    Fault(
        name="answers-cross",
        seen=("CVE-2026-25536",),
        fault="The answer for one client reaches another over a shared connection.",
        tests=(
            *of(PROMISED_VIEWS, "p6_one_view_hears_nothing_of_anothers_messages_and_results"),
            *of(ROUNDS, "two_calls_at_once_keep_their_answers_apart"),
        ),
    ),
    Fault(
        name="calendar-runs-a-command",
        seen=("LayerX on Claude Desktop extensions",),
        fault="The text of a calendar entry leads to a local command, and nobody is asked.",
        tests=(
            *of(FLOW, "p14_no_injected_order_carries_anything_away_unconsented"),
            *of(INJECTION, "an_instruction_in_a_result_or_an_error_of_a_tool"),
            *of(HERE_CALLS, "handle_minted_by_one_server_is_not_given_to_another_without_consent"),
        ),
    ),
    Fault(
        name="postmark",
        seen=("postmark-mcp",),
        fault="Fifteen honest versions, and then one bad line that nobody is shown.",
        tests=(
            *of(PINS, "a_new_argument_comes_first_and_says_that_it_is_required"),
            *of(CHANGES, "a_change_in_the_middle_of_a_call_is_not_sent_again"),
        ),
    ),
    Fault(
        name="csp-smuggled",
        seen=("goose, tests for &#59",),
        fault="A declared domain carries a semicolon in disguise, and with it a directive.",
        tests=of(HERE_BOUNDS, "csp_smuggling_a_domain_carries_no_directive_however_it_is_spelled"),
    ),
)
