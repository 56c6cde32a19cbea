"""What servers call their things does not steer the terminal it is printed on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from mcphost.cli import commands
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.tool import Effect
from tests.helpers.gate_parts import tool

EVIL = "buy\x1b[2J\x9b1A\u202e"


@contextmanager
def one_evil_tool(_arguments: object) -> Iterator[Any]:
    found = [ToolSummary(tool=tool(EVIL, title="Buy"), effect=Effect.READ)]
    host = SimpleNamespace(tools=lambda _key: found)
    yield SimpleNamespace(host=host, run=lambda value: value, server=lambda text: text)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_tool_cannot_be_called_an_escape_sequence(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "session", one_evil_tool)
    arguments = argparse.Namespace(server="shop", json=as_json)
    assert commands.tools(arguments) == 0
    printed = capsys.readouterr().out
    assert not set("\x1b\x9b\u202e") & set(printed)
    assert "buy" in printed.lower()
    if as_json:
        assert json.loads(printed)[0]["name"] == EVIL
