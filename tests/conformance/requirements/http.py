"""Streamable HTTP, and the headers that mirror a request."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    ASK,
    HEADERS,
    HOSTILE_HTTP,
    LEGACY,
    MIRRORED,
    MODERN,
    OWN_STREAM,
    RELIST,
    SSE,
    TAP,
)
from tests.conformance.requirements.row import row

CLIENT_BEHAVIOR = "basic/transports/streamable-http#client-behavior"
ENCODING = "basic/transports/streamable-http#value-encoding"
REQUEST_HEADERS = "basic/transports/streamable-http#standard-request-headers"

ROWS = (
    row(
        44,
        "MUST",
        "Each message is one POST of its own, with one request or notification as its body.",
        "basic/transports/streamable-http#sending-messages",
        of(TAP, "an_http_server_receives_exactly_the_frames_that_were_seen"),
        scenarios=("2026-07-28/tools_call",),
    ),
    row(
        45,
        "MUST",
        "Both kinds of reply are accepted and said to be.",
        "basic/transports/streamable-http#sending-messages",
        of(TAP, "an_http_server_receives_exactly_the_frames_that_were_seen"),
        of(MODERN, "progress_reaches_only_the_call_it_belongs_to"),
    ),
    row(
        46,
        "MUST",
        "The version in the header is the version in the body.",
        "basic/transports/streamable-http#protocol-version-header",
        of(MODERN, "annotated_parameters_are_mirrored_into_headers"),
        of(HEADERS, "every_request_names_version_and_method_and_some_their_object"),
        scenarios=("2026-07-28/request-metadata",),
    ),
    row(
        47,
        "MUST",
        "Headers name the method of every request, and the object of three.",
        REQUEST_HEADERS,
        of(HEADERS, "every_request_names_version_and_method_and_some_their_object"),
        scenarios=("2026-07-28/http-standard-headers",),
    ),
    row(
        48,
        "MUST",
        "A name that no header can carry travels encoded.",
        REQUEST_HEADERS,
        of(HEADERS, "every_request_names_version_and_method_and_some_their_object"),
    ),
    row(
        49,
        "MUST",
        "Parameters that a tool marks are mirrored into headers.",
        "basic/transports/streamable-http#custom-headers-from-tool-parameters",
        of(HEADERS, "annotated_parameters_are_found_at_any_depth_of_properties"),
        of(MODERN, "annotated_parameters_are_mirrored_into_headers"),
        scenarios=("2026-07-28/http-custom-headers",),
    ),
    row(
        50,
        "MUST",
        "A tool whose marks break the rules is not offered.",
        "basic/transports/streamable-http#schema-extension",
        of(HEADERS, "a_broken_annotation_is_refused", "data_that_looks_like_an_annotation_is_none"),
        of(MODERN, "a_bad_tool_is_left_out_with_a_reason_and_its_neighbours_stay"),
        scenarios=("2026-07-28/http-invalid-tool-headers",),
    ),
    row(
        51,
        "SHOULD",
        "What is left out is said, with the name of the tool and the reason.",
        "basic/transports/streamable-http#schema-extension",
        of(MODERN, "a_bad_tool_is_left_out_with_a_reason_and_its_neighbours_stay"),
    ),
    row(
        52,
        "MUST",
        "Values are converted and encoded, also those that only look encoded.",
        ENCODING,
        of(
            HEADERS,
            "a_value_that_is_unsafe_travels_encoded",
            "any_text_survives_the_way_through_a_header",
            "what_only_looks_encoded_is_encoded",
            "a_whole_number_is_decimal_and_within_what_everybody_can_hold",
            "a_value_no_header_can_carry_is_said_before_anything_is_sent",
        ),
        scenarios=("2026-07-28/http-custom-headers",),
    ),
    row(
        53,
        "MUST",
        "A parameter that is null or absent has no header.",
        CLIENT_BEHAVIOR,
        of(HEADERS, "values_are_read_at_their_path_and_absent_ones_left_out"),
        of(MODERN, "annotated_parameters_are_mirrored_into_headers"),
        scenarios=("2026-07-28/http-custom-headers",),
    ),
    row(
        54,
        "MUST / SHOULD",
        "Headers follow the latest listing; without any listing there are none.",
        CLIENT_BEHAVIOR,
        of(MIRRORED, "a_call_with_the_headers_of_an_old_definition_is_asked_about_and_sent_again"),
        of(ASK, "the_question_says_which_arguments_become_headers"),
    ),
    row(
        55,
        "SHOULD",
        "When header and body disagree, the tools are listed anew and the call is tried once more.",
        "basic/transports/streamable-http#server-validation",
        of(
            MIRRORED,
            "a_call_with_the_headers_of_an_old_definition_is_asked_about_and_sent_again",
            "who_agreed_to_the_call_and_not_to_its_headers_has_not_sent_them",
        ),
        of(
            RELIST,
            "a_changed_tool_is_asked_about_again_and_sent_by_its_new_definition",
            "the_second_attempt_leaves_the_same_rows_as_the_first",
            "what_needs_no_consent_is_sent_again_without_asking_but_once_only",
            "nothing_else_is_tried_again",
        ),
    ),
    row(
        56,
        "MUST",
        "Names of headers are compared without regard to case, values with it.",
        "basic/transports/streamable-http#case-sensitivity",
        of(HEADERS, "a_broken_annotation_is_refused", "a_value_that_is_unsafe_travels_encoded"),
    ),
    row(
        57,
        "MUST",
        "Comment lines of a stream are skipped.",
        "basic/transports/streamable-http#receiving-messages",
        of(MODERN, "progress_reaches_only_the_call_it_belongs_to"),
        of(SSE, "comments_without_end_are_bounded_too"),
    ),
    row(
        58,
        "MUST",
        "A broken stream loses its request; nothing is picked up where it ended.",
        "changelog#major-changes",
        of(HOSTILE_HTTP, "a_stream_that_ends_without_an_answer_says_that_the_work_may_be_done"),
        gap="That a modern server's event ids are ignored is not tested by itself.",
    ),
    row(
        59,
        "derived",
        "A request that arrives on a stream is a violation and gets no answer.",
        "basic/transports/streamable-http#receiving-messages",
        of(HOSTILE_HTTP, "a_broken_answer_names_server_method_and_reason"),
    ),
    row(
        60,
        "MUST",
        "Older Streamable HTTP, with its sessions and its stream of its own, is spoken as it is.",
        "basic/transports/streamable-http#earlier-streamable-http-revisions",
        of(
            LEGACY,
            "a_forgotten_session_is_opened_again_and_the_call_sent_once_more",
            "a_broken_stream_is_picked_up_where_it_ended",
        ),
        of(OWN_STREAM, "a_server_without_a_stream_of_its_own_is_asked_once"),
    ),
    row(
        61,
        "MAY",
        "Other transports need no mirrored headers.",
        "server/tools#x-mcp-header",
        of(TAP, "a_local_server_receives_exactly_the_frames_that_were_seen"),
    ),
)
