"""The Streamable HTTP transport. The only door to HTTP: one POST, one answer, one stream.

Law: (1) identity encoding, no redirects, no cookies, no proxies or settings from the environment;
(2) every body, event and error is bounded before it is held; (3) what breaks breaks one call;
(4) session id and bearer token are credentials: no frame shows them. Loop thread only.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urlsplit

import httpx

from mcphost.domain.errors import (
    McpHostError,
    ProtocolViolation,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.ports import Exchange, OutboundFrame
from mcphost.domain.text import one_line
from mcphost.protocol.headers import Headers
from mcphost.protocol.jsonrpc import (
    ErrorResponse,
    Message,
    Notification,
    Request,
    Response,
)
from mcphost.protocol.mcp import BATCHING, INITIALIZE
from mcphost.protocol.oauth_challenge import challenge_of
from mcphost.servers.call import Call
from mcphost.servers.limits import ServerLimits
from mcphost.servers.outbound import depart
from mcphost.servers.pace import Breather, Turns
from mcphost.servers.reading import read_messages
from mcphost.servers.redirects import SAME_REQUEST, place_on_same_origin
from mcphost.servers.sockets import Sockets
from mcphost.servers.sse import Bookmark, EventSplitter, bites
from mcphost.servers.wire import Credentials, HttpRefusal, Incoming, refusal_words

COMMON_HEADERS: Final = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
    ("Accept-Encoding", "identity"),
)
_SESSION: Final = "Mcp-Session-Id"
_EVENTS: Final = "text/event-stream"
_SHOWN: Final = "mcphost.shown"
_NOT_ALLOWED: Final = 405
_FINISH: Final = 0.01
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,1024}")
# Shorter than the five seconds after which common servers hang up, so that neither races the other.
_KEEP_ALIVE: Final = 2.0


def check_url(url: str, title: str) -> None:
    """Raise `UserFacingError` when *url* cannot be a server's address."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise UserFacingError(
            f"{title}: “{one_line(url)}” is not a URL. Add the server anew with the right one."
        ) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise UserFacingError(
            f"{title}: a server's URL starts with https:// or http://, not like "
            f"“{one_line(url)}”. Add the server anew with such a URL."
        )
    if parsed.userinfo or parsed.fragment:
        raise UserFacingError(
            f"{title}: a server's URL may hold neither a user name nor a # part. "
            "Add the server anew without them."
        )


