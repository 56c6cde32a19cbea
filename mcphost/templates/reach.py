"""What a template reaches for, compared with what it declared. Pure; called by `findings`."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from mcphost.domain.template import DeclaredUi
from mcphost.policy.origins import OriginPattern, parse_domain
from mcphost.templates.page import Page
from mcphost.templates.report import Report

_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_NAMESPACES: Final = frozenset({"www.w3.org"})
"""Hosts whose URLs name XML vocabularies; nobody contacts them."""

Origin = tuple[str, str, int]


def compare_reach(page: Page, declared: DeclaredUi, report: Report) -> None:
    """Report origins and permissions used but not declared, and the reverse."""
    patterns = _patterns(declared)
    used = {origin for url, _ in page.urls if (origin := _origin(url)) is not None}
    mentioned = {o for url in page.mentioned if (o := _origin(url)) and o[1] not in _NAMESPACES}
    for url, where in page.urls:
        origin = _origin(url)
        if origin is not None and not _covered(origin, patterns):
            report.add("domain-undeclared", _serialise(origin), where)
    for origin in sorted(mentioned):
        report.add("domain-mentioned", _serialise(origin), "script")
    for pattern in patterns:
        if not any(_covered(origin, [pattern]) for origin in used | mentioned):
            report.add("domain-unused", pattern.serialise())
    for permission in sorted(page.permissions - set(declared.permissions)):
        report.add("permission-undeclared", permission, "script")
    for permission in declared.permissions:
        if permission not in page.permissions:
            report.add("permission-unused", permission)


def _patterns(declared: DeclaredUi) -> list[OriginPattern]:
    texts = (
        *declared.connect_domains,
        *declared.resource_domains,
        *declared.frame_domains,
        *declared.base_uri_domains,
    )
    return [parse_domain(text, websocket=True) for text in dict.fromkeys(texts)]


def _covered(origin: Origin, patterns: list[OriginPattern]) -> bool:
    return any(pattern.matches(*origin) for pattern in patterns)


def _origin(url: str) -> Origin | None:
    """The origin of an absolute or scheme-relative network URL, else None."""
    url = url.strip()
    try:
        parts: SplitResult = urlsplit("https:" + url if url.startswith("//") else url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    if scheme not in _PORTS or not host:
        return None
    return scheme, host, port or _PORTS[scheme]


def _serialise(origin: Origin) -> str:
    scheme, host, port = origin
    return f"{scheme}://{host}" + ("" if port == _PORTS[scheme] else f":{port}")
