"""Starting and stopping local servers: real processes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.server import StdioCommand
from mcphost.servers.launching import inspect, minimal_environment
from mcphost.servers.process import ServerProcess
from tests.helpers.wiretap import QUICK


async def begin(command: StdioCommand) -> ServerProcess:
    launch = await inspect(command, title="Peer")
    return await ServerProcess.start(command, launch=launch, title="Peer", limits=QUICK)


def start(*argv: str, cwd: str | None = None) -> ServerProcess:
    async def scenario() -> ServerProcess:
        command = StdioCommand(argv=argv, cwd=cwd)
        process = await begin(command)
        await process.stop()
        return process

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        ((), "no command is configured"),
        (("",), "no command is configured"),
        (("surely-no-such-program",), "“surely-no-such-program” was not found"),
        (("/no/such/program",), "“/no/such/program” was not found"),
        (("/etc/passwd",), "/etc/passwd is not an executable file"),
        (("bad\0name",), "could not be started|was not found"),
    ],
)
def test_a_command_that_cannot_start_is_named(argv: tuple[str, ...], what: str) -> None:
    with pytest.raises(UserFacingError, match=what):
        start(*argv)


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(UserFacingError, match="the folder /no/such/folder does not exist"):
        start(sys.executable, cwd="/no/such/folder")


def test_a_file_that_is_no_program_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    with pytest.raises(UserFacingError, match="could not be started: Exec format error"):
        start(str(broken))


@pytest.mark.requirement("MCP-069")
def test_the_environment_is_minimal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    found = minimal_environment(StdioCommand(argv=("x",), env=(("TOKEN", "mine"),)))
    assert found["PATH"] == os.environ["PATH"]
    assert found["LC_TIME"] == "C"
    assert found["TOKEN"] == "mine"
    assert "ANTHROPIC_API_KEY" not in found


@pytest.mark.requirement("MCP-066")
def test_a_server_that_ignores_everything_polite_is_killed() -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('up', flush=True); time.sleep(300)"
    )

    async def scenario() -> str:
        command = StdioCommand(argv=(sys.executable, "-c", script))
        process = await begin(command)
        await process.stdout.readline()
        await process.stop()
        return await process.obituary()

    assert asyncio.run(scenario()) == "was ended by signal SIGKILL"


@pytest.mark.requirement("MCP-063")
def test_the_last_words_are_bounded_and_sanitised() -> None:
    script = "import sys; sys.stderr.write('x' * 300000 + '\\nlast \\x1b[31mwords\\n')"

    async def scenario() -> str:
        command = StdioCommand(argv=(sys.executable, "-c", script))
        process = await begin(command)
        how = await process.obituary()
        await process.stop()
        return how

    how = asyncio.run(scenario())
    assert how.endswith("its last words were: last ⟨U+001B⟩[31mwords")


def test_a_stop_that_is_cut_short_kills_at_once() -> None:
    async def scenario() -> str:
        command = StdioCommand(argv=("/bin/sleep", "300"))
        process = await begin(command)
        stopping = asyncio.ensure_future(process.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        how = await process.obituary()
        await process.stop()
        return how

    assert "SIGKILL" in asyncio.run(scenario())
