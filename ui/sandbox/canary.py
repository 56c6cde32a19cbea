"""The canary View of the self-test: what it is given, and what its attempts must come to.

For each guard the guards in front of it are opened, so that it is the one that has to fire. Main
thread; used by `self_test` only.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import cast

from mcphost.assets import asset_text
from mcphost.domain.ids import ViewId
from mcphost.domain.json import digest
from mcphost.domain.template import DeclaredUi
from mcphost.policy.csp import app_policy
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.origins import OriginPattern
from mcphost.policy.snapshot import Grants, PolicySnapshot, build_snapshot

CSP_URL = "https://csp-canary.invalid/"
FILTER_URL = "https://filter-canary.invalid/"
CONSOLE_LINE = "self-test canary"
_FILTERED = OriginPattern(scheme="https", host="filter-canary.invalid", port=443)
_LOOSE_SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryReport:
    """What the canary says happened to it."""

    by_policy: bool
    """CSP refused, and the policy in force is the exact text that was sent."""
    by_filter: bool
    by_resolver: bool
    popup: bool
    camera: bool
    bridge: bool


def canary_launch(port: int) -> ViewLaunch:
    """The canary; *port* is where a listener of ours waits in vain."""
    snapshot = _loosened(port)
    config = {
        "csp": CSP_URL,
        "filter": FILTER_URL,
        "unresolvable": [f"http://{host}:{port}/" for host in ("127.0.0.1", "localhost")],
        "elsewhere": f"{snapshot.app_url}elsewhere",
        "consoleLine": CONSOLE_LINE,
    }
    html = asset_text("sandbox/canary.html").replace("CANARY_CONFIG", json.dumps(config)).encode()
    return ViewLaunch(
        view=ViewId("self-test"),
        title="Self-test",
        server_title="Self-test",
        html=html,
        content_digest=digest(html),
        snapshot=snapshot,
    )


def parse_canary_report(text: str, snapshot: PolicySnapshot) -> CanaryReport:
    """The canary's message as a verdict on each guard."""
    said = cast("dict[str, object]", json.loads(text))
    return CanaryReport(
        by_policy=said["byPolicy"] == "refused"
        and ["connect-src", snapshot.app_csp] in cast("list[object]", said["policies"]),
        by_filter=said["byFilter"] == "refused",
        by_resolver=said["byResolver"] == ["refused", "refused"],
        popup=said["popup"] == "refused",
        camera=said["camera"] is False,
        bridge=said["bridge"] == "undefined",
    )


def _loosened(port: int) -> PolicySnapshot:
    """CSP lets the filter's address and the loopback listener through; the filter lets only the
    listener through, so that nothing but the resolver rule keeps the canary from it.
    """
    nonce, app_host = secrets.token_hex(16), secrets.token_hex(16)
    strict = build_snapshot(DeclaredUi(), Grants(), app_host, host_nonce=nonce)
    loopback = tuple(
        OriginPattern(scheme="http", host=host, port=port) for host in ("127.0.0.1", "localhost")
    )
    policy = app_policy(connect=(_FILTERED, *loopback))
    return replace(strict, app_csp=policy.serialise(), granted=loopback, sandbox=_LOOSE_SANDBOX)
