"""Labels: who may have written a context item, and whose data it may hold.

Law: (1) a label is set by host code from the channel an item came by, never from what the item
says; (2) labels only grow: the label of several things together is their join; (3) what is not
known is foreign and private (`UNKNOWN`). Pure; every room may use it.

The lattice is a product of two power sets. Integrity is the set of foreign *authors*: the smaller,
the more trusted. Confidentiality is the set of *owners*: the smaller, the more public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig

_SHOWN = 12
"""Characters of an identity that tell two servers of one alias apart."""


class PartyKind(StrEnum):
    """What may write into a conversation, or own what is in it, besides the host."""

    PERSON = "person"
    SERVER = "server"
    APP = "app"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Party:
    """*identity* is that of the server (or of the App's server): an alias may be given away."""

    kind: PartyKind
    key: str = ""
    identity: str = ""

    def __str__(self) -> str:
        """For the log: kind, alias and the start of the identity."""
        return ":".join(
            part for part in (self.kind.value, self.key, self.identity[:_SHOWN]) if part
        )

    @property
    def words(self) -> str:
        """For a person."""
        match self.kind:
            case PartyKind.PERSON:
                return "you"
            case PartyKind.SERVER:
                return self.key
            case PartyKind.APP:
                return f"the App of {self.key}"
            case PartyKind.UNKNOWN:
                return "nobody knows whom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Where something stands in the lattice; the bottom is trusted and public."""

    authors: frozenset[Party] = frozenset()
    owners: frozenset[Party] = frozenset()

    def join(self, *others: Label) -> Label:
        """The least label that is at least this one and each of *others*."""
        return Label(
            authors=self.authors.union(*(other.authors for other in others)),
            owners=self.owners.union(*(other.owners for other in others)),
        )

    def within(self, other: Label) -> bool:
        """Whether *other* is at least as foreign and at least as private."""
        return self.authors <= other.authors and self.owners <= other.owners

    @property
    def trusted(self) -> bool:
        """Whether nobody foreign can have written it."""
        return not self.authors

    @property
    def public(self) -> bool:
        """Whether it is nobody's data."""
        return not self.owners


PERSON = Party(kind=PartyKind.PERSON)
NOBODY_KNOWS = Party(kind=PartyKind.UNKNOWN)
HOST_WORDS = Label()
PERSONS_WORDS = Label(owners=frozenset({PERSON}))
UNKNOWN = Label(authors=frozenset({NOBODY_KNOWS}), owners=frozenset({NOBODY_KNOWS}))


def joined(labels: Iterable[Label]) -> Label:
    """The label of all of them together."""
    return HOST_WORDS.join(*labels)


def server_party(key: ServerKey, identity: str) -> Party:
    """The server that has the alias *key* and exactly this identity. Unknown when it has none."""
    return Party(kind=PartyKind.SERVER, key=key, identity=identity) if identity else NOBODY_KNOWS


def party_of(config: ServerConfig) -> Party:
    """The server of *config*."""
    return server_party(config.key, config.identity)


def app_party(key: ServerKey, identity: str) -> Party:
    """The Apps of a server: other code than the server, written by the same people."""
    return Party(kind=PartyKind.APP, key=key, identity=identity) if identity else NOBODY_KNOWS


def server_words(key: ServerKey, identity: str) -> Label:
    """What a server tells everybody: names, descriptions and schemas of its tools."""
    return Label(authors=frozenset({server_party(key, identity)}))


def server_data(key: ServerKey, identity: str) -> Label:
    """What a server answered: written by who knows whom, and the person's own at that server."""
    server = frozenset({server_party(key, identity)})
    return Label(authors=server, owners=server)


def app_data(key: ServerKey, identity: str) -> Label:
    """What an App said: it may hold whatever its server has."""
    owners = frozenset({server_party(key, identity)})
    return Label(authors=frozenset({app_party(key, identity)}), owners=owners)


def of_same_server(party: Party, server: Party) -> bool:
    """Whether *party* is *server* or one of its Apps."""
    if NOBODY_KNOWS in (party, server):
        return False
    return (party.key, party.identity) == (server.key, server.identity)
