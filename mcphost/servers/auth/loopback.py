"""Where a person's browser comes back to from an authorization server: one page on this computer.

Law: (1) it listens on 127.0.0.1 alone, on a port of the system's choice, while one sign-in waits,
and is closed with it; (2) what counts as the answer is judged by `protocol.callback`, once; stray
visits use nothing up; (3) every reply is one of a few fixed pages that load and run nothing and
repeat nothing; (4) the query, which holds a code, is given to the caller and to nobody else: it is
never logged and never part of a message. Loop thread only.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

from mcphost.domain.errors import UserFacingError
from mcphost.domain.ports import LinkOpener
from mcphost.protocol.callback import MAX_HEAD, Expected, StrayVisit, answer_of, state_of

HOST: Final = "127.0.0.1"
FIXED_PATH: Final = "/callback"
"""For a client that was registered with its redirect address in advance."""
PATIENCE: Final = 300.0
_HEAD_SECONDS: Final = 10.0
_MAX_VISITORS: Final = 16

_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}"
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_CAME_BACK = (
    "You can close this tab",
    "mcphost has the answer of your sign-in. Go back to it to see how it went.",
)
_STRAY = (
    "Nothing to see here",
    "This address belongs to a sign-in that mcphost started. Go back to mcphost and try again.",
)
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    421: "Misdirected Request",
    503: "Service Unavailable",
}


class LoopbackDoorway:
    """One visit. Made by `loopback_doorway`, which also closes it."""

    def __init__(self, opener: LinkOpener, *, path: str, patience: float) -> None:
        self._opener = opener
        self._path = path
        self._patience = patience
        self._authority = ""
        self._state: str | None = None
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open = False
        self._visitors: set[asyncio.Task[None]] = set()

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to come back to."""
        return f"http://{self._authority}{self._path}"

    async def visit(self, url: str) -> str:
        """Open *url* and wait for the browser. Raises `UserFacingError` when it does not come."""
        self._state, self._open = state_of(url), True
        self._opener(url)
        try:
            async with asyncio.timeout(self._patience):
                target = await self._answer
        except TimeoutError as error:
            raise UserFacingError(
                f"nobody came back from your browser within {self._patience:g} seconds, so you "
                "are not signed in. Try again and finish in the page that opens; if no page "
                "opened, choose a default browser in the system settings."
            ) from error
        return f"http://{self._authority}{target}"

    def listen_at(self, port: int) -> None:
        """Note the port that the system chose."""
        self._authority = f"{HOST}:{port}"

    def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody connected."""
        if len(self._visitors) >= _MAX_VISITORS:
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._visitors.add(task)
        task.add_done_callback(self._visitors.discard)

    async def close(self) -> None:
        """Let go of whoever is still connected; a reply under way has a moment."""
        if self._visitors:
            await asyncio.wait(self._visitors, timeout=0.5)
        for task in self._visitors:
            task.cancel()
        self._answer.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_HEAD_SECONDS):
                    writer.write(await self._reply(reader))
                    await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _reply(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            return self._judge(head.removesuffix(b"\r\n\r\n"))
        except asyncio.LimitOverrunError:
            return _page(400, _STRAY)
        except StrayVisit as stray:
            return _page(stray.status, _STRAY)

    def _judge(self, head: bytes) -> bytes:
        expected = Expected(authority=self._authority, path=self._path, state=self._state)
        target = answer_of(head, expected)
        if not self._open or self._answer.done():
            raise StrayVisit(410)
        self._answer.set_result(target)
        return _page(200, _CAME_BACK)


@asynccontextmanager
async def loopback_doorway(
    opener: LinkOpener, *, fixed_path: bool = False, patience: float = PATIENCE
) -> AsyncGenerator[LoopbackDoorway]:
    """A doorway that listens until the block is left. *fixed_path* is for a client whose redirect
    address was registered in advance; otherwise the path cannot be guessed.
    """
    path = FIXED_PATH if fixed_path else f"{FIXED_PATH}/{secrets.token_urlsafe(24)}"
    door = LoopbackDoorway(opener, path=path, patience=patience)
    try:
        server = await asyncio.start_server(door.receive, HOST, 0, limit=MAX_HEAD)
    except OSError as error:
        raise UserFacingError(
            "no port of this computer could be opened for your browser to come back to "
            f"({error.strerror}). Nothing was sent; close some programs and try again."
        ) from error
    door.listen_at(server.sockets[0].getsockname()[1])
    try:
        yield door
    finally:
        server.close()
        await door.close()


def _page(status: int, words: tuple[str, str]) -> bytes:
    title, text = words
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>mcphost</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{text}</p></html>"
    ).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Content-Security-Policy: default-src 'none'; style-src 'sha256-{_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Cache-Control: no-store\r\n"
        f"{'Allow: GET' + chr(13) + chr(10) if status == 405 else ''}"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
