"""Things go wrong: one clear line, a bounded time, no traceback, nothing left running, a good log.

That no run leaves a traceback is checked by the helper for all of them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.helpers.apps import APPS, listening
from tests.helpers.apps_rendering import need_ordinary_user
from tests.helpers.cli import Cli, processes_with, until
from tests.helpers.servers.running import free_port

SCRIPT = Path(__file__).parents[1] / "helpers" / "apps_trouble.py"


def trouble(mode: str = "plain", mark: str = "") -> str:
    return f"stdio:{sys.executable} {SCRIPT} {mode} stdio {mark}"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home where a policy file lets everything through."""
    (tmp_path / "all.cedar").write_text("permit(principal, action, resource);")
    return Cli(tmp_path / "home")


def policy(cli: Cli) -> tuple[str, Path]:
    return ("--policy", cli.home.parent / "all.cedar")


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("stdio:no-such-command-anywhere", "was not found"),
        ("stdio:/etc/passwd", "is not an executable file"),
        ("http://127.0.0.1:1/mcp", "cannot be reached"),
        ("http://no-such-host.invalid/mcp", "cannot be reached"),
    ],
)
def test_no_server_is_said_in_one_line(cli: Cli, server: str, words: str) -> None:
    ended = cli.run("call", server, "fine", *policy(cli), seconds=15)
    assert ended.code == 3
    assert words in ended.complaint
    assert ended.out == ""


@pytest.mark.parametrize(
    ("mode", "words"),
    [("html", "is this the URL of an MCP server?"), ("missing", "404"), ("broken", "500")],
)
def test_a_url_that_is_no_mcp_server_is_said_in_one_line(cli: Cli, mode: str, words: str) -> None:
    port = free_port()
    with listening((sys.executable, str(SCRIPT), mode, "http", str(port)), port, {}):
        ended = cli.run("tools", f"http://127.0.0.1:{port}/mcp", seconds=15)
    assert ended.code == 3
    assert words in ended.complaint


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize(
    ("tool", "words"), [("die", ""), ("flood", "more than 16777216 bytes")], ids=["die", "flood"]
)
def test_a_server_that_fails_in_a_call_fails_that_call(
    cli: Cli, transport: str, tool: str, words: str
) -> None:
    if transport == "stdio":
        ended = cli.run("call", trouble(), tool, *policy(cli), seconds=30)
    else:
        port = free_port()
        with listening((sys.executable, str(SCRIPT), "plain", "http", str(port)), port, {}):
            url = f"http://127.0.0.1:{port}/mcp"
            ended = cli.run("call", url, tool, *policy(cli), seconds=30)
    assert ended.code == 3
    assert words in ended.complaint
    assert ended.peak_mib < 250, "a reply of 300 MiB may not be kept"
    assert [row["kind"] for row in cli.rows()][-2:].count("run_ended") == 1


def test_a_dead_server_leaves_its_last_words(cli: Cli) -> None:
    ended = cli.run("call", trouble(), "die", *policy(cli))
    assert "stopped with exit code 7; its last words were: the roof fell in" in ended.complaint


@pytest.mark.parametrize("mode", ["plain", "silent"])
def test_an_interrupt_ends_everything_in_order(cli: Cli, mode: str, tmp_path: Path) -> None:
    mark = f"interrupted-{tmp_path.name}-{mode}"
    with cli.started("call", trouble(mode, mark), "hang", *policy(cli)) as running:
        assert until(lambda: len(processes_with(mark)) >= 2, 20), "the command and its server"
        if mode == "plain":
            assert until(lambda: b"tools/call" in _log(cli), 20)
        running.interrupt()
        ended = running.finish(20)
    assert ended.code in (3, 130)
    assert ended.complaint == "mcphost: interrupted"
    assert until(lambda: not processes_with(mark), 5)
    assert cli.run("audit", "verify").code == 0
    assert cli.rows()[-1]["kind"] == "run_ended"


def _log(cli: Cli) -> bytes:
    return b"".join(file.read_bytes() for file in cli.home.glob("audit.db*"))


@pytest.mark.engine
def test_an_app_that_never_initialises_is_reported_with_its_own_error(
    cli: Cli, tmp_path: Path
) -> None:
    need_ordinary_user()
    report = tmp_path / "report.json"
    server = f"stdio:{' '.join(APPS['sdk'].command())} stdio mute"
    ended = cli.run(
        *("render", server, APPS["sdk"].tool, *policy(cli), "--approve-template", "all"),
        *("--settle", "0", "--screenshot", tmp_path / "app.png", "--report", report),
    )
    document = json.loads(report.read_text())
    assert ended.code == 1
    assert document["view"]["initialized"] is False
    assert document["view"]["consoleErrors"][0].startswith("the counter has no voice (")
    assert "never finished its handshake" in document["exitReason"]
    assert "never_initialized" in {each["kind"] for each in document["view"]["incidents"]}
    assert (tmp_path / "app.png").exists()


@pytest.mark.engine
def test_an_interrupted_render_leaves_nothing_running(cli: Cli, tmp_path: Path) -> None:
    need_ordinary_user()
    mark = f"interrupted-{tmp_path.name}"
    server = f"stdio:{' '.join(APPS['sdk'].command())} stdio {mark}"
    with cli.started(
        *("render", server, APPS["sdk"].tool, *policy(cli), "--approve-template", "all"),
        *("--settle", "60", "--screenshot", tmp_path / "app.png", "--report", tmp_path / "r.json"),
    ) as running:
        assert until(lambda: b"view_opened" in _log(cli), 30)
        running.interrupt()
        ended = running.finish(20)
    assert ended.code in (3, 130)
    assert until(lambda: not processes_with(mark), 5)
    assert cli.run("audit", "verify").code == 0
    assert cli.rows()[-1]["kind"] == "run_ended"


@pytest.mark.engine
def test_a_render_without_its_server_still_writes_its_report(cli: Cli, tmp_path: Path) -> None:
    need_ordinary_user()
    report = tmp_path / "report.json"
    ended = cli.run(
        *("render", "http://127.0.0.1:1/mcp", "any", "--screenshot", tmp_path / "app.png"),
        *("--report", report),
    )
    assert ended.code == 3
    assert "cannot be reached" in json.loads(report.read_text())["exitReason"]


def test_an_interrupt_while_the_host_is_made_ends_in_order(cli: Cli) -> None:
    with cli.started("servers", "list") as running:
        assert until((cli.home / "audit.db").exists, 20)
        running.interrupt()
        ended = running.finish(20)
    assert ended.complaint == "mcphost: interrupted"
    assert cli.rows()[-1]["kind"] == "run_ended"


def test_an_interrupt_while_the_program_is_loaded_is_no_traceback(cli: Cli) -> None:
    with cli.started("tools", "demo") as running:
        assert until(lambda: _handles_interrupts(running.process.pid), 10)
        running.interrupt()
        ended = running.finish(10)
    assert ended.code == 3
    assert ended.complaint == "mcphost: interrupted"


def _handles_interrupts(pid: int) -> bool:
    """Whether the process has come as far as our own code: it handles SIGTERM from then on."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = int(next(line for line in lines if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught & (1 << 14))
