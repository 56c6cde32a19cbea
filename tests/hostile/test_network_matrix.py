"""One question, three guards: may this View reach that host? CSP, interceptor and proxy agree.

For every case of declared × granted × asked the policy's header is parsed back by a reader that
shares no code with its writer, the interceptor of the profile is asked as the engine asks it, and a
real proxy is asked by a real client.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo

from mcphost.domain.template import DeclaredUi
from mcphost.policy.snapshot import Grants, PolicySnapshot, build_snapshot
from tests.helpers.egress import Rig, run_rig
from tests.helpers.engine import launch_of
from ui.sandbox.interceptor import Interceptor
from ui.sandbox.rights import Rights

PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
FETCHES = frozenset({"connect-src", "img-src", "font-src", "media-src", "style-src", "script-src"})
API, WILD, LIVE, ODD, IDN = (
    "https://api.example.com",
    "https://*.tiles.example.com",
    "wss://live.example.com",
    "https://api.example.com:8443",
    "https://xn--bcher-kva.de",
)
SETS: tuple[tuple[str, ...], ...] = (
    (),
    (API,),
    (WILD,),
    (LIVE,),
    (ODD,),
    (API, WILD, LIVE, ODD, IDN),
    (IDN,),
    ("https://api.example.com; script-src *", "*", "https://*.com", "http://api.example.com"),
)
ASKED = (
    "https://api.example.com/",
    "https://API.example.com/",
    "https://api.example.com:8443/",
    "http://api.example.com/",
    "wss://api.example.com/",
    "https://x.api.example.com/",
    "https://evilapi.example.com/",
    "https://a.tiles.example.com/",
    "https://a.b.tiles.example.com/",
    "https://tiles.example.com/",
    "https://eviltiles.example.com/",
    "wss://live.example.com/",
    "https://live.example.com/",
    "https://example.com/",
    "https://evil.example.net/",
    "https://xn--bcher-kva.de/",
    "https://xn--bchr-dva.de/",
    "https://bucher.de/",
)


@dataclass(slots=True)
class FakeInfo:
    """What the engine hands to an interceptor: a test cannot make a real one."""

    url: str
    blocked: bool = False

    def block(self, blocked: bool) -> None:
        self.blocked = blocked

    def requestUrl(self) -> QUrl:  # noqa: N802
        return QUrl(self.url)

    def resourceType(self) -> QWebEngineUrlRequestInfo.ResourceType:  # noqa: N802
        return QWebEngineUrlRequestInfo.ResourceType.ResourceTypeXhr


def _snapshot(declared: tuple[str, ...], granted: tuple[str, ...]) -> PolicySnapshot:
    return build_snapshot(
        DeclaredUi(connect_domains=declared),
        Grants(connect_domains=granted),
        "ab" * 16,
        host_nonce=secrets.token_hex(16),
    )


def _csp_allows(header: str, url: str) -> bool:
    """The CSP3 reading of source expressions, for those that are hosts."""
    asked = urlsplit(url)
    port = asked.port or PORTS[asked.scheme]
    for directive in header.split(";"):
        name, *sources = directive.split()
        for source in sources if name in FETCHES else ():
            if "://" not in source:
                continue
            wanted = urlsplit(source.replace("*.", "", 1))
            host, own = asked.hostname or "", wanted.hostname or ""
            fits = host.endswith(f".{own}") if "://*." in source else host == own
            same = (wanted.scheme, wanted.port or PORTS[wanted.scheme]) == (asked.scheme, port)
            if fits and same:
                return True
    return False


def _interceptor_allows(snapshot: PolicySnapshot, url: str) -> bool:
    info, rights = FakeInfo(url), Rights(launch_of("", snapshot))
    Interceptor(rights, lambda _kind, _text: None).interceptRequest(info)  # type: ignore[arg-type]
    return not info.blocked


@pytest.mark.parametrize("granted", SETS, ids=lambda s: f"granted{len(s)}{s[:1]}")
@pytest.mark.parametrize("declared", SETS, ids=lambda s: f"declared{len(s)}{s[:1]}")
def test_policy_interceptor_and_proxy_agree(
    declared: tuple[str, ...], granted: tuple[str, ...]
) -> None:
    snapshot = _snapshot(declared, granted)
    both = set(declared) & set(granted)
    answers = {
        url: (_csp_allows(snapshot.app_csp, url), _interceptor_allows(snapshot, url))
        for url in ASKED
    }
    assert [url for url, (csp, hook) in answers.items() if csp is not hook] == []
    assert any(csp for csp, _ in answers.values()) == bool(both & {API, WILD, LIVE, ODD, IDN})

    async def check(rig: Rig) -> None:
        for url in ASKED:
            asked = urlsplit(url)
            target = f"{asked.hostname}:{asked.port or PORTS[asked.scheme]}"
            status = await rig.status(f"CONNECT {target} HTTP/1.1")
            some = any(hook for at, (_, hook) in answers.items() if _target(at) == target)
            assert (" 200 " in status) is some, (url, status)

    run_rig(check, allow=lambda _view, host, port: snapshot.reaches(host, port))


def _target(url: str) -> str:
    asked = urlsplit(url)
    return f"{asked.hostname}:{asked.port or PORTS[asked.scheme]}"


def test_a_granted_domain_that_was_never_declared_opens_nothing() -> None:
    snapshot = _snapshot((), (API, WILD))
    assert not any(_csp_allows(snapshot.app_csp, url) for url in ASKED)
    assert not any(_interceptor_allows(snapshot, url) for url in ASKED)
    assert not any(snapshot.reaches(urlsplit(url).hostname or "", 443) for url in ASKED)
