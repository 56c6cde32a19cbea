"""Everything a client of this protocol owes, with the tests that hold it up.

Numbers `MCP-001` to `MCP-195` are the requirements of the revision 2026-07-28 on a client or host,
`LEG-nn` those of older revisions, `AMB-nn` what was decided where the texts contradict each other.
`APPS-nn` are those of MCP Apps on a host, `APPS-Inn` what published View SDKs insist on beyond them
and `APPS-Tnn` what has to be tried before a host may call itself one.
A test says `@pytest.mark.requirement("MCP-075")` and stands on that row; a row names tests that
exist and say so (`test_requirements.py` checks both, `python -m tests.conformance.requirements
--mark` writes missing marks). What nothing tests is a gap that says what is missing.
"""

from __future__ import annotations

from tests.conformance.requirements import (
    apps,
    apps_interop,
    apps_life,
    authorization,
    caching,
    contradictions,
    elicitation,
    extensions,
    features,
    http,
    legacy,
    messages,
    rounds,
    schemas,
    stdio,
    streams,
    trust,
    versions,
)

SECTIONS = (
    messages,
    trust,
    versions,
    http,
    stdio,
    rounds,
    elicitation,
    features,
    schemas,
    caching,
    streams,
    authorization,
    extensions,
    legacy,
    contradictions,
    apps,
    apps_life,
    apps_interop,
)
REQUIREMENTS = tuple(row for section in SECTIONS for row in section.ROWS)
