"""`_meta.ui` parsed strictly into what a template asks for. Pure; called by `store`.

Law: (1) the content item's `_meta.ui` replaces the listing's whole, never merges with it; (2) a
domain is an origin or it is dropped with a finding; (3) whatever has a wrong type is ignored with a
finding, so that nothing is granted by accident; (4) the metadata is small and canonicalisable,
or the template is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import rfc8785

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, canonical_bytes, digest
from mcphost.domain.template import WIRE_PERMISSIONS, DeclaredUi
from mcphost.policy.origins import parse_domain
from mcphost.templates.content import Document, as_list, as_object
from mcphost.templates.report import Report

MAX_META_BYTES: Final = 64 * 1024
MAX_DOMAINS: Final = 64

_DOMAIN_LISTS: Final = ("connectDomains", "resourceDomains", "frameDomains", "baseUriDomains")
_MEMBERS: Final = frozenset({"csp", "permissions", "domain", "prefersBorder"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UiMeta:
    """The effective `_meta.ui`: as received, what it declares, and the digest a pin holds."""

    untrusted: JsonObject
    declared: DeclaredUi
    digest: Digest


def effective_meta(document: Document, untrusted_listing: JsonObject, report: Report) -> UiMeta:
    """The metadata that counts for *document*. *untrusted_listing* is the `_meta` of its entry in
    `resources/list`, or empty. Raises `ProtocolViolation`.
    """
    item = document.untrusted_item
    content_ui = _ui(item.get("_meta"), report)
    if content_ui is None and (stray := _ui(item.get("meta"), report)) is not None:
        report.add(
            "meta-misplaced",
            "The content item has “meta” instead of “_meta”; it is used all the same.",
        )
        content_ui = stray
    if _ui(document.untrusted_result_meta, report) is not None:
        report.add(
            "meta-misplaced", "UI metadata stands beside the contents, not in them; it was ignored."
        )
    listing_ui = _ui(untrusted_listing, report)
    if (
        content_ui is not None
        and listing_ui is not None
        and _bytes(content_ui) != _bytes(listing_ui)
    ):
        report.add(
            "meta-conflict",
            "The server's listing declares something else than the template; the template counts.",
        )
    chosen = content_ui if content_ui is not None else listing_ui
    return parse_ui({} if chosen is None else chosen, report)


def parse_ui(untrusted: JsonObject, report: Report) -> UiMeta:
    """*untrusted* as a declaration. Raises `ProtocolViolation` when it is no small JSON value."""
    canonical = _bytes(untrusted)
    csp = _object_member(untrusted, "csp", report)
    domains = {name: _domains(csp, name, report) for name in _DOMAIN_LISTS}
    _report_unknown(untrusted, _MEMBERS, "", report)
    _report_unknown(csp, frozenset(_DOMAIN_LISTS), "csp.", report)
    border = untrusted.get("prefersBorder")
    if not isinstance(border, bool | None):
        report.add("meta-malformed", "prefersBorder is not true or false")
        border = None
    declared = DeclaredUi(
        connect_domains=domains["connectDomains"],
        resource_domains=domains["resourceDomains"],
        frame_domains=domains["frameDomains"],
        base_uri_domains=domains["baseUriDomains"],
        permissions=_permissions(untrusted, report),
        domain=_own_domain(untrusted, report),
        prefers_border=border,
    )
    return UiMeta(untrusted=untrusted, declared=declared, digest=digest(canonical))


def _ui(untrusted_meta: Json, report: Report) -> JsonObject | None:
    meta = as_object(untrusted_meta)
    if meta is None or "ui" not in meta:
        return None
    ui = as_object(meta["ui"])
    if ui is None:
        report.add("meta-malformed", "_meta.ui is not an object")
    return ui


def _bytes(untrusted: JsonObject) -> bytes:
    try:
        canonical = canonical_bytes(untrusted)
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise ProtocolViolation("the template's metadata has no canonical form") from error
    if len(canonical) > MAX_META_BYTES:
        raise ProtocolViolation(
            f"the template's metadata is {len(canonical)} bytes; at most {MAX_META_BYTES} are taken"
        )
    return canonical


def _object_member(holder: JsonObject, name: str, report: Report) -> JsonObject:
    value = holder.get(name)
    found = as_object(value)
    if value is not None and found is None:
        report.add("meta-malformed", f"{name} is not an object")
    return found or {}


def _domains(csp: JsonObject, name: str, report: Report) -> tuple[str, ...]:
    value = csp.get(name)
    entries = as_list(value)
    if entries is None:
        if value is not None:
            report.add("meta-malformed", f"csp.{name} is not a list")
        return ()
    found: dict[str, None] = {}
    for entry in entries[:MAX_DOMAINS]:
        origin = _domain(entry, name, report)
        if origin is not None:
            found[origin] = None
    if len(entries) > MAX_DOMAINS:
        report.add(
            "domain-refused",
            f"{name} has {len(entries)} entries, of which only {MAX_DOMAINS} were read.",
        )
    return tuple(found)


def _domain(entry: Json, name: str, report: Report) -> str | None:
    if not isinstance(entry, str):
        report.add(
            "domain-refused", "A declared domain is not text and was dropped.", f"csp.{name}"
        )
        return None
    try:
        pattern = parse_domain(entry, websocket=name == "connectDomains")
    except ValueError as error:
        report.add(
            "domain-refused", f"It declares {entry}, which was dropped: {error}.", f"csp.{name}"
        )
        return None
    check = "domain-wildcard" if pattern.subdomains else "domain-declared"
    report.add(check, pattern.serialise(), f"csp.{name}")
    return pattern.serialise()


def _permissions(untrusted: JsonObject, report: Report) -> tuple[str, ...]:
    asked = _object_member(untrusted, "permissions", report)
    _report_unknown(asked, frozenset(WIRE_PERMISSIONS), "permissions.", report)
    found: list[str] = []
    for member, permission in WIRE_PERMISSIONS.items():
        if member not in asked:
            continue
        if as_object(asked[member]) is None:
            report.add("meta-malformed", f"permissions.{member} is not an object")
            continue
        report.add("permission-declared", permission, f"permissions.{member}")
        found.append(permission)
    return tuple(found)


def _own_domain(untrusted: JsonObject, report: Report) -> str | None:
    value = untrusted.get("domain")
    if value is None:
        return None
    if not isinstance(value, str):
        report.add("meta-malformed", "domain is not text")
        return None
    report.add("own-domain-wished", value)
    return value[:253]


def _report_unknown(holder: JsonObject, known: frozenset[str], prefix: str, report: Report) -> None:
    for member in holder:
        if member not in known:
            report.add("meta-unknown", f"{prefix}{member}")
