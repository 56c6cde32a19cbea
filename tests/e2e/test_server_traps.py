"""Traps that real servers with Apps set, in a whole core: how they name, pack and hand over their
templates. The list of all of them is tests/conformance/traps.py.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState
from mcphost.domain.events import ViewOpened
from mcphost.protocol.other_apps import IN_THE_ANSWER, OF_ANOTHER_KIND
from mcphost.storage.paths import Paths
from tests.helpers.app_server import MIME, AppServer, Thing
from tests.helpers.apps_talk import ask, heard, join, open_app, run_tool, say
from tests.helpers.core import Core, core
from tests.helpers.servers.http_peer import Reply, Seen

PAGE = "<!doctype html><title>Grüße</title><p>ß 漢 🌱"


def html_of(made: Core, server: AppServer, tool: str) -> str:
    """The document that the App of *tool* is launched with."""
    run = run_tool(made, server.key, tool)
    assert run.view is not None, run.view_note
    return made.run(made.host.view_launch(run.view)).html.decode()


@pytest.mark.requirement("APPS-01")
def test_a_template_that_no_list_names_is_fetched_all_the_same(tmp_path: Path) -> None:
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.html = PAGE
        join(made, server)
        assert html_of(made, server, "look") == PAGE


@pytest.mark.requirement("APPS-T09")
def test_a_template_in_base64_is_read_as_utf_8(tmp_path: Path) -> None:
    async def packed(seen: Seen, reply: Reply) -> bool:
        if seen.method != "resources/read":
            return False
        blob = base64.b64encode(PAGE.encode()).decode()
        uri = seen.message["params"]["uri"]
        await reply.result({"contents": [{"uri": uri, "mimeType": MIME, "blob": blob}]})
        return True

    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.before = packed
        join(made, server)
        assert html_of(made, server, "look") == PAGE


def test_one_document_under_many_addresses_is_kept_once(tmp_path: Path) -> None:
    things = [Thing(name=f"tool{n}", app=True) for n in range(5)]
    with AppServer(*things) as server, core(tmp_path) as made:
        join(made, server)
        reviews = made.run(made.host.templates())
        assert len({review.pin.uri for review in reviews}) == len(things)
        assert len({review.pin.content for review in reviews}) == 1
        kept = [path for path in Paths.under(tmp_path).blobs.rglob("*") if path.is_file()]
        assert len(kept) == 1


@pytest.mark.requirement("APPS-03", "APPS-49")
@pytest.mark.parametrize("link", ["", "https://example.com/app.html"])
def test_a_tool_whose_link_is_no_template_is_a_tool_with_text(link: str, tmp_path: Path) -> None:
    async def mislinked(seen: Seen, reply: Reply) -> bool:
        if seen.method != "tools/list":
            return False
        definition = server.things["look"].definition()
        definition["_meta"]["ui"]["resourceUri"] = link
        await reply.result({"tools": [definition]})
        return True

    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.before = mislinked
        join(made, server)
        run = run_tool(made, server.key, "look")
        assert (run.state, run.text, run.view) == (RunState.DONE, "fine", None)
        [summary] = [s for s in made.run(made.host.servers()) if s.config.key == server.key]
        assert "not a ui:// address" in str(summary)


@pytest.mark.requirement("APPS-04")
@pytest.mark.parametrize("app", [True, False])
def test_what_another_client_calls_a_template_is_no_app_of_ours(app: bool, tmp_path: Path) -> None:
    theirs = {"openai/outputTemplate": "ui://widget/other.html"}
    with (
        AppServer(Thing(name="look", app=app, meta=theirs)) as server,
        core(tmp_path) as made,
    ):
        join(made, server)
        run = run_tool(made, server.key, "look")
        uris = {review.pin.uri for review in made.run(made.host.templates())}
        assert uris == ({"ui://shop/look.html"} if app else set())
        assert (run.view_note == OF_ANOTHER_KIND) is not app
        assert len(made.seen(ViewOpened)) == int(app)


def test_a_page_inside_the_result_of_an_older_server_is_not_drawn_and_its_text_is(
    tmp_path: Path,
) -> None:
    async def old_way(_seen: Seen, reply: Reply) -> None:
        inside = {"uri": "ui://shop/inside.html", "mimeType": "text/html", "text": PAGE}
        text = {"type": "text", "text": "3 beds"}
        await reply.result({"content": [text, {"type": "resource", "resource": inside}]})

    with (
        AppServer(Thing(name="look", answer=old_way), old=True) as server,
        core(tmp_path) as made,
    ):
        join(made, server)
        run = run_tool(made, server.key, "look")
        assert run.state is RunState.DONE
        assert run.text.startswith("3 beds")
        assert (run.view, run.view_note) == (None, IN_THE_ANSWER)
        assert made.seen(ViewOpened) == []


@pytest.mark.requirement("APPS-34")
def test_an_app_hears_every_argument_of_its_call_also_those_nobody_typed(tmp_path: Path) -> None:
    properties = {"scene": {"type": "string", "default": "cubes"}, "size": {"type": "integer"}}
    schema = {"type": "object", "properties": properties}
    look = Thing(name="look", app=True, schema=schema)
    with AppServer(look) as server, core(tmp_path) as made:
        join(made, server)
        given = made.run(made.host.with_defaults(server.key, "look", {"size": 3}))
        view = open_app(made, server.key, "look", **given)
        ask(made, view, "ping", {})
        [said] = _said(made, view, "ui/notifications/tool-input")
        assert said == {"arguments": {"scene": "cubes", "size": 3}}


def test_an_app_may_call_the_tools_for_apps_with_a_template_or_without(tmp_path: Path) -> None:
    things = (
        Thing(name="look", app=True),
        Thing(name="plain", visibility=("app",)),
        Thing(name="drawn", visibility=("app",), app=True),
        Thing(name="entry", visibility=("model",), app=True),
    )
    with AppServer(*things) as server, core(tmp_path) as made:
        join(made, server)
        view = open_app(made, server.key, "look")
        for tool in ("plain", "drawn", "entry", "not_listed"):
            params = {"name": tool, "arguments": {}}
            answer = ask(made, view, "tools/call", params, gesture=True)
            assert ("result" in answer) == (tool in ("plain", "drawn")), answer
        assert [each["name"] for each in server.calls] == ["look", "plain", "drawn"]
        assert len(made.seen(ViewOpened)) == 1


def test_an_app_that_says_its_own_tools_changed_is_heard_calmly(tmp_path: Path) -> None:
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        join(made, server)
        view = open_app(made, server.key, "look")
        for _ in range(20):
            say(made, view, {"method": "notifications/tools/list_changed", "params": {}})
        assert ask(made, view, "ping", {})["result"] == {}
        assert made.run(made.host.view_report(view)).denials == ()


def _said(made: Core, view: Any, method: str) -> list[Any]:
    """The parameters of each *method* that the host said to *view*."""
    messages = [json.loads(line) for line in heard(made, view).splitlines()]
    return [message["params"] for message in messages if message.get("method") == method]
