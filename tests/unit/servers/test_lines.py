"""Lines from a pipe: whole, bounded, in linear time."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.servers.lines import LineSplitter, TooLong


def lines(chunks: list[bytes], limit: int = 100) -> list[bytes | TooLong]:
    splitter = LineSplitter(limit)
    return [line for chunk in chunks for line in splitter.feed(chunk)]


@settings(database=None, deadline=None)
@given(st.lists(st.binary(max_size=12)), st.integers(1, 5))
def test_lines_do_not_depend_on_how_the_bytes_arrive(parts: list[bytes], size: int) -> None:
    whole = b"\n".join(parts) + b"\n"
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert lines(pieces, 1000) == whole.split(b"\n")[:-1]


def test_a_line_over_the_limit_is_dropped_and_its_neighbours_stay() -> None:
    found = lines([b"a\n", b"x" * 99 + b"yy", b"z" * 5000, b"end\nb\n"])
    assert found[0] == b"a"
    assert isinstance(found[1], TooLong)
    assert found[1].start.startswith(b"xxx")
    assert found[1].end.endswith(b"zend")
    assert found[2] == b"b"


def test_a_line_of_exactly_the_limit_is_whole() -> None:
    assert lines([b"x" * 100 + b"\n"]) == [b"x" * 100]


def test_a_line_that_drips_in_takes_little_more_memory_than_its_bytes() -> None:
    splitter = LineSplitter(1024 * 1024)
    tracemalloc.start()
    try:
        for _ in range(30_000):
            splitter.feed(b"xy")
        assert tracemalloc.get_traced_memory()[1] < 3 * 60_000
    finally:
        tracemalloc.stop()


@pytest.mark.requirement("MCP-073")
def test_many_small_chunks_take_linear_time() -> None:
    splitter = LineSplitter(1024 * 1024 * 64)
    started = time.thread_time()
    for _ in range(200_000):
        splitter.feed(b"x" * 64)
    (line,) = splitter.feed(b"\n")
    assert len(line) == 200_000 * 64
    assert time.thread_time() - started < 5.0
