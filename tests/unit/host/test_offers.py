"""What a person uses of a server besides tools, over the real path and a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import (
    PolicyDenied,
    ProtocolViolation,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import background
from mcphost.domain.offers import PromptRef, ResourceTemplate, TypedSoFar
from mcphost.domain.principal import USER
from mcphost.host.offers import Offers, address_of
from mcphost.servers.connection import Connection
from tests.helpers.gate_parts import SERVER, Clock, FakeConnection, Stage, config, gesture
from tests.helpers.servers.shop import EVERYTHING

T = TypeVar("T")
TYPED = TypedSoFar(ref=PromptRef(name="greet"), argument="to", value="A")
SUGGESTED: JsonObject = {"completion": {"values": ["Ada"]}}


class House:
    """Offers over a real gate; the server answers *replies* in order."""

    def __init__(self, *replies: Any, has: JsonObject | None = None) -> None:
        self.connection = FakeConnection(*replies)
        has = EVERYTHING if has is None else has
        self.connection.info = replace(self.connection.info, capabilities=has)
        self.stage = Stage(connection=self.connection)
        self.clock = Clock()
        made = cast("Any", self.connection)
        made.config = config()
        self.offers = Offers(
            gate=self.stage.gate,
            connection=lambda _key: cast("Connection", made) if self.stage.connected else None,
            clock=self.clock,
        )

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await work()

        return asyncio.run(run())

    def complete(self) -> Any:
        return self.do(lambda: self.offers.complete(SERVER, TYPED, USER, gesture()))

    def read(self, uri: str) -> Any:
        return self.do(lambda: self.offers.read(SERVER, uri, USER, gesture()))

    def prompt(self, **arguments: str) -> Any:
        return self.do(lambda: self.offers.prompt(SERVER, "greet", arguments, USER, gesture()))

    def all(self) -> Any:
        return self.do(lambda: self.offers.all(SERVER, USER, gesture()))

    @property
    def methods(self) -> list[str]:
        return [message["method"] for message in self.connection.sent]


def test_everything_that_is_advertised_is_listed_but_for_templates_of_apps() -> None:
    resources = [{"uri": "a:1", "name": "one"}, {"uri": "ui://app", "name": "App"}]
    templates = [{"uriTemplate": "a:{x}", "name": "any"}]
    prompts = [{"name": "greet"}, {"name": ""}]
    house = House({"resources": resources}, {"prompts": prompts}, {"resourceTemplates": templates})
    found = house.all()
    assert [r.uri for r in found.resources] == ["a:1"]
    assert [p.name for p in found.prompts] == ["greet"]
    assert [t.variables for t in found.templates] == [("x",)]
    assert (found.completes, len(found.notes)) == (True, 1)


@pytest.mark.requirement("MCP-030")
def test_what_a_server_does_not_offer_is_refused_before_anything_is_sent() -> None:
    house = House(has={"tools": {}})
    assert house.all().completes is False
    for use in (house.complete, house.prompt, lambda: house.read("a:1")):
        with pytest.raises(UserFacingError, match="does not say that it has"):
            use()
    assert house.methods == []


def test_a_server_that_is_not_connected_is_unreachable() -> None:
    house = House()
    house.stage.connected = False
    with pytest.raises(ServerUnreachable):
        house.all()


def test_reading_a_resource_is_an_action_with_its_rows() -> None:
    house = House({"contents": [{"uri": "a:1", "text": "milk"}]})
    assert house.read("a:1").text == "milk"
    assert house.stage.audit.kinds() == ["action_decided", "frame_intended", "action_finished"]
    decided = house.stage.audit.last(AuditKind.ACTION_DECIDED)
    assert (decided["name"], decided["rules"]) == ("a:1", ["read-resources"])


def test_the_template_of_an_app_is_not_read_as_a_resource() -> None:
    house = House()
    for uri in ("ui://app", "UI://app"):
        with pytest.raises(UserFacingError, match="under Review"):
            house.read(uri)
    assert house.methods == []


def test_a_web_address_is_asked_of_the_server_and_never_fetched() -> None:
    house = House({"contents": []})
    house.read("https://elsewhere.example/secret")
    assert house.methods == ["resources/read"]


def test_the_arguments_of_a_prompt_leave_as_they_were_given() -> None:
    said = {"role": "user", "content": {"type": "text", "text": "Hello Ada"}}
    house = House({"messages": [said]})
    assert house.prompt(to="Ada").text == "Hello Ada"
    assert house.connection.sent[0]["params"]["arguments"] == {"to": "Ada"}


@pytest.mark.requirement("MCP-117")
def test_suggestions_are_rationed() -> None:
    house = House(*[SUGGESTED] * 30)
    assert [house.complete().values for _ in range(10)] == [("Ada",)] * 10
    with pytest.raises(UserFacingError, match="too often"):
        house.complete()
    assert len(house.methods) == 10
    house.clock.now += 1.0
    assert house.complete().values == ("Ada",)


def test_suggestions_are_not_asked_for_in_the_background() -> None:
    house = House(SUGGESTED)
    with pytest.raises(PolicyDenied):
        house.do(lambda: house.offers.complete(SERVER, TYPED, USER, background(0.0)))
    assert house.methods == []


def test_a_bomb_of_suggestions_fails_that_request_alone() -> None:
    house = House({"completion": {"values": ["x" * 1_000] * 10_000}}, SUGGESTED)
    with pytest.raises(ProtocolViolation):
        house.complete()
    assert house.complete().values == ("Ada",)


def template(address: str, *variables: str) -> ResourceTemplate:
    return ResourceTemplate(
        server=SERVER,
        uri_template=address,
        title="t",
        description="",
        mime_type="",
        variables=variables,
    )


def test_the_gaps_of_a_template_are_filled_and_empty_ones_left_out() -> None:
    made = template("note://{day}{?week}", "day", "week")
    assert address_of(made, {"day": "mon/day", "week": ""}) == "note://mon%2Fday"


def test_a_template_without_a_single_value_is_no_address() -> None:
    with pytest.raises(UserFacingError, match="fill in day"):
        address_of(template("note://{day}", "day"), {"day": ""})
    assert address_of(template("note://all"), {}) == "note://all"
