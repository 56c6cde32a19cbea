"""Where the texts contradict each other: what this host does, decided once."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ADDRESSES,
    CACHING,
    ERAS,
    FORMS,
    HEADERS,
    HOSTILE_HTTP,
    MESSAGES,
    SUBSCRIPTION,
    TASK_RESULTS,
    TASKS,
    TOOLS,
)
from tests.conformance.requirements.row import row

ROWS = (
    row(
        "AMB-01",
        "derived",
        "A subscription that a server ends by a result is over; any other end is a loss.",
        "basic/patterns/subscriptions#graceful-closure",
        of(SUBSCRIPTION, "an_end_in_order_is_no_loss"),
    ),
    row(
        "AMB-02",
        "derived",
        "The client is named in every request.",
        "basic/index#_meta",
        of(MESSAGES, "every_request_declares_apps_and_nothing_it_cannot_do"),
    ),
    row(
        "AMB-03",
        "derived",
        "What a server says of itself is read from the metadata alone, and only shown.",
        "server/discover#discoverresult",
        of(MESSAGES, "what_a_server_says_of_itself_is_sanitised"),
    ),
    row(
        "AMB-04",
        "derived",
        "Over HTTP a modern server is sent no notification, so none has headers.",
        "basic/transports/streamable-http#standard-request-headers",
        of(HOSTILE_HTTP, "cancelling_closes_the_stream_and_says_nothing"),
    ),
    row(
        "AMB-05",
        "derived",
        "Parameters at any depth may be mirrored, as long as only properties lead there.",
        "basic/transports/streamable-http#schema-extension",
        of(HEADERS, "annotated_parameters_are_found_at_any_depth_of_properties"),
    ),
    row(
        "AMB-06",
        "derived",
        "Only `-32020` says that header and body disagree.",
        "schema#header_mismatch",
        of(ERAS, "every_refusal_of_an_old_http_server_leads_to_the_handshake"),
    ),
    row(
        "AMB-07",
        "derived",
        "What does not say whom it is for is private.",
        "server/utilities/caching#cache-scope-field",
        of(CACHING, "a_scope_that_is_absent_or_unknown_is_private"),
    ),
    row(
        "AMB-08",
        "derived",
        "What a server said of itself may be kept like a list.",
        "server/utilities/caching#cacheable-results",
        of(CACHING, "six_methods_may_be_kept_and_no_answer_to_an_answer"),
    ),
    row(
        "AMB-09",
        "derived",
        "Asked after a task, a server may call its answer complete or a task.",
        "ext-tasks",
        of(TASK_RESULTS, "both_kinds_that_the_extension_shows_are_taken_for_a_look"),
    ),
    row(
        "AMB-10",
        "derived",
        "Answers to a question of a task follow its schema, not the example in the text.",
        "ext-tasks",
        of(TASKS, "a_question_of_a_task_is_answered_by_tasks_update"),
    ),
    row(
        "AMB-11",
        "derived",
        "A modern result that does not say its kind is complete.",
        "basic/index#result-responses",
        of(MESSAGES, "an_absent_result_type_means_complete"),
    ),
    row(
        "AMB-12",
        "derived",
        "Only three requests may be answered by a question.",
        "basic/patterns/mrtr#supported-requests",
        of(HOSTILE_HTTP, "a_broken_answer_names_server_method_and_reason"),
    ),
    row(
        "AMB-13",
        "derived",
        "An address in a question is HTTPS, or of this computer.",
        "client/elicitation#safe-url-handling",
        of(FORMS, "a_dubious_url_is_refused", "a_url_is_kept_exact_and_its_host_is_spelled_out"),
    ),
    row(
        "AMB-14",
        "derived",
        "Icons are HTTPS from the server's own origin, or data.",
        "basic/index#icons",
        not_applicable="Nothing draws an icon, so none is fetched from anywhere.",
    ),
    row(
        "AMB-15",
        "derived",
        "The rules against being led into private networks hold for a desktop too.",
        "guides/tutorials/security/security_best_practices#server-side-request-forgery-ssrf",
        of(
            ADDRESSES,
            "the_servers_own_private_host_may_be_asked_and_no_other",
            "this_computer_is_for_servers_on_this_computer",
            "even_the_servers_own_host_is_never_link_local",
        ),
    ),
    row(
        "AMB-16",
        "derived",
        "Extensions are declared with each request.",
        "basic/versioning#extension-negotiation",
        of(MESSAGES, "every_request_declares_apps_and_nothing_it_cannot_do"),
    ),
    row(
        "AMB-17",
        "derived",
        "A tool may have any name of bounded length, and is shown safely.",
        "server/tools#tool-names",
        of(TOOLS, "a_definition_that_breaks_the_rules_is_refused"),
        of("tests/unit/cli/test_commands.py", "a_tool_cannot_be_called_an_escape_sequence"),
    ),
    row(
        "AMB-18",
        "derived",
        "A tool whose input is not of type object is not offered.",
        "server/tools#tool",
        of(TOOLS, "a_definition_that_breaks_the_rules_is_refused"),
    ),
)
