"""Declared domains parsed as origins: the only form in which a server's words reach a CSP.

Law: (1) a pattern is built by `parse_domain` and by nothing else; (2) whatever is not exactly a
scheme, a DNS name with at most one leading `*.`, and a port is refused with the reason, never
repaired; (3) matching is exact on scheme and port. Pure; called by templates, policy and the
sandbox, on any thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

_DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_ORIGIN = re.compile(r"([a-z]+)://(\*\.)?([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?/?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})
_HERE = ("localhost", "localdomain", "local", "internal", "home.arpa")
"""Names below these are of this computer or of its network, and asked for there."""
_MAX_HOST = 253
_ALSO_SHARED = frozenset(
    {"amazonaws.com", "core.windows.net", "glitch.me", "googleusercontent.com", "windows.net"}
)
"""None in that list itself, but below each it has shared names, or had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginPattern:
    """One origin, or with *subdomains* every name below *host* (but not *host* itself)."""

    scheme: str
    host: str
    port: int
    subdomains: bool = False

    def matches(self, scheme: str, host: str, port: int) -> bool:
        """Whether the origin (*scheme*, *host*, *port*) is covered by this pattern."""
        if (scheme, port) != (self.scheme, self.port):
            return False
        if self.subdomains:
            return host.endswith(f".{self.host}")
        return host == self.host

    def serialise(self) -> str:
        """The one spelling: lower case, no default port, no trailing slash."""
        name = f"*.{self.host}" if self.subdomains else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{name}{port}"


def parse_domain(text: str, *, websocket: bool, local: bool = False) -> OriginPattern:
    """Parse one declared domain. Raises `ValueError` with the reason.

    *websocket* admits `wss`. *local* (a developer's switch) admits `http` and `ws` to `localhost`
    and `127.0.0.1`, and nothing else that is not encrypted.
    """
    found = _ORIGIN.fullmatch(text.lower()) if text.isascii() else None
    if found is None:
        raise ValueError("not an origin: write scheme://host or scheme://host:port, nothing else")
    scheme, wildcard, host, port_text = found.groups()
    port = _parse_port(scheme, port_text, websocket=websocket, local=local)
    if host in _LOCAL_HOSTS:
        _require_local(wildcard, local=local)
    else:
        _require_public_name(host)
        if wildcard is not None:
            _require_one_owner(host)
        if scheme in {"http", "ws"}:
            raise ValueError("unencrypted origins are only for localhost in developer mode")
    return OriginPattern(scheme=scheme, host=host, port=port, subdomains=wildcard is not None)


def registrable(host: str) -> str:
    """The part of *host* that has one owner: its public suffix and one label (Public Suffix List).
    An address, a single label or a suffix is its own.
    """
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return host
    site = _suffixes().privatesuffix(host.lower())
    if site is None:
        return host
    count = site.count(".") + 1 + (site in _ALSO_SHARED)
    return ".".join(labels[-count:])


def _parse_port(scheme: str, port_text: str | None, *, websocket: bool, local: bool) -> int:
    allowed = {"https"} | ({"wss"} if websocket else set[str]())
    if local:
        allowed |= {"http"} | ({"ws"} if websocket else set[str]())
    if scheme not in allowed:
        raise ValueError(f"the scheme {scheme}: is not allowed here")
    port = _DEFAULT_PORTS[scheme] if port_text is None else int(port_text)
    if not 0 < port < 65536:
        raise ValueError("the port is not between 1 and 65535")
    return port


def _require_local(wildcard: str | None, *, local: bool) -> None:
    if not local:
        raise ValueError("this computer itself is never a declared domain")
    if wildcard is not None:
        raise ValueError("a wildcard below localhost means nothing")


def _require_public_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the host is not a DNS name")
    if len(labels) < 2:
        raise ValueError("the host is a single label: name the whole domain")
    if any(host.endswith(f".{name}") for name in _HERE):
        raise ValueError("the host is a name of this computer or its network")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        raise ValueError("the host is an address: name the domain")


def _require_one_owner(host: str) -> None:
    """A wildcard stands for the names of one owner, not for everybody's under a registry."""
    if _is_shared(host):
        raise ValueError("names below this belong to strangers: name the whole domain")


def _is_shared(host: str) -> bool:
    return host in _ALSO_SHARED or _suffixes().is_public(host)


@cache
def _suffixes() -> PublicSuffixList:
    """Read when it is first needed, which takes some ten milliseconds."""
    return PublicSuffixList()
