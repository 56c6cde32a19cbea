"""P6 in the real engine: two servers with three Views each share no storage and no message."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine import Opener, OpenView, snapshot_of
from tests.helpers.figures import say
from tests.helpers.spare_frames import open_warm, spare

__all__ = ["open_warm", "spare"]
pytestmark = pytest.mark.engine

SERVERS = ("a1" * 16, "b2" * 16)
PAGE = (Path(__file__).parents[1] / "assets" / "isolation.html").read_text(encoding="utf-8")
DEAD = {
    *("document.cookie", "cookieStore", "OPFS", "webkitRequestFileSystem", "sharedStorage"),
    "service worker",
}
"""What does not work in a View at all, so that nothing can leak by it. Everything else must carry
inside one View, or the test would prove nothing.
"""
SECRET = re.compile(r"secret-of-\d")


def _said(view: OpenView, method: str) -> Any:
    """The first message of *method*, when it has come."""
    found: list[Any] = []

    def look() -> bool:
        said = [json.loads(text) for text in view.texts]
        found[:] = [m["params"] for m in said if m.get("method") == method]
        return bool(found)

    view.until(look)
    return found[0]


@pytest.fixture(params=["a frame of its own", "a frame that waited"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Opens each View in such a frame."""
    own = request.param == "a frame of its own"
    return request.getfixturevalue("open_view" if own else "open_warm")


def _everybodys_findings(opener: Opener) -> list[dict[str, list[str]]]:
    """What each of six live Views found by each API: in its own window, and in a frame inside."""
    views = [
        opener(PAGE.replace("SECRET", f"secret-of-{n}"), snapshot_of(app_host=SERVERS[n % 2]))
        for n in range(6)
    ]
    ready = [_said(view, "ready") for view in views]
    told = {
        "names": [each["name"] for each in ready] + [f"secret-of-{n}" for n in range(6)],
        "workers": [each["worker"] for each in ready],
        "blobs": [each["blob"] for each in ready],
    }
    for view in views:
        view.widget.post(json.dumps({"do": "put"}))
    for view in views:
        _said(view, "put")
    for view in views:
        view.widget.post(json.dumps({"do": "look"} | told))
    return [_said(view, "found") for view in views]


def test_p6_six_views_of_two_servers_find_nothing_of_one_another(
    opener: Opener, request: pytest.FixtureRequest
) -> None:
    found = _everybodys_findings(opener)
    carried = [
        {api for api, texts in each.items() if f"secret-of-{n}" in "".join(texts)}
        for n, each in enumerate(found)
    ]
    crossed = [
        (n, api, text)
        for n, each in enumerate(found)
        for api, texts in each.items()
        for text in texts
        if set(SECRET.findall(text)) - {f"secret-of-{n}"}
    ]
    dead = {api: texts[0] for api, texts in found[0].items() if api not in carried[0]}
    where = request.node.callspec.id
    say(
        f"P6 in {where}: 6 Views of 2 servers, {len(found[0])} storage and message APIs, of which "
        f"{len(carried[0])} carry inside a View and {len(dead)} are dead in one "
        f"({', '.join(f'{api}: {why}' for api, why in dead.items())}): {len(crossed)} cross reads"
    )
    assert crossed == []
    assert [set(each) - carried[n] for n, each in enumerate(found)] == [DEAD] * 6


def test_p6_what_is_posted_to_one_view_is_heard_by_it_alone(opener: Opener) -> None:
    hear = """<script>parent.postMessage('up', '*');
      onmessage = e => parent.postMessage({heard: e.data.secret}, '*')</script>"""
    views = [opener(hear, snapshot_of(app_host=host)) for host in (*SERVERS, *SERVERS)]
    assert [view.message() for view in views] == ["up"] * 4
    for n, view in enumerate(views):
        view.widget.post(json.dumps({"secret": n}))
    assert [view.message(1) for view in views] == [{"heard": n} for n in range(4)]
    assert [len(view.texts) for view in views] == [2] * 4
