"""What servers call their things does not steer the terminal it is printed on."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mcphost.audit.reader import AuditReader
from mcphost.cli import USAGE, commands, main, tools
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.tool import Effect
from mcphost.storage.paths import Paths
from tests.helpers.audit_files import make_log
from tests.helpers.gate_parts import tool

EVIL = "buy\x1b[2J\x9b1A\u202e"


@contextmanager
def one_evil_tool(_arguments: object) -> Iterator[Any]:
    found = [ToolSummary(tool=tool(EVIL, title="Buy"), effect=Effect.READ)]
    host = SimpleNamespace(tools=lambda _key: found)
    yield SimpleNamespace(host=host, run=lambda value: value, server=lambda text: text)


@pytest.mark.requirement("AMB-17", "MCP-108")
@pytest.mark.parametrize("as_json", [False, True])
def test_a_tool_cannot_be_called_an_escape_sequence(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tools, "session", one_evil_tool)
    arguments = argparse.Namespace(server="shop", json=as_json, accept=[], effect=[])
    assert tools.tools(arguments) == 0
    printed = capsys.readouterr().out
    assert not set("\x1b\x9b\u202e") & set(printed)
    assert "buy" in printed.lower()
    if as_json:
        assert json.loads(printed)[0]["name"] == EVIL


class Terminal(io.StringIO):
    """Standard output that is looked at by a person."""

    def isatty(self) -> bool:
        return True


def evil_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A log whose rows hold characters that steer terminals; its exact bodies."""
    monkeypatch.setenv("MCPHOST_HOME", str(tmp_path / "home"))
    path = Paths.from_environment().audit
    make_log(path, 2, text=f"{EVIL}\x7f\U000e0041 grüezi")
    return list(AuditReader(path).rows())


COMMANDS = [
    (commands.audit_tail, argparse.Namespace(json=True, count=99)),
    (commands.audit_export, argparse.Namespace(output=None)),
]


@pytest.mark.parametrize(("command", "arguments"), COMMANDS, ids=["tail", "export"])
def test_rows_shown_on_a_terminal_do_not_steer_it_and_mean_the_same(
    command: Any, arguments: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = evil_log(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert command(arguments) == 0
    shown = sys.stdout.getvalue()  # type: ignore[attr-defined]
    assert not set("\x1b\x7f\x9b\u202e\U000e0041") & set(shown)
    assert "grüezi" in shown
    assert [json.loads(line) for line in shown.splitlines()] == [json.loads(b) for b in bodies]


@pytest.mark.parametrize(("command", "arguments"), COMMANDS, ids=["tail", "export"])
def test_rows_sent_elsewhere_are_byte_exact(
    command: Any,
    arguments: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bodies = evil_log(tmp_path, monkeypatch)
    assert command(arguments) == 0
    assert capsys.readouterr().out.encode() == b"".join(body + b"\n" for body in bodies)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["shop"],
        ["--replay", "x.json"],
        ["--template", "x.html"],
        ["shop", "look", "--replay", "x.json", "--template", "x.html"],
        ["--replay", "x.json", "--template", "x.html", "--arguments", '{"a": 1}'],
    ],
)
def test_render_takes_a_tool_or_an_exchange_and_never_both(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", *words, "--screenshot", "a.png", "--report", "a.json"]) == USAGE
    assert capsys.readouterr().err.startswith("mcphost: ")
