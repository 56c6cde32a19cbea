"""P5, P6 and P15 through the whole core: which View opens, whom it reaches, who hears of it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import (
    AuditAppended,
    ContextShelfChanged,
    ItemChanged,
    ViewClosed,
    ViewOpened,
)
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import digest
from mcphost.domain.summaries import ModelSettings
from mcphost.domain.template import ReviewState
from mcphost.domain.view import FATAL, IncidentKind, ViewIncident
from mcphost.storage.paths import Paths
from tests.helpers.app_server import HTML, AppServer, Thing
from tests.helpers.apps_talk import approve_all, ask, call, heard, join, open_app, run_tool, say
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.model_server import Answer as Said
from tests.helpers.model_server import Call, ModelServer
from tests.helpers.servers.http_peer import Reply, Seen

APP = Thing(name="look", says="the look of it", app=True)
WIDE = {"csp": {"connectDomains": ["https://evil.example"]}}


def test_p5_what_is_mounted_is_what_was_approved(tmp_path: Path) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        server.meta = WIDE
        join(made, server)
        launch = made.run(made.host.view_launch(open_app(made, server.key, "look")))
        [review] = made.run(made.host.templates())
        assert launch.html.decode() == HTML
        assert digest(launch.html) == review.pin.content == launch.content_digest
        assert "evil.example" not in launch.snapshot.app_csp


CHANGES = {
    "bytes": (HTML + "<script>1</script>", {}),
    "metadata": (HTML, WIDE),
}


@pytest.mark.parametrize(("html", "meta"), CHANGES.values(), ids=CHANGES.keys())
def test_p5_a_template_that_changed_is_not_mounted_until_it_is_approved_again(
    tmp_path: Path, html: str, meta: dict[str, object]
) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        join(made, server)
        open_app(made, server.key, "look")
        opened = len(made.seen(ViewOpened))
        server.html, server.meta = html, meta
        made.run(made.host.connect(server.key))
        run = run_tool(made, server.key, "look")
        assert run.view_state is ViewState.NEEDS_REVIEW
        assert len(made.seen(ViewOpened)) == opened
        approve_all(made)
        assert run_tool(made, server.key, "look").view_state is ViewState.LIVE


@pytest.mark.parametrize("verdict", [None, False], ids=["pending", "rejected"])
def test_p5_a_run_is_not_reopened_on_a_template_that_is_not_approved(
    tmp_path: Path, verdict: bool | None
) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        join(made, server, approve=False)
        talk = made.run(made.host.new_conversation("look"))
        run = run_tool(made, server.key, "look", talk=talk)
        [review] = made.run(made.host.templates())
        if verdict is not None:
            made.run(made.host.review_template(review.pin, verdict))
        with pytest.raises(UserFacingError):
            made.run(made.host.open_view(talk, run.id))
        assert made.seen(ViewOpened) == []


def test_p5_bytes_that_changed_on_the_disk_are_not_mounted(tmp_path: Path) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        join(made, server)
        [review] = made.run(made.host.templates())
        [blob] = (path for path in Paths.under(tmp_path).blobs.rglob("*") if path.is_file())
        blob.chmod(0o600)
        blob.write_bytes(blob.read_bytes().replace(b"hello", b"hallo"))
        run = run_tool(made, server.key, "look")
        assert run.view_state is ViewState.FAILED
        assert run.view_note
        assert made.seen(ViewOpened) == []
        assert made.run(made.host.pins_verify()) == [review.pin]


@dataclass(slots=True)
class Watcher(TestPerson):
    """Notes how many Views were open at the moment of each question."""

    __test__ = False
    made: Core | None = None
    views: list[int] = field(default_factory=list[int])

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        await asyncio.sleep(0.05)  # time for a View that is opened too early
        assert self.made is not None
        self.views.append(len(self.made.seen(ViewOpened)))
        return await TestPerson.ask_consent(self, request)


@pytest.mark.requirement("APPS-35")
@pytest.mark.parametrize("answer", [Answer.ALLOW, Answer.DENY])
def test_p5_no_view_is_open_while_its_call_is_still_a_question(
    tmp_path: Path, answer: Answer
) -> None:
    person = Watcher(answer=answer)
    with AppServer(APP) as server, core(tmp_path, person=person) as made:
        person.made = made
        join(made, server)
        run_tool(made, server.key, "look")
        assert person.views == [0]
        assert len(made.seen(ViewOpened)) == (answer is Answer.ALLOW)


@pytest.mark.requirement("APPS-13", "APPS-T04", "MCP-026")
def test_p6_an_app_reaches_only_its_own_servers_tools(tmp_path: Path) -> None:
    bank = Thing(name="transfer", says="bank secret", app=True)
    with AppServer(APP) as shop, AppServer(bank, key="bank") as other, core(tmp_path) as made:
        join(made, shop)
        join(made, other)
        view = open_app(made, shop.key, "look")
        for name in ("transfer", "bank/transfer", "bank.transfer", "bank__transfer"):
            assert "refused by rule" in str(call(made, view, name)["error"])
        assert ask(made, view, "tools/list", {})["result"]["tools"] == [APP.definition()]
        uri = {"uri": bank.uri, "server": "bank", "_meta": {"server": "bank"}}
        ask(made, view, "resources/read", uri)
        assert other.calls == []
        assert [s.method for s in other.seen].count("resources/read") == 1  # its own prefetch
        assert "bank" not in heard(made, view)


@pytest.mark.requirement("APPS-12", "APPS-T04", "MCP-026")
@pytest.mark.parametrize("visibility", [(), ("model",)])
def test_p6_an_app_cannot_call_a_tool_that_is_not_for_apps(
    tmp_path: Path, visibility: tuple[str, ...]
) -> None:
    hidden = Thing(name="admin", visibility=visibility)
    with AppServer(APP, hidden) as server, core(tmp_path) as made:
        join(made, server)
        view = open_app(made, server.key, "look")
        asked = len(made.person.consents)
        assert "view-needs-app-visibility" in str(call(made, view, "admin")["error"])
        assert len(made.person.consents) == asked
        assert "admin" not in str(ask(made, view, "tools/list", {})["result"])
        assert [each["name"] for each in server.calls] == ["look"]


def test_p6_one_view_hears_nothing_of_anothers_messages_and_results(tmp_path: Path) -> None:
    async def echo(seen: Seen, reply: Reply) -> None:
        arguments = seen.message["params"]["arguments"]
        await reply.result({"content": [{"type": "text", "text": str(arguments)}]})

    with AppServer(Thing(name="look", answer=echo, app=True)) as server, core(tmp_path) as made:
        join(made, server)
        one = open_app(made, server.key, "look", word="canary-one")
        two = open_app(made, server.key, "look", word="canary-two")
        context = {"content": [{"type": "text", "text": "canary-three"}]}
        ask(made, one, "ui/update-model-context", context)
        ask(made, one, "ui/message", context)
        made.wait(ContextShelfChanged)
        call(made, two, "look")
        assert "canary-one" in heard(made, one)
        assert "canary-two" not in heard(made, one)
        assert "canary-two" in heard(made, two)
        assert not [c for c in ("canary-one", "canary-three") if c in heard(made, two)]


@pytest.mark.requirement("APPS-13")
def test_p6_a_view_cannot_say_that_it_is_another(tmp_path: Path) -> None:
    bank = Thing(name="transfer", app=True)
    with AppServer(APP) as shop, AppServer(bank, key="bank") as other, core(tmp_path) as made:
        join(made, shop)
        join(made, other)
        mine, theirs = open_app(made, shop.key, "look"), open_app(made, other.key, "transfer")
        calls = len(other.calls)
        claim = {"view": theirs, "server": "bank", "principal": f"view:{theirs}"}
        params = {"name": "look", "arguments": {}, **claim, "_meta": claim}
        ask(made, mine, "tools/call", params, gesture=True)
        assert len(other.calls) == calls
        [row] = [r for r in made.rows("action_decided") if r["principal"] == f"view:{mine}"]
        assert (row["server"], row["view"]) == ("shop", mine)


def _card(made: Core, run: ToolRun, part: str) -> ToolRun:
    """The card of *run* once its note says *part*."""

    def fits(event: ItemChanged) -> bool:
        item = event.item
        return isinstance(item, ToolRun) and item.id == run.id and part in item.view_note

    item = made.wait(ItemChanged, fits).item
    assert isinstance(item, ToolRun)
    return item


TROUBLES = [kind for kind in IncidentKind if kind in FATAL or kind.value.endswith("refused")]


@pytest.mark.parametrize("kind", TROUBLES)
def test_p15_a_view_in_trouble_is_said_on_its_card_beside_the_text(
    tmp_path: Path, kind: IncidentKind
) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        join(made, server)
        run = run_tool(made, server.key, "look")
        assert run.view is not None
        made.post(made.host.view_incident, run.view, ViewIncident(kind=kind, detail="why-42"))
        card = _card(made, run, "why-42")
        assert card.text == "the look of it"
        assert card.state is RunState.DONE
        assert (card.view_state is ViewState.FAILED) == (kind in FATAL)
        if kind in FATAL:
            assert "why-42" in made.wait(ViewClosed).reason
        made.wait(AuditAppended, lambda event: event.line.kind == "view_incident")


def test_p15_a_view_that_never_shakes_hands_is_said_on_its_card(tmp_path: Path) -> None:
    with AppServer(APP) as server, core(tmp_path, initialize_seconds=0.1) as made:
        join(made, server)
        run = run_tool(made, server.key, "look")
        assert _card(made, run, "handshake").text == "the look of it"


@pytest.mark.requirement("APPS-49")
def test_p15_an_app_that_nobody_reviewed_is_said_so_beside_the_text(tmp_path: Path) -> None:
    with AppServer(APP) as server, core(tmp_path) as made:
        join(made, server, approve=False)
        pending = run_tool(made, server.key, "look")
        [review] = made.run(made.host.templates())
        assert review.state is ReviewState.PENDING
        made.run(made.host.review_template(review.pin, False))
        rejected = run_tool(made, server.key, "look")
        for run, word in ((pending, "Review"), (rejected, "rejected")):
            assert run.text == "the look of it"
            assert word in run.view_note


@pytest.mark.requirement("APPS-37")
def test_p15_a_call_that_fails_is_told_to_its_view(tmp_path: Path) -> None:
    held = threading.Event()

    async def fails(seen: Seen, reply: Reply) -> None:
        held.set()
        await reply.error(-32000, "out of stock")

    with AppServer(Thing(name="look", answer=fails, app=True)) as server, core(tmp_path) as made:
        join(made, server)
        run = run_tool(made, ServerKey("shop"), "look")
        assert held.is_set()
        assert run.state is RunState.FAILED
        assert "out of stock" in run.text
        assert run.view is not None
        ask(made, run.view, "ui/initialize", {})
        say(made, run.view, {"method": "ui/notifications/initialized"})
        ask(made, run.view, "ping", {})
        assert "tool-cancelled" in heard(made, run.view)


def test_p15_the_model_is_told_that_the_app_did_not_come_up(tmp_path: Path) -> None:
    script = (Said(calls=(Call("shop__look"),)), Said(pieces=("here",)))
    house = core(tmp_path, initialize_seconds=0.1)
    with AppServer(APP) as server, ModelServer(*script) as model, house as made:
        join(made, server)
        settings = ModelSettings(
            provider="openai-compatible", model="m", base_url=model.openai_url, has_key=False
        )
        made.run(made.host.set_model(settings, "k"))
        talk = made.run(made.host.new_conversation("talk"))
        made.run(made.host.send_message(talk, "look at it"))
        [run] = [item for item in made.run(made.host.items(talk)) if isinstance(item, ToolRun)]
        _card(made, run, "handshake")
        made.run(made.host.send_message(talk, "and what do you see?"))
        assert "handshake" in model.asked[-1].told
