"""What a person is told before an App is given something: what, to which bytes, for how long.

Law: in the host's own words; the host name and the template's address are exact. Pure.
"""

from __future__ import annotations

from mcphost.domain.consent import ConsentFact
from mcphost.domain.text import one_line
from mcphost.gate.walk import Walk

_LASTING = (
    "Until you take it back, or until its template or the settings of its server change. It is "
    "listed in the review of the template."
)
_ONE_VIEW = "For this one App, until it is closed. Another run of it asks again."


def app_grant_facts(walk: Walk) -> tuple[ConsentFact, ...]:
    """The facts of a grant to an App; none for any other action."""
    case = walk.action.grant
    if case is None:
        return ()
    host = (ConsentFact(caption="Host", exact=case.grant.host),) if case.grant.host else ()
    return (
        *host,
        ConsentFact(caption="What that means", text=case.grant.meaning),
        ConsentFact(caption="How long", text=_LASTING if case.grant.lasting else _ONE_VIEW),
        ConsentFact(caption="Template", exact=one_line(case.pin.uri, limit=2_000)),
    )
