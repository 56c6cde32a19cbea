"""A View may post anything, in any order: nothing breaks, nothing is done that it may not ask for,
and nothing of it stays behind. Each thing that the fuzz looks at is seen to be wrong once.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.protocol import apps, apps_session
from mcphost.protocol.apps_session import AppsSession, Post
from mcphost.views import deck, requests
from tests.helpers.figures import say
from tests.helpers.view_parts import eventually
from tests.hostile import view_grammar as grammar
from tests.hostile.view_fuzz import Fuzz
from tests.hostile.view_mutants import Mutants, message

SEED = "MCPHOST_TEST_SEED"
STRANGE = 100_000
BLOCKS, BYTES = 8_000, 16_000_000
"""What may be held more after the second half than after the first: objects of Python, of which one
for six messages would be too many, and memory of the process."""
KINDS = {"server", "link", "draft", "shelf", "file", "model", "mode", "height", "tools"}


def seed() -> int:
    return int(os.environ.get(SEED, secrets.randbits(31)))


def held() -> tuple[int, int]:
    """Objects of Python and bytes of the process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return sys.getallocatedblocks(), pages * os.sysconf("SC_PAGE_SIZE")


def play(work: Callable[[Fuzz], Awaitable[None]], number: int | None = None) -> Fuzz:
    """*work* with a new fuzz, in a loop of its own."""

    async def whole() -> Fuzz:
        fuzz = Fuzz(seed() if number is None else number)
        await work(fuzz)
        return fuzz

    return asyncio.run(whole())


@pytest.mark.requirement("APPS-18", "APPS-44")
@pytest.mark.timeout(300)
def test_a_hundred_thousand_strange_messages_do_nothing_that_nobody_asked_for() -> None:
    number, before = seed(), time.process_time()
    marks: list[tuple[int, int]] = []

    async def work(fuzz: Fuzz) -> None:
        for _ in range(2):
            await fuzz.run(STRANGE // 2)
            marks.append(held())

    fuzz = play(work, number)
    (blocks, size), (blocks_after, size_after) = marks
    say(
        f"fuzz of Views: {fuzz.strange} of {fuzz.sent} messages to {fuzz.lives} Views malformed or "
        f"out of order, seed {number} ({SEED}={number} repeats it), "
        f"{time.process_time() - before:.0f} s of one core; {sum(fuzz.effects.values())} effects, "
        f"all asked for; second half {blocks_after - blocks:+} objects, {size_after - size:+} bytes"
    )
    assert fuzz.wrong == []
    assert fuzz.strange >= STRANGE
    assert not KINDS - fuzz.effects.keys()
    assert blocks_after - blocks < BLOCKS
    assert size_after - size < BYTES


def test_the_same_seed_makes_the_same_messages() -> None:
    first, second, other = (Mutants(Random(number)) for number in (7, 7, 8))
    made = [[each.next() for _ in range(200)] for each in (first, second, other)]
    assert made[0] == made[1] != made[2]


RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "server": ("tools/call", {"name": grammar.ACTS, "arguments": {"number": 1}}),
    "link": ("ui/open-link", {"url": "https://shop.example/"}),
    "draft": ("ui/message", {"role": "user", "content": {"type": "text", "text": "Ten."}}),
    "shelf": ("ui/update-model-context", {"content": [{"type": "text", "text": "Ten."}]}),
    "file": (
        "ui/download-file",
        {"contents": [{"type": "resource", "resource": {"uri": "f:///a", "text": "Ten."}}]},
    ),
    "mode": ("ui/request-display-mode", {"mode": "fullscreen"}),
    "model": (
        "sampling/createMessage",
        {"messages": [{"role": "user", "content": {"type": "text", "text": "?"}}], "maxTokens": 9},
    ),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_asked_for_rightly_is_done_once(kind: str) -> None:
    method, params = RIGHT[kind]

    async def work(fuzz: Fuzz) -> None:
        view = await fuzz.open()
        fuzz.greet(view)
        fuzz.press(view)
        fuzz.say(view, json.dumps(message(method, params, id=1)))
        await eventually(lambda: kind in fuzz.effects)
        await fuzz.end(view)

    fuzz = play(work)
    assert (fuzz.wrong, fuzz.effects[kind], fuzz.strange) == ([], 1, 0)


def other_words(patch: pytest.MonkeyPatch) -> None:
    real = apps_session.parse_view_request

    def parse(id: apps.ViewRequestId, method: str, params: JsonObject) -> apps.ViewMessage | None:
        found = real(id, method, params)
        return replace(found, text="!") if isinstance(found, apps.SendMessage) else found

    patch.setattr(apps_session, "parse_view_request", parse)


def no_press(patch: pytest.MonkeyPatch) -> None:
    always = Lineage(root=Root.GESTURE, started_at=0.0, gesture="none")
    patch.setattr(requests, "_lineage_for", lambda *_: always)


def too_early(patch: pytest.MonkeyPatch) -> None:
    def say_now(_self: AppsSession, method: str, _params: JsonObject) -> list[Post]:
        return [Post(text=json.dumps({"jsonrpc": "2.0", "method": method}), method=method)]

    patch.setattr(AppsSession, "_say", say_now)


def twice(patch: pytest.MonkeyPatch) -> None:
    def again(_self: AppsSession, request: apps.ViewRequestId, _result: JsonObject) -> list[Post]:
        text = json.dumps({"jsonrpc": "2.0", "id": request, "result": {}})
        return [Post(text=text, method="x", answers=request)] * 2

    patch.setattr(AppsSession, "answer", again)


def a_bug(patch: pytest.MonkeyPatch) -> None:
    def fails(_method: str, _params: JsonObject) -> None:
        raise KeyError("ours")

    patch.setattr(apps_session, "parse_view_notification", fails)


def a_bug_later(patch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("ours")

    patch.setattr(requests, "resource_for_view", fails)


def no_answer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AppsSession, "refuse", lambda *_: [])


def no_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(requests.ViewRequests, "cancel_all", lambda _self: None)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_words, "draft was done and nobody asked"),
        (no_press, "without a press"),
        (too_early, "before the handshake"),
        (twice, "an answer too much"),
        (a_bug, "escaped"),
        (a_bug_later, "escaped"),
        (no_answer, "never answered"),
        (no_end, "was done and nobody asked"),
    ],
)
def test_a_host_that_goes_wrong_is_noticed(
    spoil: Callable[[pytest.MonkeyPatch], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch)
    fuzz = play(lambda fuzz: fuzz.run(20_000), 1)
    assert said in fuzz.wrong[0]


def test_a_tool_that_is_not_for_apps_and_is_called_is_noticed() -> None:
    async def work(fuzz: Fuzz) -> None:
        fuzz.house.tools = tuple(replace(each, visible_to_app=True) for each in fuzz.house.tools)
        await fuzz.run(20_000)

    assert grammar.NOT_FOR_APPS in play(work, 1).wrong[0]


def test_what_views_leave_behind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[tuple[int, int]] = []

    async def work(fuzz: Fuzz) -> None:
        await fuzz.run(3_000)
        marks.append(held())
        monkeypatch.setattr(deck, "MAX_LIVE", 1_000)
        await fuzz.run(3_000)
        marks.append(held())

    play(work, 1)
    assert marks[1][0] - marks[0][0] > BLOCKS
