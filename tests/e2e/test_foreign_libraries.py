"""Servers whose libraries are not ours to have: older SDKs, and AnyWidgets as Apps.

Each in an environment of its own, through the whole host, over both transports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcphost.domain.conversation import RunState
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Era
from tests.e2e.test_servers_of_both_eras import both, call, era_of, join
from tests.helpers.core import TestPerson, core
from tests.helpers.pypi import package_folder
from tests.helpers.servers.served import local, process, remote

pytestmark = [pytest.mark.npm, pytest.mark.timeout(400)]
SERVERS = Path(__file__).parent.parent / "helpers" / "servers"
SERVE_WIDGETS = "from anywidget_mcp.cli import main; main()"


@contextmanager
def served(
    packages: str, transport: str, stdio: list[str], http: list[str]
) -> Iterator[ServerConfig]:
    """A server that sees *packages* and tests/helpers/servers before all else."""
    path = os.pathsep.join([str(package_folder(packages)), str(SERVERS)])
    argv = ("env", f"PYTHONPATH={path}", "PYTHONWARNINGS=ignore", sys.executable)
    if transport == "stdio":
        yield local("foreign", *argv, *stdio)
        return
    with process(*argv, *http) as port:
        yield remote("foreign", port)


@both
@pytest.mark.parametrize("revision", ["2025-06-18", "2025-03-26"])
def test_a_server_of_an_older_revision_is_as_good(
    revision: str, transport: str, tmp_path: Path
) -> None:
    person = TestPerson(form={"wood": "ash"})
    script = str(SERVERS / "old_sdk.py")
    with (
        served(revision, transport, [script, "stdio"], [script, "http", "{port}"]) as config,
        core(tmp_path, person=person) as made,
    ):
        assert era_of(join(made, config)) == (Era.LEGACY, revision)
        assert call(made, config, "echo", text="grüezi").text == "grüezi"
        assert call(made, config, "count", up_to=3).text == "done"
        assert call(made, config, "fail").state is RunState.TOOL_ERROR
        if revision == "2025-06-18":
            assert call(made, config, "chair").text == "a chair of ash"
        assert len(person.elicitations) == (revision == "2025-06-18")


@both
def test_a_widget_served_as_an_app_is_used(transport: str, tmp_path: Path) -> None:
    words = ["-c", SERVE_WIDGETS, "serve", "bell:Bell", "--transport"]
    http = [*words, "streamable-http", "--port", "{port}"]
    with (
        served("anywidget", transport, [*words, "stdio"], http) as config,
        core(tmp_path) as made,
    ):
        assert era_of(join(made, config)) == (Era.MODERN, "2026-07-28")
        tools = {t.tool.name: t.tool for t in made.run(made.host.tools(ServerKey("foreign")))}
        assert tools["bell"].ui_resource == "ui://anywidget-mcp/app.html"
        run = call(made, config, "bell")
        assert run.state is RunState.DONE, run.text
        (review,) = made.run(made.host.templates())
        assert review.pin.uri == "ui://anywidget-mcp/app.html"
