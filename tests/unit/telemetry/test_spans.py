"""Spans: what they say, and what must never leave."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import mcphost
from mcphost.domain.text import hides
from mcphost.telemetry import names
from mcphost.telemetry.memory import MAX_KEPT
from mcphost.telemetry.spans import Kind, Telemetry


def test_a_root_has_a_trace_of_its_own_and_a_child_shares_it() -> None:
    telemetry = Telemetry()
    with telemetry.span("one", {}) as one, telemetry.span("two", {}) as two:
        assert one.trace_id != two.trace_id
        with telemetry.span("child", {}, parent=one) as child:
            assert child.trace_id == one.trace_id
            assert child.span_id != one.span_id
    record = next(span for span in telemetry.finished() if span.name == "child")
    assert record.parent_id == one.span_id


@pytest.mark.requirement("MCP-183")
def test_the_traceparent_is_the_w3c_value_of_the_span() -> None:
    with Telemetry().span("one", {}) as span:
        assert span.traceparent == f"00-{span.trace_id}-{span.span_id}-01"
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", span.traceparent)


def test_p8_nothing_ambient_is_picked_up() -> None:
    """A global span or baggage of some library must not become ours, nor ours theirs."""
    token = attach(baggage.set_baggage("user", "jane"))
    try:
        provider, textmap = trace.get_tracer_provider(), propagate.get_global_textmap()
        with Telemetry().span("one", {}) as span:
            assert "jane" not in str(span.traceparent)
            assert not trace.get_current_span().get_span_context().is_valid
        assert trace.get_tracer_provider() is provider
        assert propagate.get_global_textmap() is textmap
    finally:
        detach(token)


@pytest.mark.requirement("MCP-183")
def test_the_trace_state_is_empty() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(exporter=exporter)
    with telemetry.span("one", {}) as one, telemetry.span("two", {}, parent=one):
        pass
    telemetry.shutdown()
    contexts = [span.get_span_context() for span in exporter.get_finished_spans()]
    assert [len(context.trace_state) for context in contexts if context] == [0, 0]


def test_attributes_are_sanitised_and_short() -> None:
    telemetry = Telemetry()
    with telemetry.span("na\u202eme\n", {names.GEN_AI_TOOL_NAME: "\u202e" + "x" * 9_000}) as span:
        span.set(names.RESULT_BYTES, 7)
        span.set(names.MCP_RESOURCE_URI, "a\x1bb")
    [record] = telemetry.finished()
    text = record.name + "".join(str(value) for value in record.attributes.values())
    assert not any(hides(character) for character in text)
    assert len(text) < 600
    assert record.attributes[names.RESULT_BYTES] == 7


def test_p8_an_exception_leaves_its_type_and_never_its_message() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(exporter=exporter)

    def fail() -> None:
        with telemetry.span("one", {}):
            raise ValueError("password=s3cret")

    with pytest.raises(ValueError):
        fail()
    telemetry.shutdown()
    [span] = exporter.get_finished_spans()
    assert "s3cret" not in span.to_json()
    assert dict(span.attributes or {})[names.ERROR_TYPE] == "ValueError"


def test_an_error_that_was_named_is_kept() -> None:
    telemetry = Telemetry()
    with telemetry.span("one", {}) as span:
        span.error(names.TOOL_ERROR)
    [record] = telemetry.finished()
    assert record.failed
    assert record.attributes[names.ERROR_TYPE] == "tool_error"


def test_kinds_links_and_events_are_kept() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(exporter=exporter)
    with telemetry.span("first", {}, kind=Kind.CLIENT) as first:
        first.event("input_required", {"round": 1})
    with telemetry.span("retry", {}, links=[first]):
        pass
    telemetry.shutdown()
    one, two = telemetry.finished()
    assert (one.kind, two.kind, two.links) == ("client", "internal", (first.span_id,))
    assert [event.name for event in exporter.get_finished_spans()[0].events] == ["input_required"]


def test_memory_is_bounded() -> None:
    telemetry = Telemetry()
    for number in range(MAX_KEPT + 10):
        with telemetry.span(f"span {number}", {}):
            pass
    kept = telemetry.finished()
    assert len(kept) == MAX_KEPT
    assert kept[-1].name == f"span {MAX_KEPT + 9}"


class _Collector(BaseHTTPRequestHandler):
    """Keeps what was posted; answers what it is told to."""

    posts: list[tuple[str, bytes, dict[str, str]]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def collector(status: int) -> Iterator[tuple[str, list[tuple[str, bytes, dict[str, str]]]]]:
    handler = type("Handler", (_Collector,), {"posts": [], "status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", handler.posts
        server.shutdown()
        thread.join(10)


def test_with_an_endpoint_spans_go_there_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with collector(200) as (endpoint, posts):
        telemetry = Telemetry(endpoint=endpoint)
        with telemetry.span(names.execute_tool("search"), {names.MCP_METHOD_NAME: "tools/call"}):
            pass
        telemetry.shutdown()
    [(path, body, headers)] = posts
    assert path == "/v1/traces"
    assert b"execute_tool search" in body
    assert not {"baggage", "tracestate", "authorization", "cookie"} & headers.keys()


@pytest.mark.expects_log("opentelemetry")
def test_a_collector_cannot_redirect_the_spans() -> None:
    with collector(307) as (endpoint, posts):
        telemetry = Telemetry(endpoint=endpoint)
        with telemetry.span("one", {}):
            pass
        telemetry.shutdown()
    assert {path for path, _, _ in posts} <= {"/v1/traces"}
    assert len(telemetry.finished()) == 1


def test_a_disabled_sdk_sends_no_traceparent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with Telemetry().span("one", {}) as span:
        assert span.traceparent is None


def test_names_are_spelled_out_in_one_module_only() -> None:
    texts = {value for value in vars(names).values() if isinstance(value, str)}
    # `mcphost.consent` is a span, and also a package.
    known = {text for text in texts if re.fullmatch(r"(mcphost\.\w+|gen_ai|mcp|rpc)\.[\w.]+", text)}
    assert len(known) > 20
    core = Path(mcphost.__file__).parent
    for path in core.rglob("*.py"):
        if path.name == "names.py" and path.parent.name == "telemetry":
            continue
        spelled = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not spelled & known, path
