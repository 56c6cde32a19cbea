"""Versions, discovery, and what extensions are agreed on."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import CORE, ERAS, MESSAGES, SDK, STATE, WIRE_SCHEMA
from tests.conformance.requirements.row import row

ROWS = (
    row(
        32,
        "SHOULD",
        "A refused version is tried again with one that both know, or the person is told.",
        "basic/versioning#protocol-version-negotiation",
        of(
            ERAS,
            "a_refusal_that_offers_our_own_revision_is_tried_once_more",
            "a_local_server_of_another_time_is_refused_with_a_reason",
        ),
    ),
    row(
        33,
        "MAY",
        "The client may ask a server what it is before anything else.",
        "server/discover#when-to-call",
        of(SDK, "the_server_is_recognised_and_its_tools_listed"),
    ),
    row(
        34,
        "SHOULD",
        "The version of later requests is one that the server said it supports.",
        "server/discover#response",
        of(SDK, "the_server_is_recognised_and_its_tools_listed"),
        of(ERAS, "a_refusal_that_offers_our_own_revision_is_tried_once_more"),
    ),
    row(
        35,
        "SHOULD",
        "The era of a server is remembered, and tried again when it no longer fits.",
        "basic/versioning#backward-compatibility-with-initialization-based-versions",
        of(STATE, "an_era_is_remembered_for_each_identity"),
        of(
            ERAS,
            "a_server_once_seen_modern_is_not_taken_for_an_old_one",
            "no_face_of_an_old_server_makes_a_modern_one_old",
            "an_old_server_may_become_modern",
        ),
    ),
    row(
        36,
        "SHOULD",
        "A local server is asked what it is before anything else is said.",
        "basic/transports/stdio#backward-compatibility",
        of(
            ERAS,
            "every_old_local_server_is_found_out",
            "an_old_local_server_that_does_not_answer_in_time_is_found_out",
            "a_modern_server_that_was_only_slow_is_asked_again",
        ),
    ),
    row(
        37,
        "MUST NOT",
        "The handshake of old servers does not hang on one error code.",
        "basic/transports/stdio#backward-compatibility",
        of(
            ERAS,
            "every_old_local_server_is_found_out",
            "every_refusal_of_an_old_http_server_leads_to_the_handshake",
        ),
    ),
    row(
        38,
        "MUST NOT",
        "An error that only modern servers know does not lead to the old handshake.",
        "basic/versioning#backward-compatibility-with-initialization-based-versions",
        of(
            ERAS,
            "what_says_nothing_about_the_era_is_raised",
            "a_modern_server_that_was_only_slow_is_asked_again",
        ),
    ),
    row(
        39,
        "SHOULD",
        "Even a client without older revisions asks first over stdio.",
        "basic/transports/stdio#backward-compatibility",
        not_applicable="This client speaks both eras; number 36 is its rule.",
    ),
    row(
        40,
        "SHOULD",
        "The body of an HTTP 400 is read before the old handshake is tried.",
        "basic/transports/streamable-http#backward-compatibility",
        of(
            ERAS,
            "every_refusal_of_an_old_http_server_leads_to_the_handshake",
            "what_says_nothing_about_the_era_is_raised",
        ),
    ),
    row(
        41,
        "MUST",
        "Without an extension on the other side the client falls back to the core.",
        "basic/versioning#extension-negotiation",
        of(SDK, "a_call_answers_and_a_failed_one_says_so"),
        of(CORE, "a_template_nobody_approved_is_not_drawn_but_the_text_is_there"),
    ),
    row(
        42,
        "MUST",
        "Names of extensions have a prefix and follow the grammar of metadata.",
        "basic/versioning#extension-negotiation",
        of(MESSAGES, "every_request_declares_apps_and_nothing_it_cannot_do"),
        of(WIRE_SCHEMA, "a_frame_that_breaks_a_rule_is_found"),
    ),
    row(
        43,
        "MUST",
        "Extensions are off until somebody turns them on.",
        "SEP-2133",
        not_applicable="The rule is for libraries; this is an application whose people chose Apps.",
    ),
)
