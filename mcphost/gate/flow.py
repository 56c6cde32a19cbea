"""What an action would carry where: the labels of all that was read, and where its values are from.

Law: (1) what was read comes from the host's own records (`domain.flow.ContextBook`); (2) a finding
raises a tier and is shown, its absence lowers nothing; (3) the receiver's own data going back to it
is no flow; (4) what a person types into a form of the host has no context, but is searched for
credentials like everything else. Called by `gate.decide` for every decision; loop thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.flow import Context, Credential, Flow, Origin, Piece, Source
from mcphost.domain.json import Json
from mcphost.domain.labels import PERSON, Label, Party, of_same_server, party_of
from mcphost.domain.principal import PrincipalKind
from mcphost.gate.ports import Rooms
from mcphost.policy.decodings import normal, readings
from mcphost.policy.provenance import Match, leaves, stands_in, trace
from mcphost.protocol.credentials import credential_in

MAX_SOURCES: Final = 32
_OUTWARD: Final = frozenset(
    {
        ActionKind.TOOL_CALL,
        ActionKind.RESOURCE_READ,
        ActionKind.PROMPT_GET,
        ActionKind.COMPLETE,
        ActionKind.OPEN_LINK,
        ActionKind.DOWNLOAD,
        ActionKind.APP_TOOL,
        ActionKind.SAMPLING,
    }
)
"""What can carry data out. A draft and a shelf stay here; a model is sent what the person
chose, but for what an App asks it.
"""
_OUTSIDE: Final = frozenset({ActionKind.OPEN_LINK, ActionKind.DOWNLOAD})
"""Received by somebody who is no server of ours."""


def flow_of(rooms: Rooms, action: Action) -> Flow:
    """What is known of the flow that *action* would be."""
    if action.kind is ActionKind.MODEL_REQUEST:
        context = rooms.contexts.of(action)
        return Flow(sources=_sources(context, frozenset()))
    if action.kind not in _OUTWARD:
        return Flow()
    values = carried(action)
    context = rooms.contexts.of(action)
    at_home = _at_home(rooms, action)
    receivers = frozenset[Party]() if action.kind in _OUTSIDE else at_home
    said = [piece.text for piece in context.pieces if piece.label.trusted]
    by_model = action.kind is ActionKind.SAMPLING  # to which nothing of a server's is its own
    pieces = () if by_model else context.pieces
    own = [piece.text for piece in pieces if _of_receiver(piece, receivers)]
    found = trace(values, [piece for piece in context.pieces if _strange(piece.label, receivers)])
    return Flow(
        foreign=bool(_others(context.label.authors, at_home)),
        private=bool(_others(context.label.owners, at_home)),
        sources=_sources(context, at_home),
        origins=tuple(_origin(match, receivers, said) for match in found.matches),
        credentials=() if _home(action) else credentials_of(values, known=own),
        whole=found.whole,
    )


def carried(action: Action) -> Json:
    """The part of an action that holds data: arguments, an address, a name."""
    match action.kind:
        case ActionKind.TOOL_CALL | ActionKind.PROMPT_GET | ActionKind.APP_TOOL:
            return action.params.get("arguments", {})
        case ActionKind.SAMPLING:
            return [action.params.get("systemPrompt", ""), action.params.get("messages", [])]
        case _:
            return action.params


def credentials_of(values: Json, *, known: Sequence[str] = ()) -> tuple[Credential, ...]:
    """What looks like a credential in *values*, but for what stands in *known* already."""
    return tuple(
        Credential(pointer=pointer, format=found)
        for pointer, text in leaves(values)
        if (found := credential_in(reading for _, reading in readings(text))) is not None
        if not stands_in(normal(text), known)
    )


def _home(action: Action) -> bool:
    """Whether an App talks to its own server, or nobody is there who could be asked."""
    who = action.principal
    if who.kind is PrincipalKind.VIEW:
        return action.kind not in _OUTSIDE and action.kind is not ActionKind.SAMPLING
    return who.kind is PrincipalKind.AUTOMATION


def _of_receiver(piece: Piece, receivers: Iterable[Party]) -> bool:
    """Whether *piece* is the receiver's own data, and nobody else's."""
    return bool(piece.label.owners) and not _strange(piece.label, receivers)


def _at_home(rooms: Rooms, action: Action) -> frozenset[Party]:
    """Whose data is no news to whoever gets it, or to whoever wrote what acts."""
    keys = (action.server, action.principal.server)
    return frozenset(party_of(rooms.configs(key)) for key in keys if key is not None)


def _others(parties: Iterable[Party], at_home: Iterable[Party]) -> tuple[Party, ...]:
    """The parties that are neither the person nor at home."""
    homes = tuple(at_home)
    return tuple(
        party
        for party in sorted(parties)
        if party != PERSON and not any(of_same_server(party, home) for home in homes)
    )


def _strange(label: Label, receivers: Iterable[Party]) -> bool:
    return bool(_others(label.authors | label.owners, receivers))


def _sources(context: Context, at_home: frozenset[Party]) -> tuple[Source, ...]:
    """The items that taint, newest first."""
    found: list[Source] = []
    for piece in reversed(context.pieces):
        authors = _others(piece.label.authors, at_home)
        owners = _others(piece.label.owners, at_home)
        if (authors or owners) and len(found) < MAX_SOURCES:
            found.append(Source(id=piece.id, words=piece.words, authors=authors, owners=owners))
    return tuple(found)


def _origin(match: Match, receivers: frozenset[Party], said: list[str]) -> Origin:
    label = match.piece.label
    by_person = stands_in(match.fragment, said)
    return Origin(
        pointer=match.pointer,
        piece=match.piece.id,
        words=match.piece.words,
        how=match.how,
        foreign=bool(_others(label.authors, receivers)) and not by_person,
        private=bool(_others(label.owners, receivers)),
    )
