"""Faults of other hosts at their borders: addresses, commands, ports, names. See `published.py`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mcphost.cli import main
from mcphost.domain.consent import ElicitationAction
from mcphost.domain.errors import NotConfigured, ProtocolViolation, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, StdioCommand
from mcphost.domain.template import DeclaredUi
from mcphost.domain.tool import Effect
from mcphost.host.endpoint import parse_endpoint
from mcphost.policy.snapshot import Grants, build_snapshot
from mcphost.protocol.jsonrpc import parse_message
from mcphost.protocol.tools import parse_tool
from tests.docs.tree import ROOT
from tests.helpers.core import core
from tests.helpers.gate_parts import FakeConnection, Stage, call, tool
from tests.helpers.launches import NOTES, script


def test_mcpoison_a_command_swapped_under_an_approved_name_asks_again(tmp_path: Path) -> None:
    """The name stays, the file stays; one argument is added to what was approved."""
    approved = script(tmp_path)
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(approved))
        made.run(made.host.connect(NOTES))
        assert isinstance(approved.endpoint, StdioCommand)
        argv = (*approved.endpoint.argv, "--anything")
        swapped = replace(approved, endpoint=replace(approved.endpoint, argv=argv))
        made.run(made.host.remove_server(NOTES))
        made.run(made.host.add_server(swapped))
        made.run(made.host.connect(NOTES))
        assert len(made.person.consents) == 2
        assert "--anything" in made.person.consents[1].canonical.decode()


def listening() -> set[str]:
    """The TCP ports on which this process listens, from the system's own tables."""
    mine: set[str] = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        mine |= set(re.findall(r"socket:\[(\d+)\]", target))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/self/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in mine}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the tables of Linux")
def test_open_port_a_running_core_answers_nobody_without_the_password_of_this_run(
    tmp_path: Path,
) -> None:
    """The proxy of the Views is the only port, on this computer only."""
    before = listening()
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        for place in listening() - before:
            address, _, port = place.partition(":")
            assert address == "0100007F"
            with socket.create_connection(("127.0.0.1", int(port, 16)), 20) as visit:
                visit.sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                answer = visit.recv(1000)
            assert re.match(rb"HTTP/1.1 4\d\d ", answer)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the tables of Linux")
def test_open_port_one_that_listens_would_be_seen() -> None:
    before = listening()
    with socket.create_server(("127.0.0.1", 0)):
        assert len(listening() - before) == 1


def test_deep_link_the_program_registers_no_scheme_and_opens_no_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No file of ours claims a scheme, and an address on the command line is a usage error."""
    files = [
        path
        for folder in ("mcphost", "ui", "resources", "packaging")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".desktop", ".in", ".toml", ".xml", ""}
    ]
    claims = re.compile(rb"x-scheme-handler|CFBundleURLSchemes|URL Protocol|FileOpen")
    assert len(files) > 100
    assert [path.name for path in files if claims.search(path.read_bytes())] == []
    with pytest.raises(SystemExit) as ended:
        main(["mcphost://install?command=sh"])
    assert ended.value.code == 2
    assert "mcphost://" not in capsys.readouterr().out


def test_placeholders_in_an_address_are_never_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever notation: the address is taken as it stands, or not at all."""
    monkeypatch.setenv("MCPHOST_CANARY", "sk-canary-71")
    for hole in ("${MCPHOST_CANARY}", "$MCPHOST_CANARY", "%MCPHOST_CANARY%", "{MCPHOST_CANARY}"):
        for address in (f"https://shop.example/{hole}/mcp", f"https://shop.example/mcp?k={hole}"):
            try:
                endpoint = parse_endpoint(address)
            except NotConfigured:
                continue
            assert endpoint == HttpEndpoint(url=address)


@pytest.mark.parametrize("name", ["Method", "METHOD", "method\u200b", "\uff4dethod"])
def test_names_of_another_case_mean_nothing(name: str) -> None:
    text = {"jsonrpc": "2.0", "id": 1, name: "tools/call", "params": {"name": "buy"}}
    with pytest.raises(ProtocolViolation):
        parse_message(json.dumps(text).encode())
    both = json.dumps({**text, "method": "tools/list"}).encode()
    with pytest.raises(ProtocolViolation):
        parse_message(both)


def test_names_of_another_case_hide_no_tool_and_show_none() -> None:
    ui = {"Visibility": ["app"], "VISIBILITY": [], "ResourceUri": "ui://evil/app"}
    definition = {"name": "buy", "inputSchema": {"type": "object"}, "_meta": {"ui": ui}}
    tool = parse_tool(ServerKey("shop"), definition)  # type: ignore[arg-type]
    assert (tool.visible_to_model, tool.visible_to_app, tool.ui_resource) == (True, True, None)


SMUGGLED = (
    "https://a.example&#59 script-src *",
    "https://a.example&#59;script-src *",
    "https://a.example%3Bscript-src%20*",
    "https://a.example;script-src *",
    "https://a.example\uff1bscript-src",
    "https://a.example\u037escript-src",
    "https://a.example\nscript-src *",
    "https://a.example, script-src *",
)


def test_csp_smuggling_a_domain_carries_no_directive_however_it_is_spelled() -> None:
    declared = DeclaredUi(
        connect_domains=SMUGGLED, resource_domains=SMUGGLED, frame_domains=SMUGGLED
    )
    granted = Grants(connect_domains=SMUGGLED, resource_domains=SMUGGLED, frame_domains=SMUGGLED)
    snapshot = build_snapshot(declared, granted, "ab" * 16, host_nonce="cd" * 16)
    nothing = build_snapshot(DeclaredUi(), Grants(), "ab" * 16, host_nonce="cd" * 16)
    assert snapshot.app_csp == nothing.app_csp
    assert snapshot.granted == ()


@pytest.mark.parametrize("action", [ElicitationAction.ACCEPT, ElicitationAction.DECLINE])
def test_visit_the_host_itself_never_fetches_the_address(action: ElicitationAction) -> None:
    """It goes to the browser, or nowhere; the only thing that leaves by us is the call."""
    url = "https://pay.example/x?id=1"
    params = {"mode": "url", "message": "Pay here", "url": url}
    asked = {"q1": {"method": "elicitation/create", "params": params}}
    wanted = {"resultType": "input_required", "inputRequests": asked, "requestState": "s"}
    connection = FakeConnection(wanted, {"content": []})
    stage = Stage(judged={"look": Effect.READ}, connection=connection)
    stage.broker.action = action
    with contextlib.suppress(UserFacingError):
        asyncio.run(stage.gate.perform(call("look"), tool=tool("look")))
    assert stage.opened == ([url] if action is ElicitationAction.ACCEPT else [])
    assert {message["method"] for message in connection.sent} == {"tools/call"}
