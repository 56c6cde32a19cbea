"""Small Views by hand, without an SDK: each sets one trap that real Views set.

`page(script)` is an App. Its script has `ask(method, params)` (a promise of the result), `say` (a
notification), `tell(step, value)` (what it saw, through its server's tool `witness`) and `hears`
(what it does when the host says or asks something). It begins with `hello(capabilities)`.
"""

from __future__ import annotations

BASE = """
let next = 0;
const waiting = new Map(), hears = {};
const send = message => parent.postMessage({jsonrpc: '2.0', ...message}, '*');
const say = (method, params) => send({method, params: params ?? {}});
const asked = (method, params) => {
  const id = next++;
  send({id, method, params});
  return [id, new Promise((done, failed) => waiting.set(id, {done, failed}))];
};
const ask = (method, params) => asked(method, params)[1];
const call = (name, args) => ask('tools/call', {name, arguments: args ?? {}});
const tell = (step, value) => call('witness', {step, value: value ?? null});
const hello = async capabilities => {
  const appInfo = {name: 'trap', version: '1'};
  const protocolVersion = '2026-01-26';
  const found = await ask('ui/initialize',
    {appInfo, appCapabilities: capabilities ?? {}, protocolVersion});
  say('ui/notifications/initialized');
  return found;
};
addEventListener('message', async ({source, data}) => {
  if (source !== parent) return;
  if (!data.method) {
    const {done, failed} = waiting.get(data.id);
    waiting.delete(data.id);
    data.error ? failed(data.error) : done(data.result);
  } else if (data.method in hears) {
    const result = await hears[data.method](data.params);
    if ('id' in data) send({id: data.id, result: result ?? {}});
  } else if ('id' in data) {
    send({id: data.id, error: {code: -32601, message: 'Method not found'}});
  }
});
const reported = () => document.documentElement.getBoundingClientRect().height;
const size = () => say('ui/notifications/size-changed', {width: innerWidth, height: reported()});
const follow = () => new ResizeObserver(size).observe(document.documentElement);
"""


def page(script: str, markup: str = "") -> str:
    head = "<!doctype html><meta charset=utf-8><style>body { margin: 0 }</style>"
    return f"{head}<body>{markup}<script type=module>{BASE}{script}</script>"


FULL_HEIGHT = page(
    """
await hello();
let changes = 0;
new ResizeObserver(() => { changes += 1; size(); }).observe(document.documentElement);
const settled = async () => {
  for (let still = 0, last = -1; still < 10; still += 1) {
    if (changes !== last) still = 0;
    last = changes;
    await new Promise(done => setTimeout(done, 50));
  }
};
await settled();
tell('settled', {changes, inner: innerHeight});
""",
    "<style>html { height: 100vh }</style>",
)
"""As tall as its frame, and says so each time its frame changes."""

NO_TEARDOWN = page("await hello(); tell('up');")
"""Answers what it does not know, its end among it, with -32601."""

NEVER = "<!doctype html><body><h1 id=trouble>No data source was configured</h1>"
"""Draws an error of its own and never begins the handshake."""

COLLAPSED = page(
    """
await hello();
follow();
document.querySelector('#more').onclick = () => {
  document.querySelector('#rest').style.height = '258px';
};
""",
    "<style>html { height: max-content } #more { height: 42px; display: block }</style>"
    "<button id=more>More</button><div id=rest></div>",
)
"""42 pixels high until it is pressed, then 300."""

NARROW = page(
    """
await hello();
say('ui/notifications/size-changed', {width: 147, height: 200});
await call('witness', {step: 'first'});
tell('width', innerWidth);
"""
)
"""Reports the least width it could do with before anything else."""

LONG_POLL = page(
    """
await hello();
document.querySelector('#stop').onclick = async () => {
  say('notifications/cancelled', {requestId: id, reason: 'not wanted any more'});
  tell('after', (await call('count')).content[0].text);
};
const [id, held] = asked('tools/call', {name: 'hold', arguments: {}});
held.then(() => tell('answered'), () => tell('answered'));
""",
    "<button id=stop>Stop</button>",
)
"""Keeps a call open, then takes it back."""

POLLING = page("await hello(); setInterval(() => call('count'), 100);")
"""Calls a tool until it is torn down."""

BIG_READ = page(
    """
await hello();
const {contents: [{blob, mimeType}]} = await ask('resources/read', {uri: 'video://long'});
tell('read', {length: blob.length, mimeType});
"""
)
"""Reads a resource of many megabytes that is no template."""

WITH_TOOLS = page(
    """
await hello({tools: {listChanged: true}});
say('notifications/tools/list_changed');
tell('alive', await ask('ping'));
"""
)
"""Says that it has tools of its own, and that their list has changed."""

WORKERS = page(
    """
await hello();
const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(6 * 7)'])));
worker.onmessage = ({data}) => tell('worker', data);
"""
)
"""Starts a worker out of a blob, as readers of PDF files do."""

FRAMES = page(
    """
await hello();
const read = () => {
  try { return String(top.location.href); } catch (error) { return error.name; }
};
tell('frames', {
  framed: top !== self, between: parent !== top, reads: read(), opaque: origin === 'null',
});
"""
)
"""Says what it can see of the frames around it, as the host tests of the Apps project do."""
