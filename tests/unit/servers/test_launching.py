"""Looking at a command before it runs: real files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import pytest

from mcphost.domain.errors import HostBugError, UserFacingError
from mcphost.domain.launch import Launch
from mcphost.domain.server import StdioCommand
from mcphost.servers.launching import inspect
from mcphost.servers.process import ServerProcess
from tests.helpers.launches import script, touch
from tests.helpers.wiretap import QUICK


def look(*argv: str, cwd: str | None = None, env: tuple[tuple[str, str], ...] = ()) -> Launch:
    return asyncio.run(inspect(StdioCommand(argv=argv, cwd=cwd, env=env), title="Peer"))


def test_the_program_is_found_and_its_bytes_are_hashed() -> None:
    found = look("sh")
    assert os.path.isabs(found.executable.path)
    data = Path(found.executable.path).read_bytes()
    assert found.executable.digest == hashlib.sha256(data).hexdigest()
    assert found.script is None


def test_the_script_of_an_interpreter_is_hashed_too(tmp_path: Path) -> None:
    command = script(tmp_path).endpoint
    assert isinstance(command, StdioCommand)
    found = look(*command.argv, cwd=command.cwd)
    assert found.script is not None
    assert found.script.path == str(tmp_path / "notes.py")


@pytest.mark.parametrize("argv", [("-m", "module"), ("-c", "pass"), ("no-such-file",)])
def test_what_is_no_file_is_not_hashed(argv: tuple[str, ...]) -> None:
    assert look(sys.executable, *argv).script is None


def test_every_part_of_a_command_changes_the_digest(tmp_path: Path) -> None:
    command = script(tmp_path).endpoint
    assert isinstance(command, StdioCommand)
    whole = [
        look(*command.argv, cwd=command.cwd),
        look(*command.argv, "more", cwd=command.cwd),
        look(*command.argv, cwd="/"),
        look(*command.argv, cwd=command.cwd, env=(("KEY", "v"),)),
    ]
    touch(tmp_path)
    whole.append(look(*command.argv, cwd=command.cwd))
    assert len({found.digest for found in whole}) == len(whole)


def test_the_value_of_a_variable_is_neither_shown_nor_part_of_the_digest() -> None:
    one, two = look("sh", env=(("KEY", "secret"),)), look("sh", env=(("KEY", "other"),))
    assert one.digest == two.digest
    assert "secret" not in str(one.to_json())


def test_a_pipe_in_place_of_a_script_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert look(sys.executable, "pipe", cwd=str(tmp_path)).script is None


@pytest.mark.requirement("MCP-071")
def test_a_file_changed_after_it_was_hashed_is_not_started(tmp_path: Path) -> None:
    command = script(tmp_path).endpoint
    assert isinstance(command, StdioCommand)

    async def scenario() -> None:
        seen = await inspect(command, title="Peer")
        touch(tmp_path)
        await ServerProcess.start(command, launch=seen, title="Peer", limits=QUICK)

    with pytest.raises(UserFacingError, match=r"notes\.py was changed while it was being started"):
        asyncio.run(scenario())


def test_another_command_than_was_looked_at_is_not_started() -> None:
    async def scenario() -> None:
        seen = await inspect(StdioCommand(argv=("sh",)), title="Peer")
        other = StdioCommand(argv=("sh", "-c", "true"))
        await ServerProcess.start(other, launch=seen, title="Peer", limits=QUICK)

    with pytest.raises(HostBugError, match="not the one decided on"):
        asyncio.run(scenario())
