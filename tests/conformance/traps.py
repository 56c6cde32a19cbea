"""What published servers and their Views do that trips hosts up, and the tests that set each trap.

Found by running published servers and Apps against a reference host. Every test that stands here
exists: `test_traps.py` checks it.
"""

from __future__ import annotations

from tests.conformance.collected import of

VIEWS = "tests/e2e/test_app_traps.py"
SERVERS = "tests/e2e/test_server_traps.py"
REAL = "tests/e2e/test_render_apps.py"
CORE = "tests/e2e/test_core.py"
GRANTED = "tests/e2e/test_render_grants.py"
META = "tests/unit/templates/test_meta.py"

TOOLS = "tests/unit/protocol/test_tools.py"
SIZES = "tests/contract/servers/test_message_size.py"
GRANTS = "tests/hostile/test_app_grants.py"
PROMISED = "tests/hostile/test_promised_views.py"

TRAPS: dict[str, tuple[str, ...]] = {
    "metadata stands on the content item alone, or on both with another meaning": of(
        META,
        "the_content_item_replaces_the_listing_whole",
        "equal_declarations_are_no_conflict",
        "the_listing_counts_when_the_content_says_nothing",
    ),
    "the link is flat, nested or both": of(
        TOOLS, "the_nested_template_link_wins_over_the_flat_one"
    ),
    "the link is empty": (
        *of(TOOLS, "a_link_that_is_no_template_is_said"),
        *of(SERVERS, "a_tool_whose_link_is_no_template_is_a_tool_with_text"),
    ),
    "the template is not listed": of(
        SERVERS, "a_template_that_no_list_names_is_fetched_all_the_same"
    ),
    "the template is Base64": of(SERVERS, "a_template_in_base64_is_read_as_utf_8"),
    "one document stands under one address for each tool": of(
        SERVERS, "one_document_under_many_addresses_is_kept_once"
    ),
    "one line of stdio is 7 MB": (
        *of(REAL, "the_app_is_drawn"),
        *of(SIZES, "a_message_of_17_mib_is_refused_unless_the_server_may_send_it"),
    ),
    "an App needs 'unsafe-eval' and WebGL and declares nothing": of(
        GRANTED,
        "the_official_three_js_app_says_what_it_lacks",
        "the_official_three_js_app_draws_with_its_grants",
    ),
    "an App packs a program into an address of its own, of data or a blob": (
        *of(GRANTS, "a_script_that_an_app_packed_into_an_address_runs_only_with_its_grant"),
        *of(
            GRANTED,
            "the_official_pdf_app_says_that_it_packs_its_program_into_an_address",
            "the_official_pdf_app_shows_a_page_with_its_grant",
        ),
    ),
    "an App starts a worker out of a blob": of(VIEWS, "a_worker_out_of_a_blob_runs"),
    "every View SDK asks once whether eval is possible": (
        *of(GRANTS, "asking_whether_eval_is_possible_is_no_want_and_using_it_is"),
        *of(
            "tests/e2e/test_view_sdks.py",
            "a_view_sdk_does_all_that_an_app_may_do_and_both_ends_agree",
        ),
    ),
    "a View as high as its frame grows when the host adds to what it reports": of(
        VIEWS, "a_view_as_tall_as_its_frame_does_not_grow"
    ),
    "a View answers its teardown with -32601": of(
        VIEWS, "a_view_without_a_handler_for_its_end_is_done_and_has_not_failed"
    ),
    "a View never initialises and draws its own error": (
        *of(VIEWS, "a_view_that_never_shakes_hands_is_said_so_and_stays_on_the_screen"),
        *of(CORE, "an_app_that_never_initialises_is_said_so_in_place"),
    ),
    "a View draws from the input and not from the result": of(
        SERVERS, "an_app_hears_every_argument_of_its_call_also_those_nobody_typed"
    ),
    "a View calls a tool that is not listed": (
        *of(CORE, "a_view_cannot_call_a_tool_that_is_not_there"),
        *of(SERVERS, "an_app_may_call_the_tools_for_apps_with_a_template_or_without"),
    ),
    "tools for Apps alone come with a template and without; entry tools are not for Apps": (
        *of(SERVERS, "an_app_may_call_the_tools_for_apps_with_a_template_or_without"),
        *of(PROMISED, "p6_an_app_cannot_call_a_tool_that_is_not_for_apps"),
    ),
    "a View keeps a call open and takes it back": of(
        VIEWS, "a_call_that_a_view_holds_open_ends_when_the_view_takes_it_back"
    ),
    "a View polls until it is torn down": of(
        VIEWS, "a_view_that_polls_is_silent_once_it_is_closed"
    ),
    "a reported width is a minimum": of(VIEWS, "a_reported_width_does_not_make_a_view_narrow"),
    "a View starts collapsed": of(VIEWS, "a_view_may_start_small_and_grow_when_it_is_pressed"),
    "a View declares tools of its own and says that they changed": (
        *of(VIEWS, "a_view_with_tools_of_its_own_is_none_the_worse_for_it"),
        *of(SERVERS, "an_app_that_says_its_own_tools_changed_is_heard_calmly"),
    ),
    "a View reads a resource of many megabytes": of(
        VIEWS, "a_view_reads_a_large_resource_that_is_no_template"
    ),
    "a View looks at the frames around it": of(
        VIEWS, "a_view_is_framed_has_an_origin_and_reads_nothing_of_the_window_above"
    ),
    "an older server puts its page into the result": of(
        SERVERS, "a_page_inside_the_result_of_an_older_server_is_not_drawn_and_its_text_is"
    ),
    "another client's link stands beside ours": of(
        SERVERS, "what_another_client_calls_a_template_is_no_app_of_ours"
    ),
    "tools are added after the handshake": (
        *of(CORE, "a_tool_registered_later_is_found_when_the_server_says_so"),
        *of(
            "tests/contract/test_offers_of_real_servers.py",
            "what_the_example_of_everything_adds_later_is_offered",
        ),
    ),
    "the official example servers speak no revision of now": of(
        "tests/e2e/test_real_servers.py",
        "every_published_example_is_connected_listed_and_called",
    ),
    "an old server says so in many ways": of(
        "tests/contract/servers/test_eras.py",
        "every_old_local_server_is_found_out",
        "every_refusal_of_an_old_http_server_leads_to_the_handshake",
    ),
}
