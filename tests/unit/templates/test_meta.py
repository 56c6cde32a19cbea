from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.template import DeclaredUi
from mcphost.templates.content import Document
from mcphost.templates.meta import MAX_DOMAINS, effective_meta, parse_ui
from mcphost.templates.report import Report


def checks(report: Report) -> set[str]:
    return {finding.check for finding in report.findings()}


def effective(item: Any, listing: Any = None, result: Any = None) -> tuple[DeclaredUi, set[str]]:
    report = Report()
    document = Document(html=b"", untrusted_item=item, untrusted_result_meta=result)
    return effective_meta(document, listing or {}, report).declared, checks(report)


@pytest.mark.requirement("APPS-09", "APPS-T08")
def test_the_content_item_replaces_the_listing_whole() -> None:
    listing = {"ui": {"permissions": {"camera": {}}, "prefersBorder": True}}
    declared, found = effective({"_meta": {"ui": {"prefersBorder": False}}}, listing)
    assert declared == DeclaredUi(prefers_border=False)
    assert found == {"meta-conflict"}


@pytest.mark.requirement("APPS-09")
def test_the_listing_counts_when_the_content_says_nothing() -> None:
    declared, found = effective({}, {"ui": {"prefersBorder": True}})
    assert declared.prefers_border is True
    assert found == set()


def test_equal_declarations_are_no_conflict() -> None:
    ui = {"ui": {"prefersBorder": True}}
    assert effective({"_meta": ui}, ui)[1] == set()


@pytest.mark.requirement("APPS-09")
def test_metadata_beside_the_contents_is_ignored_with_a_finding() -> None:
    declared, found = effective({}, None, {"ui": {"permissions": {"camera": {}}}})
    assert declared == DeclaredUi()
    assert found == {"meta-misplaced"}


def test_the_old_name_of_the_metadata_is_read_with_a_finding() -> None:
    declared, found = effective({"meta": {"ui": {"prefersBorder": True}}})
    assert declared.prefers_border is True
    assert found == {"meta-misplaced"}


@pytest.mark.requirement("APPS-T06")
def test_only_origins_are_kept_as_domains() -> None:
    report = Report()
    entries = ["https://a.example.com", "https://b.example.com; script-src *", "*", "https:", 7]
    declared = parse_ui({"csp": {"connectDomains": entries}}, report).declared
    assert declared.connect_domains == ("https://a.example.com",)
    refused = [finding for finding in report.findings() if finding.check == "domain-refused"]
    assert len(refused) == 4


def test_web_sockets_are_only_for_connections() -> None:
    entries = ["wss://a.example.com"]
    csp = {"connectDomains": entries, "resourceDomains": entries}
    declared = parse_ui({"csp": csp}, Report()).declared
    assert declared.connect_domains == ("wss://a.example.com",)
    assert declared.resource_domains == ()


def test_wildcards_have_a_warning_of_their_own() -> None:
    report = Report()
    parse_ui({"csp": {"frameDomains": ["https://*.example.com"]}}, report)
    assert checks(report) == {"domain-wildcard"}


def test_too_many_domains_are_cut() -> None:
    report = Report()
    entries = [f"https://h{number}.example.com" for number in range(MAX_DOMAINS + 5)]
    declared = parse_ui({"csp": {"connectDomains": entries}}, report).declared
    assert len(declared.connect_domains) == MAX_DOMAINS
    assert "domain-refused" in checks(report)


@pytest.mark.parametrize(
    "ui",
    [
        {"csp": []},
        {"csp": {"connectDomains": "https://a.example.com"}},
        {"permissions": ["camera"]},
        {"permissions": {"camera": True}},
        {"domain": 5},
        {"prefersBorder": "yes"},
    ],
)
def test_wrong_types_grant_nothing_and_are_findings(ui: Any) -> None:
    report = Report()
    assert parse_ui(ui, report).declared == DeclaredUi()
    assert checks(report) == {"meta-malformed"}


def test_permissions_and_wishes_are_disclosed() -> None:
    report = Report()
    ui = {"permissions": {"clipboardWrite": {}, "midi": {}}, "domain": "x.example"}
    declared = parse_ui(ui, report).declared
    assert declared.permissions == ("clipboard-write",)
    assert checks(report) == {"permission-declared", "meta-unknown", "own-domain-wished"}


@pytest.mark.parametrize("ui", [{"domain": "x" * 70_000}, {"n": 2**60}])
def test_metadata_without_a_small_canonical_form_is_refused(ui: Any) -> None:
    with pytest.raises(ProtocolViolation):
        parse_ui(ui, Report())


def test_the_digest_does_not_depend_on_the_order_of_members() -> None:
    first = parse_ui({"prefersBorder": True, "domain": "a"}, Report())
    second = parse_ui({"domain": "a", "prefersBorder": True}, Report())
    assert first.digest == second.digest
