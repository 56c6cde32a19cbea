"""What is kept of a local server's stderr."""

from __future__ import annotations

import pytest

from mcphost.servers.log import ServerLog


@pytest.mark.requirement("MCP-063")
def test_the_newest_bytes_are_kept_and_never_more_than_the_limit() -> None:
    log = ServerLog(1000)
    for number in range(10_000):
        log.hear(f"line {number}\n".encode())
    assert len(log.text) <= 1000
    assert log.text.startswith("line ")
    assert log.text.endswith("line 9999\n")


def test_one_endless_line_is_cut_too() -> None:
    log = ServerLog(1000)
    log.hear(b"a" * 1_000_000)
    assert log.text == "a" * 1000


def test_what_could_steer_a_terminal_is_spelled_out() -> None:
    log = ServerLog(1000)
    log.hear(b"\x1b[2Jwiped \xff\n")
    assert log.text == "⟨U+001B⟩[2Jwiped \ufffd\n"


def test_the_hosts_own_lines_stand_alone() -> None:
    log = ServerLog(1000)
    log.hear(b"no line end")
    log.note("ended with exit code 3")
    assert log.text == "no line end\n[mcphost] ended with exit code 3\n"
