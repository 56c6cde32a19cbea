"""Ports: what one room needs of another, or of the window, as `Protocol`s."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from mcphost.domain.audit import AuditReceipt, AuditRecord
from mcphost.domain.authorization import OnChallenge
from mcphost.domain.consent import (
    ConsentAnswer,
    ConsentRequest,
    ElicitationAnswer,
    ElicitationRequest,
)
from mcphost.domain.events import Event
from mcphost.domain.json import JsonObject


class EventSink(Protocol):
    """Where the core reports what has happened. Called on the loop thread; must not block."""

    def __call__(self, event: Event, /) -> None:
        """Deliver *event*."""
        ...


class AuditSink(Protocol):
    """The audit log, as the rooms see it."""

    async def append(self, record: AuditRecord) -> AuditReceipt:
        """Write *record*; when this returns it is durable. Raises `StorageError`: then nothing may
        be sent.
        """
        ...

    def append_soon(self, record: AuditRecord) -> None:
        """Queue *record* without waiting (facts that need no gate, such as blocked requests).
        Thread-safe.
        """
        ...


class ConsentBroker(Protocol):
    """Puts a question to a person. Called on the loop thread; cancelled when the question is
    withdrawn.
    """

    @property
    def present(self) -> bool:
        """Whether there is anybody to ask."""
        ...

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """Show exactly *request* and return how it ended."""
        ...

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """Show the form or the URL of *request* and return the person's answer."""
        ...


class LinkOpener(Protocol):
    """Opens a checked URL in the person's browser, without a shell. Raises `UserFacingError`."""

    def __call__(self, url: str, /) -> None:
        """Open *url*."""
        ...


class FileSaver(Protocol):
    """Saves a file where the host chooses. Called in a worker thread. Raises `StorageError`."""

    def __call__(self, name: str, data: bytes, /) -> str:
        """Save *data* under the fit *name*, or one like it; returns the name it has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFrame:
    """One message about to leave for a server. *body* are the exact bytes; *headers* exclude
    credentials.
    """

    method: str
    request_id: int | str | None
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequest:
    """A legacy server's request (`elicitation/create`, …) that arrived while one of ours was in
    flight.
    """

    method: str
    untrusted_params: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that was given before: how old it is in seconds. *stale*: the server should have
    been asked again and could not be reached.
    """

    age: float
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """All a connection may know about why it is sending. Made by the gate, one for each request.

    *before_send* must have returned before the first byte of a frame leaves; if it raises, nothing
    is sent.
    *on_input* answers a server-initiated request of the legacy era (result object, or raises
    `ServerRefused`
    with the error to send back); None means that this chain accepts none, and none is declared.
    """

    invocation: str
    before_send: Callable[[OutboundFrame], Awaitable[None]]
    elicitation: bool
    """Declare the elicitation capability (form and url) on this request."""
    tasks: bool = False
    """Declare the tasks extension on this request."""
    on_input: Callable[[InputRequest], Awaitable[JsonObject]] | None = None
    on_progress: Callable[[JsonObject], None] | None = None
    on_challenge: OnChallenge | None = None
    """Called when the server wants a sign-in or more scopes; None means that this chain may not
    put a person before an authorization server.
    """
    mirrored: tuple[tuple[tuple[str, ...], str], ...] | None = None
    """(property path, header name) pairs of the tool definition that was decided on; None leaves it
    to the latest listing.
    """
    on_kept: Callable[[Kept], None] | None = None
    """Called instead of *before_send* when an answer that is still good is given again and nothing
    leaves; None means that the server must be asked.
    """
    traceparent: str | None = None
    deadline: float = 60.0
    """Seconds; waiting for *on_input* does not count. Progress begins them anew. Infinite for what
    is meant to last.
    """
    patience: float = 600.0
    """Seconds in all that progress can make of it."""
