"""What an action has read: the labelled pieces of its context, and what was found about them.

Law: pieces and labels come from the host's own records (`mcphost.chat.flow`); findings name an item
by id and a value by JSON pointer, never by content, so that they can stand in the log. Pure data;
made on the loop thread, read by `gate` and `policy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcphost.domain.action import Action
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import HOST_WORDS, Label, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One context item. *id* is the host's own; *words* say what it is, for a person."""

    id: str
    words: str
    label: Label
    text: str
    least: int = 0
    """How long a value must be to be looked for here, where that is more than usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that whoever acts has read. *label* is the join, also of what has no text."""

    pieces: tuple[Piece, ...] = ()
    label: Label = HOST_WORDS


NOTHING_READ = Context()


class ContextBook(Protocol):
    """Who knows what an action has read (`mcphost.chat.flow`)."""

    def of(self, action: Action) -> Context:
        """The context of *action*, as it is now."""
        ...

    def learned(self, action: Action, result: JsonObject) -> None:
        """Whoever acts is about to be given *result*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An item that taints: what it is in words, and its id for the log."""

    id: str
    words: str
    authors: tuple[Party, ...]
    owners: tuple[Party, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A value of the request that also stands in a context item. *how*: `exact`, `part`, or what
    it had to be decoded from.
    """

    pointer: str
    piece: str
    words: str
    how: str
    foreign: bool
    """Written by somebody else than whoever gets it, and not said by the person."""
    private: bool
    """Data of somebody else than whoever gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What looks like a credential in the request: where, and of what format."""

    pointer: str
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What is known of where an action's data comes from and goes to."""

    foreign: bool = False
    """Somebody else than the person, the host and the receiver wrote part of the context."""
    private: bool = False
    """The context holds data of somebody else than the receiver."""
    sources: tuple[Source, ...] = ()
    origins: tuple[Origin, ...] = ()
    credentials: tuple[Credential, ...] = ()
    whole: bool = True
    """False: there was more than could be compared, so the worst is assumed."""

    @property
    def trifecta(self) -> bool:
        """Foreign words, private data and a way out, together."""
        return self.foreign and self.private

    @property
    def carries_foreign(self) -> bool:
        """Whether a value was written by somebody foreign to receiver and person."""
        return not self.whole or any(origin.foreign for origin in self.origins)

    @property
    def carries_private(self) -> bool:
        """Whether a value is the data of somebody else than the receiver."""
        return not self.whole or any(origin.private for origin in self.origins)

    @property
    def carries_credential(self) -> bool:
        """Whether a value looks like a credential."""
        return bool(self.credentials)


NO_FLOW = Flow()
