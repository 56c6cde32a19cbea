"""Arguments that travel as headers too: shown before, not written down, and mended when refused."""

from __future__ import annotations

import logging
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import RunState
from mcphost.storage.paths import Paths
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join, run_tool
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.servers.http_peer import Reply, Seen

PLAIN = {"type": "object", "properties": {"region": {"type": "string"}}}
MARKED = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
}
SECRET = "nörth-9f8e7d"


class Shop(AppServer):
    """Refuses every call without its header, and has changed its tool since it was listed, although
    it said that the listing would be good for an hour.
    """

    def __init__(self) -> None:
        super().__init__(Thing(name="buy", schema=PLAIN, answer=self.answer))
        self.before = self.lists_for_an_hour

    async def lists_for_an_hour(self, seen: Seen, reply: Reply) -> bool:
        if seen.method != "tools/list":
            return False
        tools = [thing.definition() for thing in self.things.values()]
        kept = {"ttlMs": 3_600_000, "cacheScope": "public"}
        await reply.result({"resultType": "complete", "tools": tools, **kept})
        return True

    async def answer(self, seen: Seen, reply: Reply) -> None:
        self.things["buy"] = Thing(name="buy", schema=MARKED, answer=self.answer)
        if "mcp-param-region" in seen.headers:
            await reply.result({"content": [{"type": "text", "text": "bought"}]})
        else:
            await reply.error(-32020, "Header mismatch", 400)

    def came(self) -> list[tuple[str, Any]]:
        return [
            (seen.method, seen.headers.get("mcp-param-region"))
            for seen in self.seen
            if seen.method.startswith("tools/")
        ]


class Wary(TestPerson):
    """Agrees to the first question only."""

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        answer = await super().ask_consent(request)
        self.answer = Answer.DENY
        return answer


def buy(made: Core, server: AppServer) -> RunState:
    return run_tool(made, server.key, "buy", region="north").state


def look_at_the_change(made: Core, server: AppServer) -> None:
    """The call that the server refuses for its headers finds the change; a person accepts it."""
    assert buy(made, server) is RunState.REFUSED
    [found] = made.run(made.host.tools(server.key))
    assert found.pin is not None
    assert found.pin.offered is not None
    made.run(made.host.accept_tool(server.key, "buy", found.pin.offered))


@pytest.mark.requirement("MCP-054", "MCP-055")
def test_a_call_with_the_headers_of_an_old_definition_is_sent_once_the_change_was_looked_at(
    tmp_path: Path,
) -> None:
    with Shop() as server, core(tmp_path) as made:
        join(made, server)
        look_at_the_change(made, server)
        assert buy(made, server) is RunState.DONE
        asked = [each.repeated for each in made.person.consents]
        assert asked == [(), ("region (header Mcp-Param-Region)",)]
        assert server.came() == [
            ("tools/list", None),
            ("tools/call", None),
            ("tools/list", None),
            ("tools/call", "north"),
        ]


@pytest.mark.requirement("MCP-055")
def test_who_agreed_to_the_call_and_not_to_its_headers_has_not_sent_them(tmp_path: Path) -> None:
    with Shop() as server, core(tmp_path, person=Wary()) as made:
        join(made, server)
        look_at_the_change(made, server)
        assert buy(made, server) is RunState.REFUSED
        assert [header for _, header in server.came()] == [None, None, None]


def test_what_travels_in_a_header_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with AppServer(Thing(name="buy", schema=MARKED)) as server, core(tmp_path) as made:
        join(made, server)
        assert run_tool(made, server.key, "buy", region=SECRET).state is RunState.DONE
        encoded = b64encode(SECRET.encode()).decode()
        assert server.seen[-1].headers["mcp-param-region"] == f"=?base64?{encoded}?="
        said = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    folder = Paths.under(tmp_path).audit.parent
    log = b"".join(path.read_bytes() for path in sorted(folder.glob("audit*")))
    assert b"tools/call" in log
    assert not [each for each in (SECRET, encoded) if each in said or each.encode() in log]
