"""P8: after a run that uses every secret there is, none is found where secrets do not belong."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.summaries import ModelSettings
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import approve_all, call, heard, join, open_app, run_tool
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.model_server import Answer, Call, ModelServer
from tests.helpers.servers.http_peer import Reply, Seen

MODEL_KEY = "canary-model-key-5b1f0c"
SERVER_KEY = "canary-server-key-9e27aa"
COLLECTOR_KEY = "canary-collector-key-c81d"
AMBIENT = "canary-ambient-31d4"
ARGUMENT = "canary-argument-77c0"
RESULT = "canary-result-0f3e"
FORM = "canary-form-64ab"
SECRETS = (MODEL_KEY, SERVER_KEY, COLLECTOR_KEY, AMBIENT)
EVERYTHING = (*SECRETS, ARGUMENT, RESULT, FORM)
ENVIRONMENT = {
    "AWS_SECRET_ACCESS_KEY": AMBIENT,
    "USER": AMBIENT,
    "LOGNAME": AMBIENT,
    "BAGGAGE": f"user={AMBIENT}",
    "TRACEPARENT": f"00-{'0' * 31}1-{'0' * 15}1-01",
    "OTEL_RESOURCE_ATTRIBUTES": f"enduser.id={AMBIENT}",
    "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={COLLECTOR_KEY}",
}


@dataclass
class Traces:
    """What one run left behind, by place."""

    home: dict[str, bytes] = field(default_factory=dict[str, bytes])
    log: bytes = b""
    spans: bytes = b""
    span_heads: list[str] = field(default_factory=list[str])
    wire: bytes = b""
    view: str = ""
    report: str = ""
    events: str = ""
    models: list[bytes] = field(default_factory=list[bytes])
    heads: list[bytes] = field(default_factory=list[bytes])


async def accept(_seen: Seen, reply: Reply) -> bool:
    await reply.status(200, b"", "Content-Type: application/x-protobuf")
    return True


def _wire(server: AppServer) -> bytes:
    return b"\n".join(str(seen.headers).encode() + seen.body for seen in server.seen)


def _use_everything(made: Core, shop: AppServer, model: ModelServer) -> Traces:
    """Every kind of action that has a secret behind it or near it."""
    local = StdioCommand(
        argv=(sys.executable, "-m", "mcphost.demo"), env=(("MCPHOST_DEMO_KEY", SERVER_KEY),)
    )
    key = ServerKey("local")
    made.run(made.host.add_server(ServerConfig(key=key, title="local", endpoint=local)))
    made.run(made.host.connect(key))
    join(made, shop)
    approve_all(made)
    view = open_app(made, shop.key, "look", word=ARGUMENT)
    call(made, view, "look")
    assert FORM in run_tool(made, key, "join_seed_swap").text
    settings = ModelSettings(
        provider="openai-compatible", model="stub", base_url=model.openai_url, has_key=False
    )
    made.run(made.host.set_model(settings, MODEL_KEY))
    made.run(made.host.send_message(made.run(made.host.new_conversation("talk")), "look at it"))
    report = str(made.run(made.host.view_report(view)))
    rows = b"\n".join(made.run(made.host.run_rows()))
    return Traces(view=heard(made, view), report=report, log=rows, events=str(made.events))


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    home = tmp_path_factory.mktemp("secrets")
    person = TestPerson(form={"name": FORM, "street": "Elm Street", "offers": ["kale"]})
    script = (Answer(calls=(Call("shop__look"),)), Answer(pieces=("done",)))
    things = Thing(name="look", says=RESULT, app=True)
    with pytest.MonkeyPatch.context() as patch, AppServer(things) as shop:
        with AppServer(key="collector") as collector, ModelServer(*script) as model:
            collector.before = accept
            patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
            for name, value in ENVIRONMENT.items():
                patch.setenv(name, value)
            with core(home, person=person) as made:
                left = _use_everything(made, shop, model)
            left.spans = b"".join(seen.body for seen in collector.seen)
            left.span_heads = [str(seen.headers) for seen in collector.seen]
            left.models = [asked.raw for asked in model.asked]
            left.heads = [asked.head for asked in model.asked]
        left.wire = _wire(shop)
    left.home = {str(p): p.read_bytes() for p in home.rglob("*") if p.is_file()}
    return left


def _found(canaries: tuple[str, ...], text: bytes | str) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [canary for canary in canaries if canary.encode() in data]


def test_p8_the_run_really_used_them(traces: Traces) -> None:
    """The control: what is looked for would be found."""
    assert all(COLLECTOR_KEY in head for head in traces.span_heads)
    assert b"execute_tool" in traces.spans
    assert len(traces.models) == 2
    assert all(MODEL_KEY.encode() in head for head in traces.heads)
    assert _found((ARGUMENT,), traces.wire)
    assert _found((RESULT,), traces.view)
    assert _found((RESULT, FORM), b"".join(traces.home.values())) == [RESULT, FORM]


def test_p8_no_secret_is_on_the_disk(traces: Traces) -> None:
    assert {name: _found(SECRETS, data) for name, data in traces.home.items()} == {
        name: [] for name in traces.home
    }


def test_p8_the_log_holds_neither_secrets_nor_what_was_said(traces: Traces) -> None:
    assert _found(EVERYTHING, traces.log) == []
    [stored] = [data for name, data in traces.home.items() if name.endswith("audit.db")]
    assert _found(EVERYTHING, stored) == []


def test_p8_a_span_holds_neither_secrets_nor_what_was_said(traces: Traces) -> None:
    assert _found(EVERYTHING, traces.spans) == []
    for head in traces.span_heads:  # whoever names a collector may name its key too
        assert _found(EVERYTHING, head) == [COLLECTOR_KEY]


@pytest.mark.requirement("MCP-183")
def test_p8_no_server_gets_a_secret_baggage_or_a_name(traces: Traces) -> None:
    assert _found(SECRETS, traces.wire) == []
    assert b"baggage" not in traces.wire.lower()
    assert b"0" * 31 + b"1" not in traces.wire  # a trace that somebody else began


def test_p8_a_model_gets_its_key_in_one_header_and_nothing_else(traces: Traces) -> None:
    assert [_found(SECRETS, body) for body in traces.models] == [[], []]
    for head in traces.heads:
        assert head.count(MODEL_KEY.encode()) == 1
        assert _found((SERVER_KEY, COLLECTOR_KEY, AMBIENT), head) == []
        assert b"baggage" not in head.lower()


def test_p8_no_view_report_or_event_holds_a_secret(traces: Traces) -> None:
    for place in (traces.view, traces.report, traces.events):
        assert _found((MODEL_KEY, COLLECTOR_KEY, AMBIENT), place) == []
    assert _found((SERVER_KEY,), traces.view + traces.report) == []


@pytest.mark.requirement("MCP-069")
def test_p8_a_local_server_does_not_inherit_our_environment(tmp_path: Path) -> None:
    from mcphost.servers.process import minimal_environment

    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        command = StdioCommand(argv=("x",), env=(("TOKEN", SERVER_KEY),))
        given = minimal_environment(command)
    kept = {name for name, value in given.items() if AMBIENT in value}
    assert kept <= {"USER", "LOGNAME"}
    assert given["TOKEN"] == SERVER_KEY
