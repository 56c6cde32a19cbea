"""Labels as JSON, and back.

Law: pure; what was kept before there were labels is of nobody knows whom (`UNKNOWN`); what does not
parse is a `StorageError`. Used by `mcphost.storage.items`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mcphost.domain.errors import StorageError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.labels import UNKNOWN, Label, Party, PartyKind

_KINDS: Final = {kind.value: kind for kind in PartyKind}


def label_to_json(label: Label) -> JsonObject:
    """*label* as a JSON object, always the same for the same label."""
    return {"authors": _parties(label.authors), "owners": _parties(label.owners)}


def label_from_json(untrusted: Json) -> Label:
    """The label that `label_to_json` wrote; the worst one for None. Raises `StorageError`."""
    if untrusted is None:
        return UNKNOWN
    if not isinstance(untrusted, Mapping):
        raise StorageError("a stored label is not a JSON object.")
    return Label(
        authors=_read(untrusted.get("authors")),
        owners=_read(untrusted.get("owners")),
    )


def _parties(parties: Iterable[Party]) -> Json:
    return [[party.kind.value, party.key, party.identity] for party in sorted(parties)]


def _read(untrusted: Json) -> frozenset[Party]:
    if isinstance(untrusted, str) or not isinstance(untrusted, Sequence):
        raise StorageError("a stored label names no parties.")
    return frozenset(_party(item) for item in untrusted)


def _party(untrusted: Json) -> Party:
    match untrusted:
        case [str(kind), str(key), str(identity)] if kind in _KINDS:
            return Party(kind=_KINDS[kind], key=key, identity=identity)
        case _:
            raise StorageError("a stored label names a party that does not exist.")
