"""A balancer that sends every request to the next of several servers: `round_robin PORT B1 B2 …`.

One request, one connection: nothing a server keeps in memory helps it with the next request.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from contextlib import suppress

from tests.helpers.servers.http_peer import HEAD_END


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, backends: itertools.cycle[int]
) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        head = await reader.readuntil(HEAD_END)
        lines = head.decode("latin-1").split("\r\n")[:-2]
        kept = [line for line in lines if not line.lower().startswith("connection:")]
        lengths = [line for line in kept if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0].split(":")[1]) if lengths else 0)
        answer, request = await asyncio.open_connection("127.0.0.1", next(backends))
        request.write("\r\n".join([*kept, "Connection: close", "", ""]).encode("latin-1") + body)
        gone = asyncio.ensure_future(reader.read())
        pumped = asyncio.ensure_future(_pump(answer, writer))
        await asyncio.wait({gone, pumped}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        pumped.cancel()
        request.close()
    writer.close()


async def _pump(answer: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await answer.read(65_536):
        writer.write(data)
        await writer.drain()


async def main(port: int, backends: list[int]) -> None:
    turn = itertools.cycle(backends)
    server = await asyncio.start_server(lambda r, w: relay(r, w, turn), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), [int(word) for word in sys.argv[2:]]))
