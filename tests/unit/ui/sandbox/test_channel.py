"""The channel: text from the App frame's own origin, bounded, and nothing else, fuzzed."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import replace

import pytest
import shiboken6

from mcphost.domain.errors import HostBugError
from tests.helpers.engine import Opener, OpenView, snapshot_of
from tests.helpers.figures import say
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.channel import HOST_WORLD, Channel

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
WIDE = ViewBudget(burst=100_000, per_second=100_000)
ROUNDS = 300
SEED = "MCPHOST_TEST_SEED"
FUZZ = f"""<script>{SAY}
let state = SEED;  // mulberry32: the same seed, the same messages
const chance = () => {{ state = state + 0x6D2B79F5 | 0;
  let t = Math.imul(state ^ state >>> 15, 1 | state);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 2 ** 32; }};
const odd = [null, true, 0, -1, 1.5, 1e308, '', 'x', '\\ud800', '\\u0000', [], {{}}, [[]],
  undefined, new Date(0), /r/, new Map([[1, 2]]), new Set([1]), new Uint8Array(9), 1n,
  new Error('e'), new Blob(['b']), 'deleteLater', '__proto__', {{toJSON: 1}}, NaN, Infinity];
const words = ['host', 'from_view', 'deleteLater', 'objectName', 'setObjectName', 'destroyed',
  'objectNameChanged', 'mount', 'ready', 'dropped', 'too_long', 'themed', 'parent', 'children',
  'webChannel', 'transport', 'qt', '', '0', '__init__', 'staticMetaObject'];
const any = list => list[Math.floor(chance() * list.length)];
const forged = () => ({{type: Math.floor(chance() * 14) - 2, object: any(words), id: any(odd),
  method: any(words), signal: any([0, 1, 5, -1]), property: any([0, 1, 'objectName']),
  value: any(odd), args: any([[], [any(odd)], [any(words)], null]), data: any(odd)}});
const shapes = [() => any(odd), forged, () => JSON.stringify(forged()), () => [forged(), forged()],
  () => ({{type: 'qt.webChannelTransport', data: forged()}}),
  () => ({{jsonrpc: '2.0', method: any(words)}})];
for (let n = 0; n < {ROUNDS} * 10; n++) {{
  try {{ parent.postMessage(any(shapes)(), '*'); }} catch {{}}
  if (n % 50 === 0) {{
    const port = new MessageChannel();
    try {{ parent.postMessage(forged(), '*', [port.port2]); }} catch {{}}
  }}
}}
say('done');
</script>"""


def _channel(view: OpenView) -> Channel:
    assembly = view.widget._assembly
    assert assembly is not None
    return assembly.channel


def test_nothing_but_text_comes_through_a_fuzzed_channel(open_view: Opener) -> None:
    calls: list[object] = []
    seed = int(os.environ.get(SEED, secrets.randbits(31)))
    say(f"fuzz of the channel: {ROUNDS * 10} messages from seed {seed} ({SEED}={seed} repeats it)")
    view = open_view(FUZZ.replace("SEED", str(seed)), budget=WIDE)
    channel = _channel(view)
    for name in ("note_dropped", "refuse_length"):
        setattr(channel, name, calls.append)
    view.until(lambda: bool(view.texts) and view.texts[-1] == '{"params":"done"}')
    assert len(view.texts) > ROUNDS * 5
    assert all(type(text) is str for text in view.texts)
    for text in view.texts:
        json.loads(text)
    end = channel._end
    assert shiboken6.isValid(end)
    assert (end.objectName(), calls) == ("", [])
    assert list(channel._web_channel.registeredObjects()) == ["host"]
    view.widget.post("{}")


def test_the_channel_is_in_a_world_of_its_own(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(typeof qt)</script>")
    assert view.message()["params"] == "undefined"
    found: list[str] = []
    for world in (0, HOST_WORLD):
        view.engine_view.page().runJavaScript("typeof qt", world, found.append)
    view.until(lambda: len(found) == 2)
    assert found == ["undefined", "object"]


def test_the_relay_runs_in_the_host_page_alone(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(1)</script>")
    view.message()
    main = view.engine_view.page().mainFrame()
    found: list[str] = []
    for frame in (main, main.children()[0]):
        frame.runJavaScript("typeof QWebChannel", HOST_WORLD, found.append)
        view.until(lambda: bool(found))
    view.until(lambda: len(found) == 2)
    assert found == ["function", "undefined"]


def test_a_quiet_app_causes_no_incident(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} onmessage = () => say('again'); say(1)</script>")
    view.message()
    view.widget.post("{}")
    view.message(1)
    assert view.incidents == []


def test_another_origin_in_the_frame_is_neither_heard_nor_told(open_view: Opener) -> None:
    """A frame without an origin stands for any document that is not the App's."""
    script = f"{SAY} onmessage = e => console.error('told ' + e.data); say(1); console.error('up')"
    view = open_view(f"<script>{script}</script>", replace(snapshot_of(), sandbox="allow-scripts"))
    view.until(lambda: any("up" in line for line in view.widget.console_errors))
    view.widget.post('"secret"')
    answers: list[object] = []
    for _ in range(5):
        view.engine_view.page().runJavaScript("0", HOST_WORLD, answers.append)
        view.until(lambda: bool(answers))
        answers.clear()
    frame = view.engine_view.page().mainFrame().children()[0]
    frame.runJavaScript("new Promise(done => setTimeout(done, 50)) && 1", answers.append)
    view.until(lambda: bool(answers))
    assert view.texts == []
    assert not [line for line in view.widget.console_errors if "told" in line]


