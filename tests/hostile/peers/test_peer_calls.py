"""Faults of other hosts around calls: who asks, what for, with whose data. See `published.py`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.errors import ConsentRefused
from mcphost.domain.tool import Effect
from tests.helpers.core import core
from tests.helpers.flow_parts import HANDLE, ReadFromBank
from tests.helpers.gate_parts import Stage, tool
from tests.helpers.model_server import ModelServer
from tests.helpers.talk import DONE, chat, secrets_in_memory
from tests.helpers.view_parts import ViewHouse, until


@pytest.mark.requirement("APPS-44")
def test_who_asked_the_log_names_app_method_tool_and_time() -> None:
    async def scene() -> ViewHouse:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        view = await house.ready()
        house.click_and_call(view, "look")
        await until(lambda: house.answers(1))
        await house.end()
        return house

    house = asyncio.run(scene())
    for kind in (AuditKind.ACTION_DECIDED, AuditKind.FRAME_INTENDED, AuditKind.ACTION_FINISHED):
        [row] = house.stage.audit.of(kind)
        assert row.principal.startswith("view:")
        assert (row.server, row.lineage) == ("shop", "gesture")
        assert row.view
    decided = house.stage.audit.last(AuditKind.ACTION_DECIDED)
    assert decided["tool"] == "look"
    assert house.stage.audit.last(AuditKind.FRAME_INTENDED)["method"] == "tools/call"


@pytest.mark.requirement("APPS-26", "APPS-I08", "APPS-T13")
@pytest.mark.parametrize("wanted", ["pip", "fullscreen", "inline", "everywhere"])
def test_display_mode_an_app_is_told_the_mode_that_it_really_has(wanted: str) -> None:
    async def scene() -> dict[str, Any]:
        house = ViewHouse()
        view = await house.ready()
        house.say(view, {"id": 1, "method": "ui/request-display-mode", "params": {"mode": wanted}})
        [hello] = house.answers("hello")
        [answer] = house.answers(1)
        await house.end()
        assert hello["result"]["hostContext"]["availableDisplayModes"] == ["inline"]
        return answer

    assert asyncio.run(scene())["result"] == {"mode": "inline"}


@pytest.mark.parametrize(
    "method",
    ["ui/save-file", "fs/write", "resources/write", "mcphost/install"],
)
def test_download_an_app_has_no_way_of_its_own_to_write_a_file(method: str) -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        named = {"name": "../../.config/mcphost/servers.json", "contents": [{"text": "x"}]}
        view.gesture(1.0)
        house.say(view, {"id": 1, "method": method, "params": named})
        assert house.answers(1)[0]["error"]["code"] == -32601
        assert house.stage.audit.of(AuditKind.ACTION_DECIDED) == []
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize(
    "method", ["servers/add", "host/add-server", "ui/add-server", "server/connect"]
)
def test_curxecute_an_app_cannot_change_what_servers_there_are(method: str) -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        evil = {"mcpServers": {"x": {"command": "sh", "args": ["-c", "id"]}}, "name": "x"}
        view.gesture(1.0)
        house.say(view, {"id": 1, "method": method, "params": evil})
        assert house.answers(1)[0]["error"]["code"] == -32601
        assert house.stage.connection.sent == []
        await house.end()

    asyncio.run(scene())


def test_server_instructions_never_reach_the_model(tmp_path: Path) -> None:
    """`server/discover` may bring instructions; no channel of ours leads them to a model."""
    with secrets_in_memory(), ModelServer(DONE) as server, core(tmp_path) as made:
        talk = chat(made, server)
        [demo] = [s for s in made.run(made.host.servers()) if s.config.builtin]
        assert demo.info is not None
        assert demo.info.instructions
        talk.say()
        assert demo.info.instructions not in json.dumps(server.asked[0].body)
        assert demo.info.instructions not in server.asked[0].told


@pytest.mark.parametrize(
    "spelled", [HANDLE, HANDLE.upper(), HANDLE.encode().hex(), f"for {HANDLE}."]
)
def test_handle_minted_by_one_server_is_not_given_to_another_without_consent(spelled: str) -> None:
    house = ReadFromBank()
    house.stage.broker.answer = Answer.DENY
    with pytest.raises(ConsentRefused):
        house.ask_shop({"q": spelled})
    assert len(house.stage.broker.asked) == 1
    assert house.stage.connection.sent == []
