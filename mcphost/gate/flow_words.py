"""A flow in the host's words: for the person who is asked, and for the log.

Law: the log names items, parties and places, never what stands there; a person is told where each
value came from, and which items make the context what it is. Pure.
"""

from __future__ import annotations

from typing import Final

from mcphost.domain.consent import ConsentFact
from mcphost.domain.flow import Flow, Origin
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line

MAX_SHOWN: Final = 12
_MAX_NAME: Final = 24
"""Characters of one name in a pointer; a longer one could be data."""


def flow_facts(flow: Flow) -> tuple[ConsentFact, ...]:
    """What a person should know of where the data comes from."""
    values = [_value(origin) for origin in flow.origins if origin.foreign or origin.private]
    facts: list[ConsentFact] = []
    if values:
        facts.append(
            ConsentFact(
                caption="Where values come from",
                text="These values of the request also stand in what was read before:",
                items=tuple((line, False) for line in _shown(values)),
            )
        )
    if flow.trifecta:
        lines = [f"{one_line(s.words, limit=160)} · {_why(s.owners != ())}" for s in flow.sources]
        facts.append(
            ConsentFact(
                caption="What was read before",
                text="Whoever wrote these may have told the model or the App what to do, and what "
                "is private in them would reach somebody else:",
                items=tuple((line, False) for line in _shown(list(dict.fromkeys(lines)))),
            )
        )
    return tuple(facts)


def flow_warnings(flow: Flow) -> tuple[str, ...]:
    """What must not be overlooked."""
    found = [
        f"At {_pointer(hit.pointer)} stands what looks like {hit.format}. Whoever gets it can use "
        "it."
        for hit in flow.credentials
    ]
    if not flow.whole:
        found.append("It is too much to be compared with everything that was read before.")
    return tuple(found[:MAX_SHOWN])


def flow_row(flow: Flow) -> JsonObject:
    """The flow for a row of the log; empty when there is nothing to say."""
    row: dict[str, Json] = {}
    if flow.sources:
        row["read"] = [{"item": s.id, "what": one_line(s.words, limit=160)} for s in flow.sources]
        row["authors"] = sorted({str(party) for s in flow.sources for party in s.authors})
        row["owners"] = sorted({str(party) for s in flow.sources for party in s.owners})
    if flow.origins:
        row["values"] = [
            {"at": _pointer(origin.pointer), "item": origin.piece, "how": origin.how}
            for origin in flow.origins
        ]
    if flow.credentials:
        row["credentials"] = [
            {"at": _pointer(hit.pointer), "format": hit.format} for hit in flow.credentials
        ]
    if not flow.whole:
        row["compared"] = "in part"
    return {"flow": row} if row else {}


def _value(origin: Origin) -> str:
    how = {"exact": "", "part": ", in part"}.get(origin.how, f", behind {origin.how}")
    return f"{_pointer(origin.pointer)} ← {one_line(origin.words, limit=160)}{how}"


def _why(private: bool) -> str:
    return "private" if private else "written by others"


def _shown(lines: list[str]) -> list[str]:
    rest = len(lines) - MAX_SHOWN
    return [*lines[:MAX_SHOWN], f"and {rest} more"] if rest > 0 else lines


def _pointer(pointer: str) -> str:
    """*pointer* without names so long that they could be data."""
    names = (name if len(name) <= _MAX_NAME else "…" for name in pointer.split("/"))
    return one_line("/".join(names), limit=200) or "/"
