"""The hostile Apps of the table of Views: each does one thing, without end, when it is told to go.

Each shakes hands like any App, so that what is measured is the attack and not the opening of a
View. The host context is what tells it to go: a locale that no real window has.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.ids import ServerKey
from mcphost.domain.view import FATAL, IncidentKind

SHOP = ServerKey("shop")
"""The server of all of them."""
GO = "en-x-go"
"""The locale that starts an attack."""

_HEAD = """<!doctype html><meta charset=utf-8><title>App</title><body><p>An App</p><script>
const send = message => parent.postMessage({jsonrpc: '2.0', ...message}, '*');
const forever = step => { step(); setTimeout(forever, 0, step); };
const big = n => 'x'.repeat(n);
let gone = false;
addEventListener('message', event => {
  const {id, method, params} = event.data || {};
  if (id === 1) send({method: 'ui/notifications/initialized', params: {}});
  if (method === 'ui/notifications/host-context-changed' && params.locale === 'LOCALE' && !gone) {
    gone = true; go();
  }
});
send({id: 1, method: 'ui/initialize', params: {protocolVersion: '2026-01-26',
  appInfo: {name: 'app', version: '1'}, appCapabilities: {}}});
""".replace("LOCALE", GO)

HELD = FATAL | {IncidentKind.THROTTLED}
"""Ended or slowed down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """*go* is the body of the App's `go()`, *first* runs at every load. *becomes* are
    the incidents of which one must come; empty when nothing need be done, since the engine itself
    refuses what is tried.
    """

    name: str
    go: str
    first: str = ""
    becomes: frozenset[IncidentKind] = HELD

    @property
    def html(self) -> str:
        return f"{_HEAD}{self.first}\nfunction go() {{ {self.go} }}</script>"


