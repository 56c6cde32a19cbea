"""What is kept of answers, for whom and for how long."""

from __future__ import annotations

from tests.conformance.collected import of
from tests.conformance.requirements.files import (
    CACHE,
    CACHING,
    EARS,
    KEPT,
    SUBSCRIPTION,
    WIRE_CACHE,
)
from tests.conformance.requirements.row import row

ROWS = (
    row(
        129,
        "MUST NOT",
        "A kept answer is never given to another question.",
        "server/utilities/caching#cache-key",
        of(CACHING, "requests_that_differ_in_anything_have_different_names"),
        of(CACHE, "another_request_is_another_answer"),
    ),
    row(
        130,
        "MUST NOT",
        "What is private is never shown to somebody else.",
        "server/utilities/caching#cache-scope-field",
        of(
            CACHE,
            "nobody_else_gets_an_answer_not_even_a_public_one",
            "whatever_happens_no_answer_is_older_or_anybody_elses_than_it_may_be",
        ),
        of(
            WIRE_CACHE,
            "after_signing_out_and_in_nobody_reads_what_another_was_told",
            "two_accounts_at_the_same_time_each_read_their_own",
            "an_answer_under_way_while_somebody_else_signs_in_reaches_nobody_else",
            "more_scopes_are_other_credentials",
        ),
    ),
    row(
        131,
        "MAY",
        "What is public may be shared between people.",
        "server/utilities/caching#cache-scope-field",
        of(CACHE, "a_public_answer_asked_without_credentials_is_for_all_without_credentials"),
    ),
    row(
        132,
        "SHOULD",
        "An answer is fresh for as long as the server said, from when it arrived.",
        "server/utilities/caching#freshness-calculation",
        of(CACHING, "only_a_whole_number_of_milliseconds_keeps_an_answer_and_none_for_ever"),
        of(CACHE, "an_answer_is_given_again_until_its_time_is_over"),
    ),
    row(
        133,
        "SHOULD NOT / MUST",
        "The time an answer is fresh is no rhythm to ask in; who asks regularly does so unevenly.",
        "server/utilities/caching#time-to-live-ttl-field",
        of(CACHE, "an_answer_is_given_again_until_its_time_is_over"),
        of(EARS, "a_pause_is_random_and_never_longer_than_the_longest"),
    ),
    row(
        134,
        "guide",
        "A notification ends what is kept at once.",
        "server/utilities/caching#interaction-with-notifications",
        of(
            CACHE,
            "news_makes_void_what_they_are_about_and_only_that",
            "an_answer_that_was_under_way_when_news_came_is_not_kept",
        ),
        of(
            SUBSCRIPTION,
            "the_sdks_server_acknowledges_and_tells_what_changes",
            "what_was_kept_before_anybody_listened_is_not_trusted_any_more",
        ),
    ),
    row(
        135,
        "MAY",
        "When a server fails an old answer may be shown.",
        "server/utilities/caching#freshness-calculation",
        of(
            CACHE,
            "a_stale_answer_stands_in_while_the_network_is_down_and_says_so",
            "no_other_failure_is_covered_up",
        ),
        of(KEPT, "a_stale_answer_says_that_the_server_was_tried"),
    ),
    row(
        136,
        "SHOULD",
        "Pages of one list belong together: an invalid cursor means starting over.",
        "server/utilities/caching#interaction-with-pagination",
        of(
            WIRE_CACHE,
            "a_list_of_which_a_page_is_too_old_is_read_again_from_its_beginning",
            "a_cursor_that_is_no_longer_good_starts_the_list_over",
        ),
    ),
)
