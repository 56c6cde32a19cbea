"""A language model's HTTP side on loopback: OpenAI's `/chat/completions` and Anthropic's
`/messages`, streamed, scripted, and recording every request exactly.

    with ModelServer(Answer(pieces=("Hel", "lo"))) as server: ...

It runs in a thread of its own. Nothing sleeps: an answer that should wait says `HOLD` and goes on
after `release`, or ends when the client has gone (`wait_gone`).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

HOLD = "\0hold"
"""A piece that is not sent: the server waits there."""
SECONDS = 45.0
_FRAGMENT = 7


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call the model asks for. *arguments* is the JSON text, sent in fragments."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. *raw* replaces the stream's bytes; *drop* breaks the connection off after what
    was said; *status* other than 200 sends *raw* as a plain body.
    """

    pieces: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    status: int = 200
    raw: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    unfinished: bool = False
    """Ends in good order, but without saying that it is finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came: *head* are the bytes before the body."""

    path: str
    head: bytes
    headers: tuple[tuple[str, str], ...]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def tools(self) -> list[str]:
        """The names of the tools offered."""
        return [tool.get("function", tool)["name"] for tool in self.body.get("tools", [])]

    @property
    def told(self) -> str:
        """Everything the model was told, as one text."""
        return "\n".join(_texts([self.body.get("system", ""), self.body["messages"]]))

    @property
    def last_told(self) -> str:
        """What it was told since it last spoke."""
        new: list[Any] = []
        for message in self.body["messages"]:
            new = [] if message["role"] == "assistant" else [*new, message]
        return "\n".join(_texts(new))


@dataclass(slots=True)
class _State:
    """Shared by the two threads, under the condition."""

    asked: list[Asked] = field(default_factory=list[Asked])
    gone: int = 0
    holding: int = 0


class ModelServer:
    """*script*: answers in order (the last is repeated), or a function of the request."""

    def __init__(self, *script: Answer, answer: Callable[[Asked], Answer] | None = None) -> None:
        self._script = list(script)
        self._answer = answer or self._next
        self._state = _State()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="model")
        self._up: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._go: asyncio.Event

    def __enter__(self) -> ModelServer:
        self._thread.start()
        self.port = self._up.result(SECONDS)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[Asked]:
        with self._news:
            return list(self._state.asked)

    def release(self) -> None:
        """Let every answer that waits at a `HOLD` go on, and later ones pass."""
        self._loop.call_soon_threadsafe(self._go.set)

    def wait_holding(self) -> None:
        """Until an answer waits at a `HOLD`."""
        self._wait(lambda: self._state.holding > 0)

    def wait_gone(self) -> None:
        """Until a client has gone away while its answer waited."""
        self._wait(lambda: self._state.gone > 0)

    def _wait(self, seen: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(seen, SECONDS)

    def _tell(self, change: Callable[[_State], None]) -> None:
        with self._news:
            change(self._state)
            self._news.notify_all()

    def _next(self, _asked: Asked) -> Answer:
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._go = asyncio.Event(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._loop.create_task(self._talk(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**24)
        self._up.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(2 * SECONDS):
                asked = await _read(reader)
                self._tell(lambda state: state.asked.append(asked))
                await self._reply(asked, self._answer(asked), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _reply(
        self,
        asked: Asked,
        answer: Answer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        headers = dict(answer.headers)
        if answer.status != 200:
            body = answer.raw or b""
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
            writer.write(_head(answer.status, headers) + body)
            await writer.drain()
            return
        headers |= {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        writer.write(_head(200, headers))
        async for data in self._stream(asked, answer, reader):
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
        if not answer.drop:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    async def _stream(
        self, asked: Asked, answer: Answer, reader: asyncio.StreamReader
    ) -> AsyncIterator[bytes]:
        if answer.raw is not None:
            yield answer.raw
            return
        anthropic = asked.path.partition("?")[0].endswith("/messages")
        for event in _anthropic(answer) if anthropic else _openai(answer):
            if event == HOLD:
                await self._hold(reader)
            else:
                yield event.encode()

    async def _hold(self, reader: asyncio.StreamReader) -> None:
        """Wait for `release`, or notice that the client has gone."""
        self._tell(lambda state: setattr(state, "holding", state.holding + 1))
        waits = [
            asyncio.ensure_future(self._go.wait()),
            asyncio.ensure_future(reader.read(1)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[1].done():
                self._tell(lambda state: setattr(state, "gone", state.gone + 1))
                raise ConnectionResetError
        finally:
            for wait in waits:
                wait.cancel()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple((k.strip(), v.strip()) for k, _, v in (line.partition(":") for line in lines))
    length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
    raw = await reader.readexactly(length)
    named = tuple((key, value) for key, value in headers if key)
    return Asked(path=first.split(" ")[1], head=head, headers=named, raw=raw)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode()


def _fragments(text: str) -> Iterable[str]:
    return (text[at : at + _FRAGMENT] for at in range(0, len(text), _FRAGMENT))


def _openai(answer: Answer) -> Iterable[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
        return f"data: {json.dumps({**frame, 'choices': choices, **more})}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for piece in answer.pieces:
        yield HOLD if piece == HOLD else chunk({"content": piece})
    for index, call in enumerate(answer.calls):
        begin = {"name": call.name, "arguments": ""}
        first = {"index": index, "id": f"call_{index}", "type": "function", "function": begin}
        yield chunk({"tool_calls": [first]})
        for part in _fragments(call.arguments):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    if answer.drop or answer.unfinished:
        return
    yield chunk({}, "tool_calls" if answer.calls else "stop")
    usage = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    spent = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    yield f"data: {json.dumps({**spent, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


def _anthropic(answer: Answer) -> Iterable[str]:
    def event(kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    def block(index: int, start: dict[str, Any], deltas: Iterable[dict[str, Any]]) -> Iterable[str]:
        yield event("content_block_start", index=index, content_block=start)
        for delta in deltas:
            hold = delta.get("text") == HOLD
            yield HOLD if hold else event("content_block_delta", index=index, delta=delta)
        if not answer.drop:
            yield event("content_block_stop", index=index)

    usage = {"input_tokens": 11, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "stub", "content": []}
    yield event("message_start", message={**message, "stop_reason": None, "usage": usage})
    index = 0
    if answer.pieces:
        said = [{"type": "text_delta", "text": piece} for piece in answer.pieces]
        yield from block(index, {"type": "text", "text": ""}, said)
        index += 1
    for number, call in enumerate(answer.calls):
        start = {"type": "tool_use", "id": f"call_{number}", "name": call.name, "input": {}}
        parts = _fragments(call.arguments)
        given = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        yield from block(index + number, start, given)
    if answer.drop or answer.unfinished:
        return
    reason = "tool_use" if answer.calls else "end_turn"
    ended = {"stop_reason": reason, "stop_sequence": None}
    yield event("message_delta", delta=ended, usage={"output_tokens": 5})
    yield event("message_stop")


def _texts(value: Any) -> list[str]:
    """Every string that is content, in order."""
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in _texts(item)]
        case dict():
            return _texts([value.get("text", ""), value.get("content", "")])
        case _:
            return []
