"""What a transport is to a session: something that carries a call there and its answer back.

Law: a wire knows frames, ids and limits; it knows nothing of eras, tools or consent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from mcphost.domain.authorization import Challenge
from mcphost.domain.errors import ServerUnreachable
from mcphost.domain.ports import Exchange, OutboundFrame
from mcphost.protocol.headers import Headers
from mcphost.protocol.jsonrpc import ErrorResponse, Notification, Request, Response
from mcphost.servers.call import Call
from mcphost.servers.sse import Bookmark

Incoming: TypeAlias = "Callable[[Request | Notification, Call | None], None]"
"""What the server says unasked; the call is the one whose own stream it came by, if any."""


class HttpRefusal(ServerUnreachable):
    """An HTTP status that is no success. *reply* is the JSON-RPC error in it, if there is one, and
    *challenge* what would be needed to be let in; *shown* tells which credentials were refused.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        reply: ErrorResponse | None,
        challenge: Challenge | None = None,
        shown: int = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reply = reply
        self.challenge = challenge
        self.shown = shown


def refusal_words(title: str, place: str, status: int) -> str:
    """What HTTP *status* means for somebody who wants to use the server *title* at *place*."""
    match status:
        case 401:
            return f"{title} wants you to sign in (HTTP 401). Connect it by hand and agree."
        case 403:
            return f"{title} forbids access (HTTP 403). Ask whoever runs it."
        case 404 | 405:
            return (
                f"There is no MCP endpoint at {place} (HTTP {status}). "
                "Add the server anew with the right URL."
            )
        case _:
            return f"{title} failed (HTTP {status}). Try again later."


class Credentials(Protocol):
    """What one server is shown of a person, at its own origin only; `servers.auth` has it."""

    @property
    def context(self) -> str:
        """A digest of account and scopes, empty without any; a mere refresh leaves it as it is."""
        ...

    @property
    def generation(self) -> int:
        """Rises whenever what is shown changes; 0 while nothing is."""
        ...

    async def headers(self, verb: str, url: str, invocation: str) -> Headers:
        """What goes with one HTTP request, and is never shown or recorded. Renews in silence what
        is about to expire.
        """
        ...

    def hear(self, nonce: str) -> None:
        """The server wants *nonce* in the proofs to come (RFC 9449 §8)."""
        ...

    async def renew(self, challenge: Challenge, shown: int, invocation: str) -> bool:
        """Whether the request may be tried again without asking anybody; *shown* is the generation
        that was refused.
        """
        ...

    def settled(self, operation: str) -> None:
        """What had been refused was served after a sign-in."""
        ...


class Wire(Protocol):
    """One way to one server."""

    incoming: Incoming
    version: str
    """The revision agreed with an old server; empty before that, and with a modern one."""

    @property
    def over_http(self) -> bool:
        """Whether each request has its own stream and its own headers."""
        ...

    @property
    def alive(self) -> bool:
        """Whether a call may be tried."""
        ...

    @property
    def last_words(self) -> str:
        """What a local server wrote last that is no message, sanitised; empty for any other."""
        ...

    @property
    def session(self) -> str | None:
        """The session an old HTTP server opened, if any. A credential: never shown or recorded."""
        ...

    @property
    def authorization_context(self) -> str:
        """On whose behalf the server answers: a digest that changes with the credentials, empty
        without any. No secret can be read from it.
        """
        ...

    @property
    def credentials(self) -> Credentials | None:
        """What the server is shown of a person; None when it is not one to sign in to."""
        ...

    def forget_session(self) -> None:
        """The server says that the session is over."""
        ...

    def next_id(self) -> int:
        """An id that this wire has never carried."""
        ...

    async def call(self, call: Call, frame: OutboundFrame) -> Response | ErrorResponse:
        """Send *frame* and wait for the answer to *call*. Cancelling ends the waiting only."""
        ...

    async def tell(self, frame: OutboundFrame, exchange: Exchange) -> None:
        """Send *frame*, which wants no answer."""
        ...

    async def listen(
        self, exchange: Exchange, bookmark: Bookmark, opened: Callable[[], None]
    ) -> bool:
        """Hear what an old server says outside of all calls, from *bookmark* on, until it ends that
        stream. False, without *opened* having been called, when it has no such stream.
        """
        ...

    async def offers_old_endpoint(self, exchange: Exchange) -> bool:
        """Whether a GET is answered with the `endpoint` event of HTTP+SSE (2024-11-05)."""
        ...

    def break_off(self) -> None:
        """Send not a byte more, also of what was handed over already. Any thread; `cut` follows."""
        ...

    def cut(self) -> None:
        """Let go of the server now: not a byte more leaves, also of what was handed over already.
        `close` follows.
        """
        ...

    async def close(self, exchange: Exchange) -> None:
        """Let go of the server, bounded in time."""
        ...
