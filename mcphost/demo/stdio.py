"""The demo server over a pipe: one JSON-RPC message a line, answered in order.

Runs on the main thread of its own process until standard input ends. Standard output carries
nothing but answers.
"""

from __future__ import annotations

from typing import BinaryIO

from mcphost.demo import wire
from mcphost.demo.service import Service
from mcphost.demo.wire import INVALID_REQUEST, MAX_MESSAGE, Refused, encode_refusal, encode_result


def serve(service: Service, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer every line of *source* on *sink*; return when *source* ends."""
    while line := source.readline(MAX_MESSAGE + 1):
        if len(line) > MAX_MESSAGE and not line.endswith(b"\n"):
            _skip_line(source)
            refusal = Refused(INVALID_REQUEST, f"a line is longer than {MAX_MESSAGE} bytes")
            reply = encode_refusal(None, refusal)
        else:
            reply = _answer(service, line)
        if reply is not None:
            sink.write(reply + b"\n")
            sink.flush()


def _answer(service: Service, line: bytes) -> bytes | None:
    if not line.strip():
        return None
    try:
        call = wire.parse_call(line)
    except Refused as refusal:
        return encode_refusal(None, refusal)
    if call.id is None:  # a notification; every answer here is instant, so none can be cancelled
        return None
    try:
        return encode_result(call.id, service.answer(call))
    except Refused as refusal:
        return encode_refusal(call.id, refusal)


def _skip_line(source: BinaryIO) -> None:
    """Read on to the end of an oversized line, in bounded pieces."""
    while (piece := source.readline(65_536)) and not piece.endswith(b"\n"):
        pass
