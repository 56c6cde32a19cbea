"""How long the static findings about one template take (aim: half a second for a megabyte)."""

from __future__ import annotations

from typing import Any

from mcphost.assets import asset_text
from mcphost.domain.template import DeclaredUi
from mcphost.templates.findings import examine
from mcphost.templates.report import Report


def bundle(size: int) -> bytes:
    """A page with *size* bytes of script, dense as a bundler writes it."""
    script = asset_text("demo/planner.html").partition("<script>")[2].partition("</script>")[0]
    parts = [f"(function(){{{script}}})();" for _ in range(size // len(script))]
    return f"<!doctype html><title>t</title><script>{''.join(parts)}</script>".encode()


def test_scanning_a_megabyte(benchmark: Any) -> None:
    html = bundle(1_000_000)
    report = benchmark.pedantic(lambda: scan(html), rounds=5)
    assert not report.has("scan-cut")


def test_scanning_the_demo_template(benchmark: Any) -> None:
    html = asset_text("demo/planner.html").encode()
    assert not benchmark(lambda: scan(html)).has("scan-cut")


def scan(html: bytes) -> Report:
    """One whole scan."""
    report = Report()
    examine(html, DeclaredUi(), report)
    return report
