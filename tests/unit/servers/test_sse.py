"""Server-sent events: as the standard says, bounded."""

from __future__ import annotations

import itertools
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation
from mcphost.servers.sse import BITE, EventSplitter, ServerEvent, bites

STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\ndata: one\ndata:two\n\nevent: ping\rdata: {}\r\r"
    b"id: 7\r\nretry: 250\r\ndata:\r\n\r\nunknown: x\ndata: last\n\ndata: unfinished\n"
)


def events(chunks: list[bytes], limit: int = 1000) -> list[ServerEvent]:
    splitter = EventSplitter(limit)
    return [event for chunk in chunks for event in splitter.feed(chunk)]


@settings(database=None, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1))
def test_events_do_not_depend_on_how_the_bytes_arrive(sizes: list[int]) -> None:
    chunks: list[bytes] = []
    at = 0
    while at < len(STREAM):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(STREAM[at : at + size])
        at += size
    found = events(chunks)
    assert [e.data for e in found] == [b"one\ntwo", b"{}", b"", b"last"]
    assert [e.event for e in found] == ["message", "ping", "message", "message"]
    assert (found[2].id, found[2].retry) == ("7", 250)


FIELDS = st.just(b"") | st.sampled_from([b"data: x", b"data", b"id: 1", b":", b"\xef\xbb\xbf"])
LINES = st.tuples(FIELDS, st.sampled_from([b"\r", b"\n", b"\r\n"])).map(b"".join)
STREAMS = st.lists(LINES, max_size=12).map(b"".join) | st.binary(max_size=60)


@settings(database=None, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 60), max_size=12))
def test_any_split_of_any_stream_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(edges)]
    whole = events([stream])
    assert events(chunks) == whole
    assert events([bytes([byte]) for byte in stream]) == whole


def test_an_event_is_not_lost_when_its_line_ends_come_one_by_one() -> None:
    assert [e.data for e in events([b"data: a\r", b"\n", b"\n"])] == [b"a"]
    assert [e.data for e in events([b"data: a\r", b"", b"\n", b"\r", b"\n"])] == [b"a"]


@pytest.mark.parametrize("tail", [b"xy", b"data:\n", b": c\n"])
def test_what_drips_in_takes_little_more_memory_than_its_bytes(tail: bytes) -> None:
    splitter = EventSplitter(1024 * 1024)
    tracemalloc.start()
    try:
        for _ in range(30_000):
            assert list(splitter.feed(tail)) == []
        assert tracemalloc.get_traced_memory()[1] < 3 * 60_000
    finally:
        tracemalloc.stop()


def test_each_empty_line_of_data_counts_against_the_limit() -> None:
    with pytest.raises(ProtocolViolation, match="more than 100 bytes"):
        events([b"data:\n" * 102], limit=100)
    assert [len(e.data) for e in events([b"data:\n" * 101 + b"\n"], limit=100)] == [100]


def test_an_event_over_the_limit_is_refused_however_it_is_cut() -> None:
    for chunks in ([b"data: " + b"x" * 200], [b"data: xxxxxxxxxxxxxxxxxxx\n"] * 8):
        with pytest.raises(ProtocolViolation, match="more than 100 bytes"):
            events(chunks, limit=100)


@pytest.mark.requirement("MCP-057")
def test_comments_without_end_are_bounded_too() -> None:
    with pytest.raises(ProtocolViolation):
        events([b": " + b"x" * 60, b"x" * 60], limit=100)


def test_a_large_event_in_small_chunks_takes_linear_time() -> None:
    splitter = EventSplitter(64 * 1024 * 1024)
    started = time.thread_time()
    assert list(splitter.feed(b"data: ")) == []
    for _ in range(200_000):
        assert list(splitter.feed(b"x" * 64)) == []
    (event,) = splitter.feed(b"\n\n")
    assert len(event.data) == 200_000 * 64
    assert time.thread_time() - started < 5.0


def test_a_chunk_taken_in_bites_says_the_same() -> None:
    chunk = b"data: " + b"a" * 3 * BITE + b"\r\n\r\n" + b"data:\n" * BITE + b"\ndata: last\n\n"
    pieces = list(bites(chunk))
    assert b"".join(pieces) == chunk
    assert max(map(len, pieces)) <= BITE
    assert events(pieces, limit=9 * BITE) == events([chunk], limit=9 * BITE)
