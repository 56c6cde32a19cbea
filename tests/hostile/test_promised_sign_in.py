"""P1 and P8 for signing in: what it fetches has its row, and what it must not tell is told nowhere.

A whole sign-in at a server on the official SDK: registered anew, signed in, renewed, more asked
for, signed out. The server tells afterwards what secrets there were.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from mcphost.domain.ids import ServerKey
from tests.helpers.app_server import AppServer
from tests.helpers.browser import Browser
from tests.helpers.core import Core, core
from tests.helpers.servers.http_peer import Reply, Seen
from tests.helpers.signing import Signer, ask, call, guarded

KEY = ServerKey("guarded")
KINDS = ("access", "refresh", "code", "verifier", "client_secret")
CONTROL = "kale grows"


@dataclass
class Traces:
    """What the run left behind, and what is looked for in it."""

    secrets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    home: dict[str, bytes] = field(default_factory=dict[str, bytes])
    steps: list[str] = field(default_factory=list[str])
    rows: bytes = b""
    events: str = ""
    lines: str = ""
    spans: bytes = b""


class Lines(logging.Handler):
    """Every line of every logger, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


async def accept(_seen: Seen, reply: Reply) -> bool:
    await reply.status(200, b"", "Content-Type: application/x-protobuf")
    return True


def sign_in_and_out(made: Core) -> Traces:
    with guarded() as config:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(KEY))
        assert call(made, config, "look").text == CONTROL
        assert call(made, config, "plant", crop="kale").text == "planted kale"
        ask(config, "/expire")
        assert call(made, config, "look").text == CONTROL
        made.run(made.host.sign_out(KEY))
        steps = [row["data"]["step"] for row in made.rows("authorization_request")]
        rows = b"\n".join(made.run(made.host.run_rows()))
        told = ask(config, "/issued")
        return Traces(secrets=told, steps=steps, rows=rows, events=str(made.events))


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    home = tmp_path_factory.mktemp("signing")
    with pytest.MonkeyPatch.context() as patch, AppServer(key="collector") as collector:
        collector.before = accept
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with everything_logged() as lines, core(home, person=Signer(), opener=Browser()) as made:
            left = sign_in_and_out(made)
        left.lines = "\n".join(lines)
        left.spans = b"".join(seen.body for seen in collector.seen)
    left.home = {str(p): p.read_bytes() for p in home.rglob("*") if p.is_file()}
    return left


def found(traces: Traces, *places: bytes | str) -> list[str]:
    data = b"\n".join(place.encode() if isinstance(place, str) else place for place in places)
    return [one for kind in KINDS for one in traces.secrets[kind] if one.encode() in data]


def test_p8_a_whole_sign_in_really_had_secrets(traces: Traces) -> None:
    """The control: there was something to find, of every kind, and the places are not empty."""
    counted = {kind: len(traces.secrets[kind]) for kind in KINDS}
    assert counted == {"access": 3, "refresh": 3, "code": 2, "verifier": 2, "client_secret": 2}
    assert all(len(one) > 30 for kind in KINDS for one in traces.secrets[kind])
    assert "authorization_outcome" in traces.rows.decode()
    assert "guarded" in traces.events
    assert b"execute_tool" in traces.spans
    assert "127.0.0.1" in traces.lines or "mcphost" in traces.lines


def test_p8_no_secret_of_a_sign_in_is_on_the_disk_in_the_log_or_in_an_event(traces: Traces) -> None:
    assert found(traces, *traces.home.values()) == []
    assert found(traces, traces.rows, traces.events) == []


def test_p8_no_secret_of_a_sign_in_is_in_a_log_line_or_a_span(traces: Traces) -> None:
    assert found(traces, traces.lines, traces.spans) == []


def test_p1_every_fetch_of_a_sign_in_has_its_row(traces: Traces) -> None:
    posted = {step: traces.steps.count(step) for step in ("registration", "token", "refresh")}
    assert posted == {"registration": 2, "token": 2, "refresh": 1}