def test_a_long_message_is_stopped_on_both_sides(open_view: Opener) -> None:
    budget = ViewBudget(max_length=1_000)
    view = open_view(f"<script>{SAY} say('x'.repeat(2000)); say('short')</script>", budget=budget)
    taken: list[int] = []
    channel = _channel(view)
    take = channel.take
    channel.take = lambda untrusted_text: (taken.append(len(untrusted_text)), take(untrusted_text))[1]  # fmt: skip  # noqa: E501
    assert view.message()["params"] == "short"
    assert max(taken) < 1_000, "the page stops it before it is moved"
    refused = view.incidents[-1].detail
    assert "limit 1000" in refused
    take("y" * 1_001)
    view.message(0)
    assert len(view.texts) == 1, "and Python does not rely on that"


@pytest.mark.requirement("APPS-42")
def test_for_an_answer_that_is_too_long_an_error_stands_at_once(open_view: Opener) -> None:
    answer = "parent.postMessage({jsonrpc: '2.0', id: 7, result: {text: 'x'.repeat(2000)}}, '*');"
    asked = "parent.postMessage({jsonrpc: '2.0', id: 8, method: 'x'.repeat(2000)}, '*');"
    script = f"<script>{SAY} {asked} say('before'); {answer} say('after')</script>"
    view = open_view(script, budget=ViewBudget(max_length=1_000))
    assert view.message(2)["params"] == "after"
    before, error, _after = (json.loads(text) for text in view.texts)
    assert (before["params"], error["id"]) == ("before", 7)
    assert "its answer was not taken" in error["error"]["message"]
    assert "limit 1000" in error["error"]["message"]


def test_a_request_that_is_too_long_is_refused_to_the_view_at_once(open_view: Opener) -> None:
    asked = "parent.postMessage({jsonrpc: '2.0', id: 8, method: 'x'.repeat(2000)}, '*');"
    hears = "addEventListener('message', e => say(e.data));"
    view = open_view(f"<script>{SAY} {hears} {asked}</script>", budget=ViewBudget(max_length=1_000))
    told = view.message()["params"]
    assert told["id"] == 8
    assert "this request was not taken" in told["error"]["message"]


def test_the_longest_answer_leaves_room_for_what_follows_it(open_view: Opener) -> None:
    """Long messages count as many; the one that may be longest must not cost those after it."""
    text = "'x'.repeat(9_990_000)"
    answer = f"parent.postMessage({{jsonrpc: '2.0', id: 7, result: {{text: {text}}}}}, '*');"
    view = open_view(f"<script>{SAY} {answer} for (let i = 0; i < 50; i++) say(i)</script>")
    assert view.message(50)["params"] == 49
    assert len(view.message()["result"]["text"]) == 9_990_000
    assert view.incidents == []


def test_what_waits_is_bounded(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(1)</script>")
    for _ in range(64):
        view.widget.post("{}")
    with pytest.raises(HostBugError):
        view.widget.post("{}")


def test_the_frame_gets_its_address_once(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(1)</script>")
    view.message()
    _channel(view).mount("about:blank")
    view.widget.post("{}")
    found: list[str] = []
    view.engine_view.page().runJavaScript("app.src", HOST_WORLD, found.append)
    view.until(lambda: bool(found))
    assert found[0].startswith("mcpapp://")


def test_the_same_seed_makes_the_same_messages(open_view: Opener) -> None:
    few = FUZZ.replace("SEED", "7").replace(f"{ROUNDS} * 10", "40")
    views = [open_view(few, budget=WIDE) for _ in range(2)]
    for view in views:
        view.until(lambda view=view: bool(view.texts) and view.texts[-1] == '{"params":"done"}')
    assert views[0].texts == views[1].texts
    assert len(views[0].texts) > 20
