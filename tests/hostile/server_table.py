"""Every row of the table of hostile servers, each in a process of its own that is measured.

`python -m tests.hostile.server_table` prints the table: what the host made of it, its peak memory
above idle, and the longest time its loop stood still. A row runs the real pool and connection (or
the real schema worker) in a child; the hostile server is the parent, or a process of the child's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.helpers.servers.http_peer import Reply, Script, Seen, modern, peer

MIB = 1024 * 1024
SECONDS = 60.0
PEAK_MIB = 64.0
STALL_MS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attack. *says* is part of what the host must answer; *kind* says how the child asks."""

    name: str
    says: str
    kind: str = "http"
    server: Callable[[Seen, Reply], Awaitable[None]] | None = None
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the child reports."""

    outcome: str
    peak_mib: float
    stall_ms: float
    cpu_s: float


def _body(text: str) -> Script:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.json(text.replace("ID", str(seen.message["id"])).encode())

    return script


def _answer(result: str) -> Script:
    return _body('{"jsonrpc":"2.0","id":ID,"result":' + result + "}")


async def _huge(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: application/json", "Connection: close")
    for _ in range(300):
        await reply.raw(b" " * MIB)


async def _bomb(seen: Seen, reply: Reply) -> None:
    import gzip

    body = gzip.compress(b"\0" * (100 * MIB), 1)
    await reply.status(200, body, "Content-Type: application/json", "Content-Encoding: gzip")


async def _big_event(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: text/event-stream", "Connection: close")
    for _ in range(64):
        await reply.raw(b"data: " + b"a" * MIB + b"\n")


async def _empty_lines(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: text/event-stream", "Connection: close")
    for _ in range(64):
        await reply.raw(b"data:\n" * (MIB // 6))


async def _comments(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: text/event-stream", "Connection: close")
    while True:
        await reply.raw(b": still here\n\n" * 64)
        await asyncio.sleep(0.001)


async def _headers(seen: Seen, reply: Reply) -> None:
    await reply.raw(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        await reply.raw(f"X-{number}: {'a' * 1000}\r\n".encode())


async def _one_header(seen: Seen, reply: Reply) -> None:
    await reply.raw(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(64):
        await reply.raw(b"a" * MIB)


async def _slow(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: application/json", "Content-Length: 100000")
    while True:
        await reply.raw(b" ")
        await asyncio.sleep(0.05)


async def _crumbs(seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: application/json", "Transfer-Encoding: chunked")
    for _ in range(2000):
        await reply.raw(b"1\r\n \r\n" * 1000)
    await reply.raw(b"0\r\n\r\n")


async def _asks(seen: Seen, reply: Reply) -> None:
    await reply.event({"jsonrpc": "2.0", "id": "s1", "method": "roots/list"})
    await asyncio.sleep(1)


async def _elsewhere(seen: Seen, reply: Reply) -> None:
    await reply.status(307, b"", "Location: http://127.0.0.2:9/mcp")


async def _dropped(seen: Seen, reply: Reply) -> None:
    reply.writer.close()


def _drops_one() -> Script:
    """Of two calls in flight, one loses its connection; then the other is answered."""
    waiting, dropped = asyncio.Event(), asyncio.Event()

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "resources/list":
            waiting.set()
            await dropped.wait()
            await reply.result({"resultType": "complete", "resources": []})
        else:
            await waiting.wait()
            reply.writer.close()
            dropped.set()

    return script


async def _values(seen: Seen, reply: Reply) -> None:
    values = b"[" + b"0," * 800_000 + b"0]"
    head = (
        b'{"jsonrpc":"2.0","id":%d,"result":{"resultType":"complete","tools":'
        % (seen.message["id"])
    )
    await reply.json(head + values + b"}}")


async def _twice(seen: Seen, reply: Reply) -> None:
    text = b'{"jsonrpc":"2.0","id":%d,"result":{"a":"%s","a":1}}'
    await reply.json(text % (seen.message["id"], b"x" * (15 * MIB)))


_DEEP = "[" * 100_000 + "]" * 100_000
_FAN = {
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
        "d40": {"type": "object"},
    },
    "$ref": "#/$defs/d0",
}

ROWS: tuple[Row, ...] = (
    Row(name="300 MB JSON body", says="more than 16777216 bytes", server=_huge),
    Row(name="gzip bomb", says="compressed reply", server=_bomb),
    Row(name="SSE event of 64 MB", says="an event of more than", server=_big_event),
    Row(name="SSE event of empty lines", says="tools/list", server=_empty_lines),
    Row(name="stdio line of 8 MB", says="ok", kind="stdio", argument="8"),
    Row(name="stdio line of 15 MB", says="ok", kind="stdio", argument="15"),
    Row(name="stdio line of 32 MB", says="a line of more than", kind="stdio", argument="32"),
    Row(
        name="outputSchema (a+)+$",
        says="",
        kind="schema",
        argument=json.dumps({"type": "object", "properties": {"x": {"pattern": "(a+)+$"}}}),
    ),
    Row(name="outputSchema 2^40 $ref", says="", kind="schema", argument=json.dumps(_FAN)),
    Row(name="outputSchema $ref #", says="", kind="schema", argument='{"$ref":"#"}'),
    Row(
        name="pattern \\p{L}",
        says="ok",
        kind="schema",
        argument=json.dumps({"type": "object", "properties": {"x": {"pattern": "^\\p{L}+!$"}}}),
    ),
    Row(
        name="unknown $schema",
        says="dialect",
        kind="schema",
        argument=json.dumps({"$schema": "https://example.com/mine", "type": "object"}),
    ),
    Row(
        name="remote $ref",
        says="refers to",
        kind="schema",
        argument=json.dumps({"$ref": "https://example.com/schema.json"}),
    ),
    Row(name="unknown resultType", says="resultType", server=_answer('{"resultType":"zzz"}')),
    Row(name="absent resultType", says="ok", server=_answer('{"tools":[]}')),
    Row(name="server request on a modern stream", says="a request of its own", server=_asks),
    Row(
        name="id “3” for 3",
        says="another id",
        server=_body('{"jsonrpc":"2.0","id":"ID","result":{"tools":[]}}'),
    ),
    Row(name="duplicate keys", says="the same key twice", server=_answer('{"a":1,"a":2}')),
    Row(name="duplicate key after 15 MB", says="the same key twice", server=_twice),
    Row(name="NaN", says="NaN is not JSON", server=_answer('{"a":NaN}')),
    Row(name="Infinity", says="Infinity is not JSON", server=_answer('{"a":Infinity}')),
    Row(
        name="wrong id",
        says="another id",
        server=_body('{"jsonrpc":"2.0","id":77777,"result":{"tools":[]}}'),
    ),
    Row(name="JSON 100 000 deep", says="nested deeper", server=_answer(_DEEP)),
    Row(name="800 000 values", says="more than 500000 values", server=_values),
    Row(name="cross-origin 307", says="redirects", server=_elsewhere),
    Row(name="one connection dropped", says="broke", server=_dropped),
    Row(name="one of two connections dropped", says="broke", kind="pair", server=_drops_one()),
    Row(name="64 MB in one header", says="broke", server=_one_header),
    Row(name="100 MB of headers", says="broke", server=_headers),
    Row(name="slow body", says="did not answer", server=_slow),
    Row(name="endless comments", says="did not answer", server=_comments),
    Row(name="2 million chunks of one byte", says="tools/list", server=_crumbs),
)


def row(name: str) -> Row:
    return next(each for each in ROWS if each.name == name)


async def measure(each: Row) -> Figures:
    """Run *each* in a child and return what it reports."""
    server = each.server or _dropped
    async with peer(modern(_twice_good(server))) as evil:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.hostile.server_victim"),
            *(each.kind, evil.url, each.argument),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(SECONDS):
                out, _ = await child.communicate()
        except TimeoutError:
            child.kill()
            await child.wait()
            raise
    return Figures(**json.loads(out))


def _twice_good(script: Script) -> Script:
    """*script* for `tools/list`; a good answer to `prompts/list`, which shows that all is well."""

    async def answer(seen: Seen, reply: Reply) -> None:
        if seen.method == "prompts/list":
            await reply.result({"resultType": "complete", "prompts": []})
        else:
            await script(seen, reply)

    return answer


def holds(each: Row, figures: Figures) -> bool:
    """Whether the outcome is the right one, and memory and stall are within their bounds."""
    calm = figures.peak_mib <= PEAK_MIB and figures.stall_ms <= STALL_MS
    return each.says in figures.outcome and calm


async def table(print_line: Callable[[str], Any] = print) -> bool:
    print_line(f"{'row':36} {'peak MiB':>8} {'stall ms':>8} {'cpu s':>6}  outcome")
    good = True
    for each in ROWS:
        found = await measure(each)
        good = good and holds(each, found)
        mark = "" if holds(each, found) else "  <-- WRONG"
        print_line(
            f"{each.name:36} {found.peak_mib:8.1f} {found.stall_ms:8.1f} {found.cpu_s:6.2f}  "
            f"{found.outcome[:90]}{mark}"
        )
    return good


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(table()) else 1)
