"""The one door to the browser lets through what it should, and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from mcphost.domain.errors import UserFacingError
from mcphost.runtime import Runtime
from ui.bridge.links import BrowserOpener, check_link, host_span, site_span

GOOD = (
    "https://example.com/",
    "https://example.com:8443/a/b?x=1&y=2#part",
    "http://localhost:8080/callback",
    "http://127.0.0.1/x",
    "http://[::1]:3000/",
)
BAD = (
    "http://example.com/",
    "http://localhost.evil.example/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,hi",
    "mailto:a@b.example",
    "https://user:pass@example.com/",
    "https://example.com@evil.example/",
    "https:///nohost",
    "//example.com/",
    "example.com",
    "",
    "https://example.com/a b",
    "https://example.com/\n",
    "https://example.com\\@evil.example/",
    "https://exa\u202emple.com/",
    "https://exa\u200bmple.com/",
    "https://example.com/" + "a" * 9_000,
    "--new-window https://example.com/",
)


class Desktop:
    """Remembers what it was asked to open."""

    def __init__(self, opens: bool = True) -> None:
        self.opened: list[str] = []
        self.opens = opens

    def __call__(self, url: QUrl) -> bool:
        self.opened.append(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        return self.opens


@pytest.mark.requirement("APPS-29", "MCP-098", "MCP-181")
@pytest.mark.parametrize("url", GOOD)
def test_a_good_link_is_opened_as_it_is(url: str) -> None:
    desktop = Desktop()
    BrowserOpener(launch=desktop)(url)
    assert desktop.opened == [url]


@pytest.mark.requirement("MCP-181")
@pytest.mark.parametrize("url", BAD)
def test_a_bad_link_is_refused_and_nothing_opens(url: str) -> None:
    desktop = Desktop()
    with pytest.raises(UserFacingError):
        BrowserOpener(launch=desktop)(url)
    assert desktop.opened == []


def test_an_international_host_leaves_as_punycode() -> None:
    assert check_link("https://bücher.example/") == "https://xn--bcher-kva.example/"


def test_a_desktop_that_will_not_open_is_reported() -> None:
    with pytest.raises(UserFacingError, match="default browser"):
        BrowserOpener(launch=Desktop(opens=False))("https://example.com/")


def test_a_call_from_the_loop_thread_opens_on_the_main_thread(
    qtbot: QtBot, runtime: Runtime
) -> None:
    desktop = Desktop()
    opener = BrowserOpener(launch=desktop)
    runtime.post(opener, "https://example.com/")
    qtbot.waitUntil(lambda: desktop.opened == ["https://example.com/"], timeout=5_000)


def test_a_failure_after_the_crossing_is_signalled(qtbot: QtBot, runtime: Runtime) -> None:
    opener = BrowserOpener(launch=Desktop(opens=False))
    with qtbot.waitSignal(opener.refused, timeout=5_000):
        runtime.post(opener, "https://example.com/")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/x?y=https://evil.example", "example.com"),
        ("https://example.com:443", "example.com"),
        ("https://example.com?x@evil.example", "example.com"),
        ("https://example.com#@evil.example", "example.com"),
        ("http://[::1]:80/", "[::1]"),
        ("nonsense", ""),
    ],
)
def test_the_host_is_found_where_a_browser_finds_it(url: str, host: str) -> None:
    start, end = host_span(url)
    assert url[start:end] == host


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://login.shop.example/x", "shop.example"),
        ("https://accounts.google.com.evil.example/", "evil.example"),
        ("https://a.b.co.uk:8443/?q=x.y", "b.co.uk"),
        ("https://me.github.io/", "me.github.io"),
        ("https://a.shop.kobe.jp/", "a.shop.kobe.jp"),
        ("https://b.files.s3.amazonaws.com/", "files.s3.amazonaws.com"),
        ("https://a.me.glitch.me/", "me.glitch.me"),
        ("https://SHOP.Example.CO.UK/", "Example.CO.UK"),
        ("https://127.0.0.1:9/", "127.0.0.1"),
        ("http://localhost/", "localhost"),
        ("https://[2001:db8::1]:443/", "[2001:db8::1]"),
    ],
)
def test_the_part_of_a_host_with_one_owner_is_what_stands_out(url: str, site: str) -> None:
    start, end = site_span(url)
    assert url[start:end] == site