class HttpWire:
    """One endpoint, its connections, and the session an old server may have opened."""

    over_http = True

    def __init__(
        self,
        url: str,
        *,
        title: str,
        limits: ServerLimits,
        user_agent: str,
        credentials: Credentials | None = None,
    ) -> None:
        check_url(url, title)
        self.credentials = credentials
        self.incoming: Incoming = _ignore
        self.version = ""
        self.session: str | None = None
        self._url = url
        parts = urlsplit(url)
        self._shown = one_line(f"{parts.scheme}://{parts.netloc}{parts.path}")
        self._title = title
        self._limits = limits
        self._ids = itertools.count(1)
        self._open = True
        self._client = httpx.AsyncClient(
            verify=_trust(),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": user_agent},
            timeout=httpx.Timeout(None, connect=limits.connect),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=_KEEP_ALIVE),
        )
        self._sockets = Sockets()

    @property
    def alive(self) -> bool:
        """Whether the wire has not been closed; HTTP has no other death."""
        return self._open and not self._sockets.over

    @property
    def last_words(self) -> str:
        """What a distant server logs is its own affair."""
        return ""

    @property
    def authorization_context(self) -> str:
        """On whose behalf the server answers."""
        return "" if self.credentials is None else self.credentials.context

    def forget_session(self) -> None:
        """The server says that the session is over."""
        self.session = None

    def next_id(self) -> int:
        """An id that this endpoint has never seen from us."""
        return next(self._ids)

    async def call(self, call: Call, frame: OutboundFrame) -> Response | ErrorResponse:
        """POST the request and read its answer. Leaving early closes the stream."""
        async with self._sent("POST", frame, call.exchange, call) as response:
            await self._check_status(response)
            if frame.method == INITIALIZE:
                self._adopt_session(response)
            match _media_type(response):
                case "application/json":
                    body = await self._body(response, self._limits.message)
                    return self._settle(await self._read(body), call)
                case media if media == _EVENTS:
                    bookmark = Bookmark()
                    answer = await self._stream(response, call, bookmark)
                case other:
                    raise ProtocolViolation(
                        f"a reply of type {other} (HTTP {response.status_code}): "
                        "is this the URL of an MCP server?"
                    )

        return answer if answer is not None else await self._resume(call, bookmark)

    async def tell(self, frame: OutboundFrame, exchange: Exchange) -> None:
        """POST a message that wants no answer."""
        async with self._sent("POST", frame, exchange, None) as response:
            await self._check_status(response)
            # Read to the end, so that the connection can be used again.
            await self._body(response, self._limits.error_body)

    async def listen(
        self, exchange: Exchange, bookmark: Bookmark, opened: Callable[[], None]
    ) -> bool:
        """GET the stream that belongs to no call, and hear it until it ends."""
        async with self._sent("GET", self._taking_up(bookmark), exchange, None) as response:
            if response.status_code == _NOT_ALLOWED:
                return False
            await self._check_status(response)
            if _media_type(response) != _EVENTS:
                return False
            opened()
            await self._stream(response, None, bookmark)
        return True

    async def offers_old_endpoint(self, exchange: Exchange) -> bool:
        """GET, and look at the first event. Where it points to is not even read: nothing follows
        an address that a server names.
        """
        async with self._sent("GET", self._taking_up(Bookmark()), exchange, None) as response:
            if response.status_code != 200 or _media_type(response) != _EVENTS:
                return False
            events = EventSplitter(self._limits.error_body)
            async for chunk in response.aiter_raw():
                for event in events.feed(chunk):
                    return event.event == "endpoint"
        return False

    def break_off(self) -> None:
        """Break every connection, on any thread."""
        self._sockets.cut()

    def cut(self) -> None:
        """Break every connection; what is on its way to the network is thrown away."""
        self._open = False
        self.session = None
        self._sockets.cut()

    async def close(self, exchange: Exchange) -> None:
        """End the session an old server opened, then let go of every connection."""
        self._open = False
        if self.session is not None:
            with suppress(McpHostError, TimeoutError):
                async with asyncio.timeout(self._limits.farewell):
                    await self._end_session(exchange)
        await self._client.aclose()

    async def _end_session(self, exchange: Exchange) -> None:
        frame = OutboundFrame(method="DELETE", request_id=None, body=b"", headers=self._bodiless())
        async with self._sent("DELETE", frame, exchange, None):
            self.session = None

    @asynccontextmanager
    async def _sent(
        self, verb: str, frame: OutboundFrame, exchange: Exchange, call: Call | None
    ) -> AsyncGenerator[httpx.Response]:
        secret = [(_SESSION, self.session)] if self.session is not None else []

        async def send(body: bytes) -> httpx.Response:
            if call is not None:
                call.sent = True
            headers = [*frame.headers, *secret, *await self._shown_to(verb, exchange)]
            if self._sockets.over:
                raise ServerUnreachable(f"{self._title} was disconnected. Nothing was sent.")
            request = self._client.build_request(
                verb,
                self._url,
                content=body,
                headers=headers,
                extensions={"trace": self._sockets.trace},
            )
            shown = 0 if self.credentials is None else self.credentials.generation
            response = await self._client.send(request, stream=True)
            response.extensions[_SHOWN] = shown
            self._hear(response)
            return response

        try:
            response = await depart(frame, exchange, send)
            if (moved := self._moved(response)) is not None:
                # Once: the same bytes, recorded again before they leave again.
                await response.aclose()
                self._url = moved
                response = await depart(frame, exchange, send)
            try:
                yield response
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unreachable(error) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ServerUnreachable(
                f"The connection to {self._title} broke ({type(error).__name__}). Try again."
            ) from error

    def _moved(self, response: httpx.Response) -> str | None:
        if response.status_code not in SAME_REQUEST:
            return None
        return place_on_same_origin(self._url, response.headers.get("location", ""))

    async def _shown_to(self, verb: str, exchange: Exchange) -> Headers:
        if self.credentials is None:
            return ()
        return await self.credentials.headers(verb, self._url, exchange.invocation)

    def _hear(self, response: httpx.Response) -> None:
        nonce = response.headers.get("DPoP-Nonce")
        if nonce is not None and self.credentials is not None:
            self.credentials.hear(nonce)

    def _unreachable(self, error: httpx.TransportError) -> ServerUnreachable:
        if "CERTIFICATE" in str(error):
            return ServerUnreachable(
                f"The certificate of {self._title} at {self._shown} is not trusted. "
                "Nothing was sent. Correct the address, or ask whoever runs the server."
            )
        return ServerUnreachable(
            f"{self._title} cannot be reached at {self._shown}. "
            "Is it running, and is the address right?"
        )

    async def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            raise ProtocolViolation("a compressed reply, although none was asked for")
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            target = one_line(response.headers.get("location", "nowhere"))
            raise HttpRefusal(
                f"{self._title} redirects to {target}. Redirects to elsewhere are not followed: "
                "if you trust that address, add the server anew with it.",
                status=status,
                reply=None,
            )
        raise HttpRefusal(
            refusal_words(self._title, self._shown, status),
            status=status,
            reply=await self._error(response),
            challenge=challenge_of(status, response.headers.get_list("www-authenticate")),
            shown=response.extensions[_SHOWN],
        )

    async def _error(self, response: httpx.Response) -> ErrorResponse | None:
        """The JSON-RPC error in a refusal, when there is a well-formed one."""
        try:
            (message, *_) = await self._read(await self._body(response, self._limits.error_body))
        except ProtocolViolation:
            return None
        return message if isinstance(message, ErrorResponse) else None

    async def _body(self, response: httpx.Response, limit: int) -> bytes:
        too_long = ProtocolViolation(f"a reply of more than {limit} bytes")
        announced = response.headers.get("content-length", "")
        if len(announced) > 18 or (announced.isdigit() and int(announced) > limit):
            raise too_long
        body, turns = bytearray(), Turns()
        async for chunk in response.aiter_raw():
            await turns.turn()  # one read can hold ten thousand chunks of a byte each
            if len(body) + len(chunk) > limit:
                raise too_long
            body += chunk
        return bytes(body)

    async def _read(self, body: bytes) -> tuple[Message, ...]:
        return await read_messages(body, self._limits, batches=self.version == BATCHING)

    async def _stream(
        self, response: httpx.Response, call: Call | None, bookmark: Bookmark
    ) -> Response | ErrorResponse | None:
        """The answer out of an event stream; None when the stream ended before it came."""
        events = EventSplitter(self._limits.message)
        breather, turns = Breather(), Turns()
        chunks = response.aiter_raw()
        try:
            async for chunk in chunks:
                breather.begin()
                for bite in bites(chunk):
                    await turns.turn()
                    for event in events.feed(bite):
                        bookmark.follow(event)
                        if event.event != "message" or not event.data:
                            continue
                        answer = self._sift(await self._read(event.data), call)
                        if answer is not None:
                            await _finish(chunks)
                            return answer
                await breather.rest()
        except httpx.TransportError:
            if not self._resumable(bookmark):
                raise
        return None

    def _resumable(self, bookmark: Bookmark) -> bool:
        return bool(self.version) and bookmark.last_id is not None

    async def _resume(self, call: Call, bookmark: Bookmark) -> Response | ErrorResponse:
        """Revisions before 2026-07-28 let a server hang up and be asked for the rest."""
        for _ in range(self._limits.resumptions):
            if not self._resumable(bookmark):
                break
            await asyncio.sleep(bookmark.retry)
            frame = self._taking_up(bookmark)
            async with self._sent("GET", frame, call.exchange, None) as response:
                await self._check_status(response)
                if _media_type(response) != _EVENTS:
                    raise ProtocolViolation("no event stream where one was left")
                answer = await self._stream(response, call, bookmark)
            if answer is not None:
                return answer
        raise ServerUnreachable(
            f"{self._title} ended its reply to {call.method} without an answer. It may have done "
            "the work all the same: look before you try again."
        )

    def _taking_up(self, bookmark: Bookmark) -> OutboundFrame:
        place = (("Last-Event-ID", bookmark.last_id),) if bookmark.last_id is not None else ()
        headers = (*self._bodiless(), *place)
        return OutboundFrame(method="GET", request_id=None, body=b"", headers=headers)

    def _bodiless(self) -> tuple[tuple[str, str], ...]:
        return (*COMMON_HEADERS[1:], ("MCP-Protocol-Version", self.version))

    def _settle(self, messages: tuple[Message, ...], call: Call) -> Response | ErrorResponse:
        answer = self._sift(messages, call)
        if answer is None:
            raise ProtocolViolation("a reply that answers nothing")
        return answer

    def _sift(
        self, messages: tuple[Message, ...], call: Call | None
    ) -> Response | ErrorResponse | None:
        """Hand on what is not the answer to *call*; return what is."""
        answer: Response | ErrorResponse | None = None
        for message in messages:
            match message:
                case Request() | Notification():
                    self.incoming(message, call)
                case _ if call is None:
                    raise ProtocolViolation("an answer on a stream that is for none")
                case ErrorResponse(id=None):
                    answer = message
                case Response() | ErrorResponse() if _same(message.id, call.id):
                    answer = message
                case _:
                    raise ProtocolViolation("an answer with another id than the question's")
        return answer

    def _adopt_session(self, response: httpx.Response) -> None:
        untrusted = response.headers.get(_SESSION)
        if untrusted is not None and not _SESSION_ID.fullmatch(untrusted):
            raise ProtocolViolation("a session id that is not plain text")
        self.session = untrusted


async def _finish(chunks: AsyncIterator[bytes]) -> None:
    """Read the end of a stream that has said everything, so that its connection can be reused."""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_FINISH):
            async for _ in chunks:
                pass


def _same(untrusted_id: object, number: int) -> bool:
    return isinstance(untrusted_id, int) and untrusted_id == number


def _media_type(response: httpx.Response) -> str:
    if response.status_code in {202, 204}:
        return "nothing"
    whole = response.headers.get("content-type", "nothing")
    return one_line(whole.partition(";")[0].lower(), limit=60)


@functools.cache
def _trust() -> ssl.SSLContext:
    """One TLS context for all connections: building it takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def _ignore(message: Request | Notification, call: Call | None) -> None:
    del message, call
