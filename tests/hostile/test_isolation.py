"""P6 in the real engine: Views of two servers, and two Views of one, share nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.engine import Opener, OpenView, snapshot_of

pytestmark = pytest.mark.engine

ONE, OTHER = "a1" * 16, "b2" * 16
CANARY = "canary-of-one"
SAY = "const say = (method, params) => parent.postMessage({jsonrpc: '2.0', method, params}, '*');"
IDB = """const idb = () => new Promise((resolve, reject) => {
  const open = indexedDB.open('db', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('s');
  open.onerror = reject; open.onsuccess = () => resolve(open.result);
});
const within = (ms, work) => Promise.race([work, new Promise(end => setTimeout(end, ms))]);"""
WRITER = f"""<script>{SAY} {IDB}
const kept = [];
const put = async () => {{
  localStorage.setItem('k', '{CANARY}'); sessionStorage.setItem('k', '{CANARY}');
  document.cookie = 'k={CANARY}; SameSite=Lax'; window.name = '{CANARY}';
  const db = await idb();
  await new Promise(end => {{
    const write = db.transaction('s', 'readwrite');
    write.objectStore('s').put('{CANARY}', 'k'); write.oncomplete = end; }});
  await caches.open('{CANARY}').catch(() => 0);
  const channel = new BroadcastChannel('c'); kept.push(channel);
  setInterval(() => channel.postMessage('{CANARY}'), 20);
  try {{ navigator.locks.request('{CANARY}', () => new Promise(() => 0)); }} catch {{}}
  return {{local: localStorage.getItem('k'), session: sessionStorage.getItem('k')}};
}};
put().then(found => say('written', found), error => say('failed', String(error)));
onmessage = e => say('heard', e.data);
</script>"""
READER = f"""<script>{SAY} {IDB}
const seen = [];
const note = (what, value) => seen.push([what, String(value)]);
const look = async () => {{
  note('local', JSON.stringify(localStorage)); note('session', JSON.stringify(sessionStorage));
  note('cookie', document.cookie); note('name', window.name);
  const db = await idb();
  await new Promise(end => {{
    const read = db.transaction('s').objectStore('s').getAll();
    read.onsuccess = () => {{ note('idb', JSON.stringify(read.result)); end(); }}; }});
  note('caches', await caches.keys().catch(() => 'none'));
  const channel = new BroadcastChannel('c');
  channel.onmessage = e => note('broadcast', e.data);
  await new Promise(end => setTimeout(end, 400));
  const locks = await within(1000, navigator.locks ? navigator.locks.query() : null);
  note('locks', JSON.stringify(locks));
  for (const [what, reach] of Object.entries({{
    'parent document': () => parent.document.title, 'top location': () => top.location.href,
    'sibling': () => parent.frames.length + ':' + parent.frames[1],
    'opener': () => window.opener, 'named': () => window.open('', '{CANARY}'),
    'ancestors': () => [...(location.ancestorOrigins || [])].join(),
  }})) {{ try {{ note(what, reach()); }} catch (error) {{ note(what, error.name); }} }}
  return seen;
}};
look().then(found => say('looked', found), error => say('failed', String(error)));
onmessage = e => say('heard', e.data);
</script>"""


def _said(view: OpenView, method: str) -> Any:
    """The first message of *method*, when it has come."""
    found: list[Any] = []

    def look() -> bool:
        said = [json.loads(text) for text in view.texts]
        assert not [m for m in said if m.get("method") == "failed"], said
        found[:] = [m["params"] for m in said if m.get("method") == method]
        return bool(found)

    view.until(look)
    return found[0]


@pytest.mark.parametrize("host", [OTHER, ONE], ids=["another server", "the same server"])
def test_p6_a_view_finds_nothing_of_another_views_storage(open_view: Opener, host: str) -> None:
    writer = open_view(WRITER, snapshot_of(app_host=ONE))
    assert _said(writer, "written") == {"local": CANARY, "session": CANARY}
    reader = open_view(READER, snapshot_of(app_host=host))
    found = dict(_said(reader, "looked"))
    assert {"local", "idb", "cookie", "locks", "sibling"} <= set(found)
    assert [what for what, value in found.items() if CANARY in value] == []
    assert found["parent document"] == found["top location"] == "SecurityError"


def test_p6_the_same_reader_finds_it_where_it_was_written(open_view: Opener) -> None:
    """The control: what is looked for would be found."""
    both = WRITER.replace("put().then(", f"put().then(() => {{ {_reader_body()} }}); put().then(")
    view = open_view(both, snapshot_of(app_host=ONE))
    found = dict(_said(view, "looked"))
    assert {what for what, value in found.items() if CANARY in value} >= {
        "local", "session", "idb", "name", "broadcast",
    }  # fmt: skip


def _reader_body() -> str:
    """What `READER` does, to be done in the writer's own page."""
    return READER.partition(IDB)[2].rpartition("onmessage")[0]


def test_p6_what_is_posted_to_one_view_is_heard_by_it_alone(open_view: Opener) -> None:
    one = open_view(READER, snapshot_of(app_host=ONE))
    other = open_view(READER, snapshot_of(app_host=OTHER))
    _said(one, "looked")
    _said(other, "looked")
    one.widget.post(json.dumps({"jsonrpc": "2.0", "secret": CANARY}))
    assert _said(one, "heard")["secret"] == CANARY
    other.widget.post(json.dumps({"jsonrpc": "2.0", "secret": "the other's"}))
    assert _said(other, "heard")["secret"] == "the other's"
    assert not [text for text in other.texts if CANARY in text]
