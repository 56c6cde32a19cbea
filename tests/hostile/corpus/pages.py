"""Documents made of vectors: many quiet ones share one, a dangerous one has its own. Pure.

A document posts `{ran: page}` when it has tried everything and `{still: page}` a while later, so
that a dead View is not taken for a silent one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.hostile.corpus.vector import GRANTED_HOST, Hand, Vector, corpus

SHARED = 14
"""Quiet vectors in one document."""
ALIVE_MS = 1_500

_TOOLS = """<script>
const add = (tag, more, to) => {
  const e = Object.assign(document.createElement(tag), more);
  (to || document.body).append(e); return e;
};
const link = (rel, href) => add('link', {rel, href});
const sheet = textContent => add('style', {textContent});
const css = style => add('div', {style: 'width:9px;height:9px;' + style, textContent: 'x'});
const frame = srcdoc => add('iframe', {srcdoc});
const blank = () => add('iframe').contentWindow;
const sink = () => { const name = 's' + Math.random(); add('iframe', {name}); return name; };
const blob = code => URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
const worker = (code, options) => kept.push(new Worker(blob(code), options));
const shared = (code, options) => kept.push(new SharedWorker(blob(code), options));
const speculate = rules =>
  add('script', {type: 'speculationrules', textContent: JSON.stringify(rules)});
const again = () => { if (!name) { name = 'again'; location.reload(); } };
const far = html => add('iframe', {src: 'GRANTED/page/' + encodeURIComponent(html)});
const kept = [];
const rtc = (server, more, realm = window) => {
  const c = new realm.RTCPeerConnection({iceServers: server ? [server] : [], ...more});
  kept.push(c);
  c.createDataChannel('x');
  c.createOffer().then(offer => c.setLocalDescription(offer));
  return c;
};
const candidate = async (where, protocol = 'udp') => {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  kept.push(near, far);
  near.createDataChannel('x');
  await near.setLocalDescription(await near.createOffer());
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription(await far.createAnswer());
  await near.setRemoteDescription(far.localDescription);
  const text = `candidate:1 1 ${protocol} 2130706431 ${where}`;
  await near.addIceCandidate({candidate: text, sdpMid: '0', sdpMLineIndex: 0});
};
setTimeout(() => parent.postMessage({still: PAGE}, '*'), ALIVE);
</script>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One document. *number* is its place in the run."""

    number: int
    vectors: tuple[Vector, ...]
    settle_ms = ALIVE_MS + 1_000

    @property
    def granted(self) -> bool:
        """Whether its View may send to one granted origin, and take from it."""
        return self.vectors[0].kind in {"granted", "near"}

    @property
    def framed(self) -> bool:
        """Whether its View may show frames of one granted origin, and nothing else."""
        return self.vectors[0].kind == "framed"

    @property
    def hand(self) -> Hand:
        """What a person does in it."""
        return self.vectors[0].hand

    def html(self) -> str:
        """The document, without its doctype."""
        tools = _TOOLS.replace("PAGE", str(self.number)).replace("ALIVE", str(ALIVE_MS))
        tools = tools.replace("GRANTED", f"http://{GRANTED_HOST}")
        bodies = "\n".join(f"<div>{vector.html()}</div>" for vector in self.vectors)
        ran = f"<script>parent.postMessage({{ran: {self.number}}}, '*')</script>"
        if self.vectors[0].alone:
            return f"<body>{ran}{tools}{bodies}"
        return f"<body>{tools}{bodies}{ran}"


def pages(only: str = "") -> tuple[Page, ...]:
    """The whole corpus as documents; *only* keeps the vectors whose title contains it."""
    chosen = [vector for vector in corpus() if only in vector.title]
    groups: list[tuple[Vector, ...]] = [(vector,) for vector in chosen if vector.alone]
    for kind in dict.fromkeys(vector.kind for vector in chosen):
        quiet = [vector for vector in chosen if vector.kind == kind and not vector.alone]
        groups += [tuple(quiet[at : at + SHARED]) for at in range(0, len(quiet), SHARED)]
    return tuple(Page(number=number, vectors=group) for number, group in enumerate(groups))
