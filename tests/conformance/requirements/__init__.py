"""Everything a client of this protocol owes, with the tests that hold it up.

Numbers `MCP-001` to `MCP-195` are the requirements of the revision 2026-07-28 on a client or host,
`LEG-nn` those of older revisions, `AMB-nn` what was decided where the texts contradict each other.
A test says `@pytest.mark.requirement("MCP-075")` and stands on that row; a row names tests that
exist and say so (`test_requirements.py` checks both, `python -m tests.conformance.requirements
--mark` writes missing marks). What nothing tests is a gap that says what is missing.
"""

from __future__ import annotations

from tests.conformance.requirements import (
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
)
REQUIREMENTS = tuple(row for section in SECTIONS for row in section.ROWS)
