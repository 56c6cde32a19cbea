"""Ways for a document to reach the network. `H` is the vector's own `http://127.0.0.1:port`, `W`
the same as `ws:`, `P` its port, `U` the canary's UDP port.
"""

from __future__ import annotations

import json

from tests.helpers.canary_net import own_address

_ADD = """const add = (tag, more) => {
  document.body.append(Object.assign(document.createElement(tag), more));
};"""
_WORKER = "new Worker(URL.createObjectURL(new Blob(['%s'])))"
_SHARED = "new SharedWorker(URL.createObjectURL(new Blob(['%s'])))"
_LINK = "add('link', {rel: '%s', href: 'H/x.css', as: '%s'})"

VECTORS: dict[str, str] = {
    "webrtc-turn-tcp": "rtc({urls: 'turn:OWN:P?transport=tcp', username: 'a', credential: 'b'})",
    "udp": "rtc({urls: 'stun:OWN:U'}); rtc({urls: 'turn:OWN:U', username: 'a', credential: 'b'})",
    "fetch": "fetch('H/')",
    "fetch-keepalive": "fetch('H/', {keepalive: true, mode: 'no-cors', method: 'POST'})",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', 'H/'); x.send()",
    "beacon": "navigator.sendBeacon('H/', 'x')",
    "event-source": "new EventSource('H/')",
    "websocket": "new WebSocket('W/')",
    "image": "new Image().src = 'H/'",
    "image-srcset": "add('img', {srcset: 'H/ 1x'})",
    "svg-image": "document.body.insertAdjacentHTML('beforeend', '<svg><image href=H/ /></svg>')",
    "stylesheet": _LINK % ("stylesheet", ""),
    "css-import": "add('style', {textContent: '@import url(H/)'})",
    "css-background": "add('div', {style: 'width:9px;height:9px;background:url(H/)'})",
    "font": "new FontFace('f', 'url(H/)').load()",
    "script": "add('script', {src: 'H/'})",
    "import": "import('H/')",
    "module-preload": _LINK % ("modulepreload", ""),
    "preload": _LINK % ("preload", "image"),
    "prefetch": _LINK % ("prefetch", ""),
    "preconnect": _LINK % ("preconnect", ""),
    "icon": _LINK % ("icon", ""),
    "iframe": "add('iframe', {src: 'H/'})",
    "iframe-script": "add('iframe', {src: 'javascript:fetch(`H/`)'})",
    "iframe-srcdoc": "add('iframe', {srcdoc: '<img src=H/>'})",
    "meta-refresh": "add('iframe', {srcdoc: '<meta http-equiv=refresh content=0;url=H/>'})",
    "blank-frame": "add('iframe', {id: 'blank'}); "
    "document.getElementById('blank').contentWindow.fetch('H/')",
    "object": "add('object', {data: 'H/'})",
    "embed": "add('embed', {src: 'H/'})",
    "video": "add('video', {src: 'H/', preload: 'auto'})",
    "audio": "add('audio', {src: 'H/', preload: 'auto'})",
    "poster": "add('video', {poster: 'H/'})",
    "form": "add('form', {action: 'H/', method: 'post', target: 'nowhere'}); "
    "document.forms[0].submit()",
    "window-open": "window.open('H/')",
    "anchor-blank": "add('a', {href: 'H/', target: '_blank'}); document.links[0].click()",
    "worker-fetch": _WORKER % "fetch(`H/`)",
    "worker-import": _WORKER % "importScripts(`H/`)",
    "worker-websocket": _WORKER % "new WebSocket(`W/`)",
    "shared-worker-websocket": _SHARED % "new WebSocket(`W/`)",
    "speculation": "add('script', {type: 'speculationrules', textContent: "
    "JSON.stringify({prefetch: [{source: 'list', urls: ['H/']}]})})",
}
LAST = {
    "download": "add('a', {href: 'H/', download: 'x'}); [...document.links].pop().click()",
    "location": "location.href = 'H/'",
}
"""These may take the document away, so they come after all others, the first one first."""

_RTC = """const kept = []; const rtc = server => {
  const c = new RTCPeerConnection({iceServers: [server]});
  kept.push(c);
  c.createDataChannel('x');
  c.createOffer().then(offer => c.setLocalDescription(offer));
};"""


def page(ports: dict[str, int], *, settle_ms: int) -> str:
    """A document that tries every vector, then says `{tried: n}` to its parent."""
    tries = [_filled(script, ports, name) for name, script in VECTORS.items()]
    first, second = (_filled(script, ports, name) for name, script in LAST.items())
    done = f"parent.postMessage({{tried: {len(tries)}}}, '*');"
    body = "\n".join(f"attempt({json.dumps(script)});" for script in tries)
    return f"""<body><iframe name=nowhere></iframe><script>
{_ADD} {_RTC}
const attempt = script => {{
  try {{ Promise.resolve(new Function('add', 'rtc', script)(add, rtc)).catch(() => 0); }}
  catch (error) {{ const s = document.createElement('script'); s.textContent =
    '{{' + script + '}}'; document.body.append(s); }}
}};
{body}
setTimeout(() => {{ {done} {first}; }}, {settle_ms});
setTimeout(() => {{ {second}; }}, {settle_ms} + 200);
setTimeout(() => {{ {done} }}, {settle_ms} + 600);
</script>"""


def _filled(script: str, ports: dict[str, int], name: str) -> str:
    port = ports[name]
    return (
        script.replace("H/", f"http://127.0.0.1:{port}/")
        .replace("W/", f"ws://127.0.0.1:{port}/")
        .replace("OWN", own_address())
        .replace(":P?", f":{port}?")
        .replace(":U'", f":{ports['udp']}'")
    )
