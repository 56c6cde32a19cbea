"""Which grant would have let a View go on, from what one of the host's own guards stopped.

Law: (1) a want is made only of a fact that the engine reported, never of a message or of a console
line of the App, with one exception: what a worker was refused the engine tells only on the console,
so that line is believed for `made-scripts`, which any App can be refused as often as it likes; (2)
it names one of the grants that this template may have at all, so that an App can point at nothing
else; (3) what is granted already is not wanted. Pure; called by the View's controller.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.policy.origins import OriginPattern, parse_domain

_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_CODE = {"eval": AppGrantKind.EVAL, "wasm-eval": AppGrantKind.WASM, "webgl": AppGrantKind.WEBGL}
_MADE = re.compile(r"(?:script-src|script-src-elem|worker-src) (?:data|blob)")
_MADE_ON_CONSOLE = re.compile(r"Refused to load the script '(?:data|blob):")
_PURPOSES = {
    "connect-src": AppGrantKind.CONNECT,
    "frame-src": AppGrantKind.FRAME,
    "base-uri": AppGrantKind.BASE_URI,
}


def wanted_by(incident: ViewIncident, possible: tuple[AppGrant, ...]) -> AppGrant | None:
    """The one of *possible* that *incident* was about, if it was about one.

    The detail of a `POLICY_STOPPED` is `<directive> <what was blocked>`, written by the sandbox.
    """
    if incident.kind is IncidentKind.CONSOLE_ERROR:
        said = _MADE_ON_CONSOLE.match(incident.detail)
        return _of_code(AppGrantKind.MADE_SCRIPTS, possible) if said else None
    if incident.kind is not IncidentKind.POLICY_STOPPED:
        return None
    directive, _, blocked = incident.detail.partition(" ")
    if _MADE.fullmatch(incident.detail):
        return _of_code(AppGrantKind.MADE_SCRIPTS, possible)
    if blocked in _CODE:
        return _of_code(_CODE[blocked], possible)
    kind = _PURPOSES.get(directive, AppGrantKind.RESOURCE)
    return next(
        (each for each in possible if each.kind is kind and _covers(each.host, blocked)), None
    )


def _of_code(kind: AppGrantKind, possible: tuple[AppGrant, ...]) -> AppGrant | None:
    found = AppGrant(kind=kind)
    return found if found in possible else None


def _covers(host: str, untrusted_url: str) -> bool:
    try:
        pattern: OriginPattern = parse_domain(host, websocket=True)
        url = urlsplit(untrusted_url)
        port = url.port or _PORTS.get(url.scheme, -1)
    except ValueError:
        return False
    return pattern.matches(url.scheme, (url.hostname or "").lower(), port)
