"""What is kept of answers, for whom and for how long."""

from __future__ import annotations

from tests.conformance.requirements.row import row

CACHE = "The cache is under construction."

ROWS = (
    row(
        129,
        "MUST NOT",
        "A kept answer is never given to another question.",
        "server/utilities/caching#cache-key",
        gap=CACHE,
    ),
    row(
        130,
        "MUST NOT",
        "What is private is never shown to somebody else.",
        "server/utilities/caching#cache-scope-field",
        gap=CACHE,
    ),
    row(
        131,
        "MAY",
        "What is public may be shared between people.",
        "server/utilities/caching#cache-scope-field",
        gap=CACHE,
    ),
    row(
        132,
        "SHOULD",
        "An answer is fresh for as long as the server said, from when it arrived.",
        "server/utilities/caching#freshness-calculation",
        gap=CACHE,
    ),
    row(
        133,
        "SHOULD NOT / MUST",
        "The time an answer is fresh is no rhythm to ask in; who asks regularly does so unevenly.",
        "server/utilities/caching#time-to-live-ttl-field",
        gap=CACHE,
    ),
    row(
        134,
        "guide",
        "A notification ends what is kept at once.",
        "server/utilities/caching#interaction-with-notifications",
        gap=CACHE,
    ),
    row(
        135,
        "MAY",
        "When a server fails an old answer may be shown.",
        "server/utilities/caching#freshness-calculation",
        gap=CACHE,
    ),
    row(
        136,
        "SHOULD",
        "Pages of one list belong together: an invalid cursor means starting over.",
        "server/utilities/caching#interaction-with-pagination",
        gap=CACHE,
    ),
)
