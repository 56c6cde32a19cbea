"""A tap on the wire between host and server, as a program of its own, started by its path.

`cli_wire.py tee RECORD COMMAND…` stands in for a stdio server: it runs COMMAND and notes every line
on its way in. `cli_wire.py relay RECORD PORT UPSTREAM` listens on PORT and notes every request on
its way to the port UPSTREAM. RECORD has one line of JSON for each: verb and body (Base64).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

RECORD = Path(sys.argv[2])


def note(verb: str, body: bytes) -> None:
    line = {"verb": verb, "body": base64.b64encode(body).decode()}
    with RECORD.open("a", encoding="utf-8") as record:
        record.write(json.dumps(line) + "\n")


def tee(command: list[str]) -> int:
    server = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert server.stdin is not None
    threading.Thread(target=leave_with, args=(server,), daemon=True).start()
    for line in sys.stdin.buffer:
        note("line", line.removesuffix(b"\n"))
        with suppress(BrokenPipeError):
            server.stdin.write(line)
            server.stdin.flush()
    server.stdin.close()
    return server.wait()


def leave_with(server: subprocess.Popen[bytes]) -> None:
    """A tap that outlived its server would hide the server's death from the host."""
    os._exit(server.wait())


async def relay(port: int, upstream: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", upstream)
        answers = asyncio.create_task(pump(back_reader, writer))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await forward(reader, back_writer)
        back_writer.close()
        await answers

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    assert "transfer-encoding" not in fields
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    note(first.partition(" ")[0], body)
    writer.write(head + body)
    await writer.drain()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    if sys.argv[1] == "tee":
        sys.exit(tee(sys.argv[3:]))
    asyncio.run(relay(int(sys.argv[3]), int(sys.argv[4])))
