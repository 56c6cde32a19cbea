"""Prompts, resources, templates and suggestions of real servers of both eras, by a whole core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.events import ItemChanged
from mcphost.domain.offers import OfferList, PromptRef, TemplateRef, TypedSoFar
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Era
from tests.helpers.core import Core, core
from tests.helpers.npm import example_server
from tests.helpers.wiretap import module, running


@contextmanager
def connected(home: Path, config: ServerConfig) -> Iterator[Core]:
    with core(home) as one:
        one.run(one.host.add_server(config, keep=False))
        one.run(one.host.connect(config.key))
        yield one


def era(one: Core, config: ServerConfig) -> Era:
    (summary,) = (s for s in one.run(one.host.servers()) if s.config.key == config.key)
    assert summary.info is not None
    return summary.info.era


def sent(one: Core) -> list[str]:
    return [row["data"]["method"] for row in one.rows("frame_intended")]


def test_a_modern_server_of_the_sdk_is_used_whole(tmp_path: Path) -> None:
    config = module("sdk_shop", "stdio")
    with connected(tmp_path, config) as one:
        found: OfferList = one.run(one.host.offers(config.key))
        (greet,), (today,), (any_day,) = found.prompts, found.resources, found.templates
        text = one.run(one.host.prompt(config.key, greet.name, {"to": "Ada"}))
        read = one.run(one.host.read_resource(config.key, today.uri))
        day = one.run(one.host.fill_template(any_day, {"day": "mon", "part": "early"}))
        typed = TypedSoFar(
            ref=PromptRef(name="greet"), argument="to", value="A", others=(("tone", "!"),)
        )
        suggested = one.run(one.host.complete(config.key, typed))
        assert (era(one, config), found.completes, found.notes) == (Era.MODERN, True, ())
    assert (greet.title, [a.required for a in greet.arguments]) == ("Greet somebody", [True, False])
    assert text.text == "Greet Ada in a warm tone."
    assert (today.title, read.text, day.text) == ("Today", "milk", "mon, early")
    assert suggested.values == ("Ada!",)


@pytest.mark.npm
def test_the_official_example_of_everything_is_used_whole(tmp_path: Path) -> None:
    config = running(*example_server("everything"), "stdio")
    with connected(tmp_path, config) as one:
        found: OfferList = one.run(one.host.offers(config.key))
        names = {prompt.name for prompt in found.prompts}
        plain = next(p for p in found.prompts if not p.arguments)
        text = one.run(one.host.prompt(config.key, plain.name, {}))
        read = one.run(one.host.read_resource(config.key, found.resources[0].uri))
        numbered = next(t for t in found.templates if len(t.variables) == 1)
        filled = one.run(one.host.fill_template(numbered, {numbered.variables[0]: "1"}))
        ref = TemplateRef(uri_template=numbered.uri_template)
        typed = TypedSoFar(ref=ref, argument=numbered.variables[0], value="1")
        suggested = one.run(one.host.complete(config.key, typed))
        assert (era(one, config), found.completes) == (Era.LEGACY, True)
    assert len(names) >= 3
    assert text.text
    assert read.parts
    assert filled.parts
    assert suggested.values


def run_tool(one: Core, config: ServerConfig, tool: str, **arguments: Any) -> ToolRun:
    conversation = one.run(one.host.new_conversation(tool))
    run = one.run(one.host.run_tool(conversation, config.key, tool, arguments))
    assert run.state is RunState.DONE, run.text
    return run


@pytest.mark.npm
def test_the_example_of_everything_says_how_far_it_is(tmp_path: Path) -> None:
    config = running(*example_server("everything"), "stdio")
    with connected(tmp_path, config) as one:
        run_tool(one, config, "trigger-long-running-operation", duration=2, steps=4)
        runs = [e.item for e in one.seen(ItemChanged) if isinstance(e.item, ToolRun)]
        said = [r.work for r in runs if r.work is not None and r.work.total]
    assert said
    assert {work.total for work in said} == {4}
    done = [work.done or 0 for work in said]
    assert done == sorted(done)


@pytest.mark.npm
def test_what_the_example_of_everything_adds_later_is_offered(tmp_path: Path) -> None:
    config = running(*example_server("everything"), "stdio")
    with connected(tmp_path, config) as one:
        before = {r.uri for r in one.run(one.host.offers(config.key)).resources}
        # This tool is added, and said to be new, once the client has said that it can be asked.
        tools = {s.tool.name for s in one.run(one.host.tools(config.key))}
        run_tool(one, config, "gzip-file-as-resource", name="late.gz", data="data:text/plain,hello")
        added = {r.uri for r in one.run(one.host.offers(config.key)).resources} - before
    assert "trigger-elicitation-request" in tools
    assert [uri.rsplit("/", 1)[1] for uri in added] == ["late.gz"]
