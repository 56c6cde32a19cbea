"""A configured server: what the person typed, and the identity that follows from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from mcphost.domain.authorization import STRICT, AuthorizationSettings
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import Json, canonical_bytes, canonical_digest
from mcphost.domain.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEndpoint:
    """A Streamable HTTP server."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StdioCommand:
    """A local server: argv without a shell. *env* are the only variables added to the minimal
    environment.
    """

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    cwd: str | None = None


Endpoint: TypeAlias = HttpEndpoint | StdioCommand


class Trust(StrEnum):
    """How a server came to be one of ours. Nothing that it says of itself changes this."""

    BUILTIN = "builtin"
    KEPT = "kept"
    """A person configured it, and it stays."""
    THIS_RUN = "this-run"
    """Named on the command line, for one run."""
    UNKNOWN = "unknown"
    NONE = "none"
    """The action is about no server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """*builtin* is set by host code only (the demo server)."""

    key: ServerKey
    title: str
    endpoint: Endpoint
    builtin: bool = False
    authorization: AuthorizationSettings = STRICT
    max_message: int | None = None
    """Bytes that one message of it may have, where the person chose otherwise than the default."""

    @property
    def identity(self) -> Digest:
        """Digest of what this server is: its URL, or its exact command. Keys every View origin and
        pin.
        """
        return canonical_digest(self._identity_fields())

    @property
    def app_host(self) -> str:
        """The host part of this server's View origin, `mcpapp://<app_host>` (32 hexadecimal
        digits).
        """
        return hashlib.sha256(self.identity.encode()).hexdigest()[:32]

    def _identity_fields(self) -> Json:
        if self.builtin:  # part of this program: an update of it is no other server
            return {"builtin": self.key}
        match self.endpoint:
            case HttpEndpoint(url=url):
                return {"http": url}
            case StdioCommand(argv=argv, env=env, cwd=cwd):
                return {"stdio": list(argv), "env": sorted(name for name, _ in env), "cwd": cwd}


def describe(endpoint: Endpoint) -> str:
    """The endpoint as one exact line: the URL, or the argv as a JSON list."""
    match endpoint:
        case HttpEndpoint(url=url):
            return url
        case StdioCommand(argv=argv):
            return canonical_bytes(list(argv)).decode()


def place(endpoint: Endpoint) -> str:
    """Where the endpoint is, for rows and reports: the origin alone, because user name, path, query
    and arguments often hold keys. A digest tells addresses of one origin apart, and
    `ServerConfig.identity` says which one it is exactly.
    """
    match endpoint:
        case HttpEndpoint(url=url):
            try:
                parts = urlsplit(url)
                _ = parts.port  # raises ValueError when it is no port
            except ValueError:
                return "(an address that cannot be read)"
            origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            rest = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
            if rest in {"", "/"}:
                return one_line(origin)
            digest = hashlib.sha256(rest.encode("utf-8", "surrogatepass")).hexdigest()
            return one_line(f"{origin} (rest: sha256 {digest[:12]})")
        case StdioCommand(argv=argv):
            return one_line(PurePath(argv[0]).name if argv else "")
