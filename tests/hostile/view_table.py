"""Every hostile App of the table, alone and twenty at once, in a window that is measured.

`python -m tests.hostile.view_table [NAME ...]` prints the table: how late the main thread was, when
the View was ended or slowed down, how fast a person's call went through meanwhile, and what the
window's process had grown by. `all` is the row of twenty at once, `calm` that of ten without malice
beside a server that streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.helpers.app_server import AppServer, Thing
from tests.helpers.model_server import Answer, ModelServer
from tests.helpers.servers.http_peer import Reply, Seen
from tests.hostile.view_attacks import ATTACKS, WITNESS_HTML, attack
from tests.hostile.view_stream import Pouring, stream_faults

SECONDS = 10.0
SOON = 5.0
"""Seconds within which an App that takes too much is to be ended or slowed down."""
RUN_SECONDS = 240.0
TOGETHER = 20
CROWD = 10
MIME = "text/html;profile=mcp-app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run showed. Milliseconds by which the main thread was late; seconds after the start
    of the attack; MiB by which the window's process has grown.
    """

    names: tuple[str, ...]
    late: tuple[float, ...]
    busy: tuple[float, ...]
    victims: tuple[dict[str, Any], ...]
    calls: tuple[float, ...]
    failed_calls: int
    witness: int
    memory: tuple[float, float]
    model_told: str
    stream: dict[str, Any] | None

    def median(self) -> float:
        return _at(self.late, 0.5)

    def p99(self) -> float:
        return _at(self.late, 0.99)

    def grown(self) -> float:
        return self.memory[1] - self.memory[0]

    def handled(self, victim: dict[str, Any]) -> bool:
        """Whether one of the incidents that must come has come."""
        wanted = attack(victim["name"]).becomes
        return not wanted or any(kind.value in victim["incidents"] for kind in wanted)

    def told(self, victim: dict[str, Any]) -> bool:
        """Whether the person, on the card, and the model have been told what was done about it."""
        if not attack(victim["name"]).becomes:
            return True
        note = victim["note"]
        return bool(note) and note.split(":")[0] in self.model_told

    def late_holds(self) -> list[str]:
        """Who was neither ended nor slowed down within `SOON` seconds."""
        return [
            f"{v['name']} after {v['held']} s"
            for v in self.victims
            if attack(v["name"]).becomes and (v["held"] is None or v["held"] > SOON)
        ]

    def faults(self) -> list[str]:
        """What is not as it must be, figures of time apart."""
        bad = [f"{v['name']}: nothing was done" for v in self.victims if not self.handled(v)]
        bad += [f"{v['name']}: nobody was told" for v in self.victims if not self.told(v)]
        if self.failed_calls or not self.calls:
            bad.append(f"{self.failed_calls} calls of the person failed, {len(self.calls)} did not")
        if not self.witness:
            bad.append("the other View did not answer")
        return bad + ([] if self.stream is None else stream_faults(self.stream))


def run(*names: str, seconds: float = SECONDS, streams: bool = False) -> Outcome:
    """Let the Apps *names* loose on a window for *seconds*; *streams*: beside a call of the
    person's that is answered by a stream all the time.
    """
    with _server(names) as server, ModelServer(Answer(pieces=("seen",))) as model:
        order = {
            "server": server.url,
            "model": model.openai_url,
            "attacks": list(names),
            "seconds": seconds,
            "streams": streams,
        }
        found = asyncio.run(_child(order))
        told = model.asked[-1].told if model.asked else ""
    return Outcome(
        names=names,
        late=tuple(found["late"]),
        busy=tuple(found["busy"]),
        victims=tuple(found["victims"]),
        calls=tuple(found["calls"]),
        failed_calls=found["failed_calls"],
        witness=found["witness"],
        memory=tuple(found["memory"]),
        model_told=told,
        stream=found["stream"],
    )


def together() -> tuple[str, ...]:
    """The twenty that run at once."""
    hostile = [each.name for each in ATTACKS if each.name != "calm"]
    return tuple(hostile[:TOGETHER])


@contextlib.contextmanager
def _server(names: tuple[str, ...]) -> Iterator[AppServer]:
    pages = {name: attack(name).html for name in names} | {"witness": WITNESS_HTML}
    things = [Thing(name=name, app=True) for name in pages]
    with AppServer(*things, Thing(name="plain"), *Pouring().things()) as server:

        async def page(seen: Seen, reply: Reply) -> bool:
            if seen.method != "resources/read":
                return False
            uri = seen.message["params"]["uri"]
            name = uri.rsplit("/", 1)[1].removesuffix(".html")
            await reply.result({"contents": [{"uri": uri, "mimeType": MIME, "text": pages[name]}]})
            return True

        server.before = page
        yield server


async def _child(order: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.hostile.view_victim", json.dumps(order)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "MCPHOST_HOME": home},
        )
        try:
            async with asyncio.timeout(RUN_SECONDS):
                out, _ = await child.communicate()
        except TimeoutError:
            child.kill()
            await child.wait()
            raise
    if child.returncode or not out:
        raise RuntimeError(f"the window ended with {child.returncode}: {out[-500:]!r}")
    return json.loads(out)


def _at(values: tuple[float, ...], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def line(outcome: Outcome, name: str) -> str:
    """One row, in words."""
    held = [v["held"] for v in outcome.victims if v["held"] is not None]
    ends = sum(v["ended"] is not None for v in outcome.victims)
    slowest = max(outcome.calls, default=0.0) * 1000
    kinds = sorted({kind for victim in outcome.victims for kind in victim["incidents"]})
    last = f"{max(held):5.1f}" if held else "    -"
    stream = outcome.stream
    streamed = f"; a stream: {stream['heard']:g} lines heard and " if stream else ""
    streamed += f"{stream['shown']:g} steps shown a second" if stream else ""
    return (
        f"{name:22} {outcome.median():6.1f} {outcome.p99():6.1f} {max(outcome.late):7.1f} "
        f"{_at(outcome.busy, 0.99):6.1f} {last} {ends:3} {slowest:7.0f} {outcome.witness:4} "
        f"{outcome.grown():7.0f}  {', '.join(kinds)[:70]}{streamed}"
    )


HEAD = (
    f"{'App':22} {'p50':>6} {'p99':>6} {'max ms':>7} {'cpu99':>6} {'held':>5} {'n':>3} "
    f"{'call ms':>7} {'ping':>4} {'MiB':>7}  incidents"
)


def table(names: tuple[str, ...], print_line: Callable[[str], Any] = print) -> bool:
    print_line(HEAD)
    good = True
    for name in names:
        chosen = {"all": together(), "calm": ("calm",) * CROWD}.get(name, (name,))
        try:
            outcome = run(*chosen, streams=name == "calm")
        except (OSError, RuntimeError, TimeoutError) as error:
            print_line(f"{name:22} {error!r}")
            good = False
            continue
        print_line(line(outcome, name))
        for fault in (*outcome.faults(), *outcome.late_holds()):
            good = False
            print_line(f"{'':22} WRONG: {fault}")
    return good


if __name__ == "__main__":
    asked = tuple(sys.argv[1:]) or (*(each.name for each in ATTACKS), "all")
    sys.exit(0 if table(asked) else 1)