WITNESS = Attack(
    name="witness",
    go="",
    becomes=frozenset(),
)
WITNESS_HTML = (
    _HEAD + "let n = 100; setInterval(() => send({id: n++, method: 'ping', params: {}}), 200);"
    "function go() {}</script>"
)

ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="calm", go="setInterval(() => document.body.append('.'), 500);", becomes=frozenset()
    ),
    Attack(name="hang", go="for (;;);"),
    Attack(name="heap-bomb", go="const kept = []; for (;;) kept.push({a: [1, 2, 3], b: big(9)});"),
    Attack(
        name="dom-bomb",
        go="forever(() => { for (let i = 0; i < 3000; i++) {"
        " const p = document.createElement('p'); p.textContent = i; document.body.append(p); } });",
    ),
    Attack(
        name="buffer-bomb",
        go="const kept = []; forever(() => {"
        " try { kept.push(new Uint8Array(32 << 20).fill(1)); } catch {} });",
    ),
    Attack(
        name="blob-bomb",
        go="const kept = []; forever(() => kept.push(new Blob([new Uint8Array(16 << 20)])));",
    ),
    Attack(
        name="storage-bomb",
        go="const open = indexedDB.open('x'); let n = 0;"
        "open.onupgradeneeded = () => open.result.createObjectStore('s');"
        "open.onsuccess = () => { const put = () => {"
        " const t = open.result.transaction('s', 'readwrite');"
        " t.objectStore('s').put(new Uint8Array(8 << 20).fill(n), n++);"
        " t.oncomplete = put; t.onabort = () => setTimeout(put, 0); }; put(); };",
        becomes=frozenset(),  # the engine's own bound for what is kept in memory stops it
    ),
    Attack(
        name="message-flood", go="for (;;) send({method: 'notifications/message', params: {}});"
    ),
    Attack(
        name="message-flood-polite",
        go="forever(() => { for (let i = 0; i < 200; i++)"
        " send({method: 'notifications/message', params: {level: 'info', data: i}}); });",
    ),
    Attack(
        name="request-flood",
        go="let n = 9; forever(() => { for (let i = 0; i < 50; i++)"
        " send({id: n++, method: 'tools/call', params: {name: 'plain', arguments: {}}}); });",
    ),
    Attack(
        name="console-flood",
        go="forever(() => { for (let i = 0; i < 500; i++) console.error('x' + i); });",
    ),
    Attack(
        name="blocked-request-flood",
        go="forever(() => { for (let i = 0; i < 100; i++)"
        " fetch('https://evil.invalid/' + i).catch(() => 0); });",
    ),
    Attack(
        name="own-request-flood",
        go="forever(() => { for (let i = 0; i < 50; i++) {"
        " const image = new Image(); image.src = location.href + 'x' + Math.random(); } });",
    ),
    Attack(
        name="reload-loop",
        first="if (sessionStorage.x) location.reload();",
        go="sessionStorage.x = 1; location.reload();",
    ),
    Attack(
        name="history-flood",
        go="let n = 0; forever(() => { for (let i = 0; i < 100; i++) { n++;"
        " document.title = 'title ' + n; window.name = 'n' + n;"
        " try { history.pushState(n, '', '#' + n); } catch {} location.hash = n; } });",
    ),
    Attack(
        name="frame-flood",
        go="forever(() => { for (let i = 0; i < 20; i++) {"
        " const f = document.createElement('iframe'); f.srcdoc = 'x'; document.body.append(f);"
        " f.remove(); } });",
    ),
    Attack(
        name="size-loop",
        go="let n = 0; forever(() => send({method: 'ui/notifications/size-changed',"
        " params: {width: 400, height: 100 + (n++ % 2) * 300}}));",
    ),
    Attack(
        name="size-loop-slow",
        go="let n = 0; setInterval(() => send({method: 'ui/notifications/size-changed',"
        " params: {width: 400, height: 100 + (n++ % 2) * 300}}), 16);",
    ),
    Attack(
        name="permission-spam",
        go="forever(() => { for (let i = 0; i < 20; i++) { Notification.requestPermission();"
        " navigator.geolocation.getCurrentPosition(() => 0, () => 0);"
        " navigator.mediaDevices.getUserMedia({video: true}).catch(() => 0); } });",
    ),
    Attack(
        name="popup-spam",
        go="forever(() => { for (let i = 0; i < 20; i++) { open('about:blank'); alert(i);"
        " const a = document.createElement('a'); a.href = 'data:,x'; a.download = 'x';"
        # refused by an exception, which must not end the attack
        " a.click(); try { top.location = 'https://evil.invalid/'; } catch {} } });",
    ),
    Attack(
        name="focus-spam",
        go="const i = document.createElement('input'); document.body.append(i);"
        "forever(() => { for (let n = 0; n < 50; n++) { i.focus(); window.focus(); i.blur();"
        " parent.focus(); document.execCommand('copy'); } });",
        becomes=frozenset(),
    ),
    Attack(
        name="worker-bomb",
        go="const url = URL.createObjectURL(new Blob(['for (;;);']));"
        "const kept = []; forever(() => kept.push(new Worker(url)));",
    ),
    Attack(
        name="paint-bomb",
        go="document.body.innerHTML = '<style>div{position:absolute;width:900px;height:700px;"
        "left:0;top:0;backdrop-filter:blur(90px) hue-rotate(9deg);animation:a 1s infinite;"
        "box-shadow:0 0 200px 100px #8888}@keyframes a{50%{transform:rotate(40deg) scale(2)}}"
        "</style>' + '<div>x</div>'.repeat(300);",
    ),
    Attack(
        name="filter-bomb",
        go="document.body.innerHTML = '<svg width=900 height=700><filter id=f x=0 y=0>"
        "<feTurbulence baseFrequency=.9 numOctaves=20 seed=1 /><feGaussianBlur stdDeviation=90 />"
        "<feMorphology operator=dilate radius=90 /></filter>"
        "<rect id=r width=900 height=700 filter=url(#f) /></svg>'; let n = 0;"
        "const step = () => { document.querySelector('feTurbulence').setAttribute('seed', n++);"
        " requestAnimationFrame(step); }; step();",
    ),
    Attack(
        name="canvas-bomb",
        go="const kept = []; forever(() => { const c = document.createElement('canvas');"
        " c.width = c.height = 8000; c.getContext('2d').fillRect(0, 0, 8000, 8000);"
        " kept.push(c); });",
    ),
)


def attack(name: str) -> Attack:
    return next(each for each in ATTACKS if each.name == name)
