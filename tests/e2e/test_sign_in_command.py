"""Signing in on the command line: with a terminal it works, without one it says what to do."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcphost.domain.server import HttpEndpoint
from tests.helpers.browser import Browser
from tests.helpers.cli import COMMAND, Cli, until
from tests.helpers.signing import guarded

pytestmark = pytest.mark.timeout(120)
NAME = "guarded"


def add(cli: Cli, endpoint: object) -> None:
    assert isinstance(endpoint, HttpEndpoint)
    assert cli.run("servers", "add", NAME, endpoint.url).code == 0


def test_without_a_terminal_it_is_refused_with_what_to_do(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    with guarded() as config:
        add(cli, config.endpoint)
        for verb in ("sign-in", "show"):
            refused = cli.run("servers", verb, NAME)
            assert refused.code == 1
            assert "nobody is here to ask. Run it in the window" in refused.complaint
        assert cli.rows("sign_in_opened") == []


@dataclass
class Screen:
    """The person's end of a pseudo-terminal."""

    end: int
    text: str = ""

    def sees(self, wanted: str) -> str:
        """Wait for *wanted*; its first group."""
        assert until(lambda: self._match(wanted) is not None, 30.0), self.text
        found = self._match(wanted)
        return "" if found is None else found[1]

    def _match(self, wanted: str) -> re.Match[str] | None:
        with suppress(OSError):
            self.text += os.read(self.end, 65_536).decode()
        return re.search(wanted, self.text)


@pytest.fixture
def terminal() -> Iterator[tuple[Screen, int]]:
    end, other = pty.openpty()
    os.set_blocking(end, False)
    yield Screen(end), other
    os.close(end)
    os.close(other)


def test_on_a_terminal_a_typed_yes_and_a_browser_sign_in(
    tmp_path: Path, terminal: tuple[Screen, int]
) -> None:
    cli, (screen, other) = Cli(tmp_path), terminal
    with guarded() as config:
        add(cli, config.endpoint)
        words = [COMMAND, "servers", "sign-in", NAME]
        with subprocess.Popen(
            words, stdin=other, stdout=other, stderr=other, env=cli.environment()
        ) as running:
            screen.sees("(Type yes)")
            os.write(screen.end, b"yes\n")
            Browser().walk(screen.sees(r"in your browser: (\S+)\r\n"))
            screen.sees("(signed in at) .* with read")
            assert running.wait(30.0) == 0
        assert "signed out of guarded" in cli.run("servers", "sign-out", NAME).err
        assert len(cli.rows("sign_in_opened")) == 1
