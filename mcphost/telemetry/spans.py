"""Spans: what the host did, in the words of OpenTelemetry.

Law: (1) nothing global is touched, neither a provider nor a propagator; (2) on the wire goes a
`traceparent` of this host's making, with an empty tracestate, and never baggage; each root span
has a trace id of its own, so that servers cannot join what they see; (3) attributes are short,
sanitised text or numbers; an exception leaves its type, never its message; (4) without an endpoint
nothing leaves the machine. Any thread.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, set_span_in_context

from mcphost.domain.text import one_line
from mcphost.telemetry.memory import AttributeValue, MemoryProcessor, SpanRecord
from mcphost.telemetry.names import ERROR_TYPE, SCHEMA_URL, SCOPE

_TEXT = 256
_LIMITS = SpanLimits(
    max_span_attributes=64, max_events=16, max_links=16, max_span_attribute_length=_TEXT * 4
)


class Kind(Enum):
    """Whether a span leaves the host."""

    INTERNAL = SpanKind.INTERNAL
    CLIENT = SpanKind.CLIENT


class SpanHandle:
    """One span that is running. Made by `Telemetry.span`."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._failed = False

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return f"{self._span.get_span_context().trace_id:032x}"

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return f"{self._span.get_span_context().span_id:016x}"

    @property
    def traceparent(self) -> str | None:
        """The W3C value for `params._meta`; it is all that leaves. None where the environment
        disables the SDK.
        """
        if not self._span.get_span_context().is_valid:
            return None
        return f"00-{self.trace_id}-{self.span_id}-01"

    @property
    def failed(self) -> bool:
        """Whether `error` was called."""
        return self._failed

    def set(self, key: str, value: AttributeValue) -> None:
        """Note an attribute; *key* is a name of `names.py`. Text is sanitised and cut."""
        self._span.set_attribute(key, _clean(value))

    def event(self, name: str, attributes: Mapping[str, AttributeValue] | None = None) -> None:
        """Note something that happened within the span."""
        self._span.add_event(name, _clean_all(attributes or {}))

    def error(self, kind: str) -> None:
        """Mark the span as failed: a JSON-RPC code, an exception's type, or `tool_error`."""
        self._failed = True
        self._span.set_attribute(ERROR_TYPE, _clean(kind))
        self._span.set_status(Status(StatusCode.ERROR))

    def context(self) -> Context:
        """For children and links; only this room uses it."""
        return set_span_in_context(self._span, Context())

    def link(self) -> Link:
        """For spans that continue this one; only this room uses it."""
        return Link(self._span.get_span_context())


class Telemetry:
    """The spans of one run."""

    def __init__(
        self, *, exporter: SpanExporter | None = None, endpoint: str | None = None
    ) -> None:
        """*endpoint* is the full URL of an OTLP/HTTP collector, *exporter* any other exporter."""
        self._memory = MemoryProcessor()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource({"service.name": SCOPE}),
            shutdown_on_exit=False,
            id_generator=RandomIdGenerator(),
            span_limits=_LIMITS,
        )
        self._provider.add_span_processor(self._memory)
        for sink in (exporter, _otlp(endpoint)):
            if sink is not None:
                self._provider.add_span_processor(_batched(sink))
        self._tracer = self._provider.get_tracer(SCOPE, schema_url=SCHEMA_URL)

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, AttributeValue],
        *,
        parent: SpanHandle | None = None,
        kind: Kind = Kind.INTERNAL,
        links: Sequence[SpanHandle] = (),
    ) -> Generator[SpanHandle, None, None]:
        """A span around the body; without *parent* it is the root of a trace of its own."""
        span = self._tracer.start_span(
            one_line(name, limit=_TEXT),
            context=Context() if parent is None else parent.context(),
            kind=kind.value,
            attributes=_clean_all(attributes),
            links=[link.link() for link in links],
        )
        handle = SpanHandle(span)
        try:
            yield handle
        except BaseException as error:
            if not handle.failed:
                handle.error(type(error).__name__)
            raise
        finally:
            span.end()

    def finished(self) -> tuple[SpanRecord, ...]:
        """The last spans that ended, oldest first."""
        return self._memory.records()

    def shutdown(self) -> None:
        """Export what waits, bounded in time; blocks, so never on the loop or the main thread."""
        self._provider.force_flush(timeout_millis=2_000)
        self._provider.shutdown()


def _clean(value: AttributeValue) -> AttributeValue:
    return one_line(value, limit=_TEXT) if isinstance(value, str) else value


def _clean_all(attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    return {name: _clean(value) for name, value in attributes.items()}


def _batched(sink: SpanExporter) -> BatchSpanProcessor:
    return BatchSpanProcessor(
        sink,
        max_queue_size=2_048,
        schedule_delay_millis=2_000,
        max_export_batch_size=256,
        export_timeout_millis=5_000,
    )


def _otlp(endpoint: str | None) -> SpanExporter | None:
    if endpoint is None:
        return None
    # Imported here: both cost time at start, and most runs have no collector.
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    return OTLPSpanExporter(endpoint=endpoint, headers={}, timeout=5.0, session=session)
