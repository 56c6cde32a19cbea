"""`SERVER` on the command line: a configured name, a URL, or `stdio:COMMAND…`."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from urllib.parse import urlsplit

from mcphost.domain.errors import NotConfigured
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import Endpoint, HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.text import one_line

_INTERPRETERS = ("python", "node", "npx", "uv", "deno", "bun")
ALIAS = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def parse_endpoint(
    text: str, *, env: tuple[tuple[str, str], ...] = (), cwd: str | None = None
) -> Endpoint | None:
    """The endpoint *text* spells, or None when it is a plain name. Raises `NotConfigured`."""
    if text.startswith("stdio:"):
        try:
            argv = tuple(shlex.split(text.removeprefix("stdio:")))
        except ValueError as error:
            raise NotConfigured(f"cannot read the command {one_line(text)}: {error}") from error
        if not argv:
            raise NotConfigured("stdio: needs a command, as in 'stdio:python -m mcphost.demo'")
        return StdioCommand(argv=argv, env=env, cwd=cwd)
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotConfigured(f"{one_line(text)} is not an http or https URL")
        if parts.username or parts.password:
            raise NotConfigured("a URL with a user name or password is not taken")
        return HttpEndpoint(url=text)
    return None


def parse_alias(text: str) -> ServerKey:
    """A local alias. Raises `NotConfigured`."""
    if not ALIAS.fullmatch(text):
        raise NotConfigured(
            f"{one_line(text)} is not a usable name: use a-z, 0-9 and -, at most 40 characters"
        )
    return ServerKey(text)


def adhoc(endpoint: Endpoint) -> ServerConfig:
    """A server for this run only, named after the digest of what it is."""
    config = ServerConfig(key=ServerKey("adhoc"), title="", endpoint=endpoint)
    key = ServerKey(f"adhoc-{config.identity[:8]}")
    return ServerConfig(key=key, title=_title(endpoint), endpoint=endpoint)


def _title(endpoint: Endpoint) -> str:
    match endpoint:
        case HttpEndpoint(url=url):
            return one_line(urlsplit(url).netloc, limit=60)
        case StdioCommand(argv=argv):
            return one_line(PurePath(_telling_word(argv)).name, limit=60)


def _telling_word(argv: tuple[str, ...]) -> str:
    """The word of a command that says which server it is: a script rather than its interpreter."""
    words = [word for word in argv if not word.startswith("-")]
    if len(words) > 1 and PurePath(words[0]).name.startswith(_INTERPRETERS):
        return words[1]
    return words[0] if words else "command"


def server_from_text(text: str) -> ServerConfig | None:
    """The ad-hoc server that *text* spells, or None when it is the name of a configured one."""
    endpoint = parse_endpoint(text)
    return None if endpoint is None else adhoc(endpoint)
