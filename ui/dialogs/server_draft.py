"""From what a person typed to a `ServerConfig`. Pure; called by `add_server.py`.

Law: nothing is guessed: the command is split by the POSIX rules and otherwise left alone; whatever
is wrong comes back as one sentence.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Collection

from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import Endpoint, HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.text import hides
from ui.bridge.links import check_link

_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_TITLE = 60


def draft_key(title: str) -> str:
    """The key that follows from *title*: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_KEY.sub("-", plain).strip("-")[:40].strip("-")


def draft_server(
    *,
    title: str,
    taken: Collection[str],
    url: str | None,
    command: str,
    env: tuple[tuple[str, str], ...],
) -> ServerConfig | str:
    """The configuration, or what is wrong. *url* is None for a local command."""
    title = title.strip()
    key = draft_key(title)
    if not key:
        return "Give the server a name with at least one letter or digit."
    if key in taken:
        return f"“{key}” is already in use: choose another name."
    if len(title) > _LONGEST_TITLE or any(hides(c) for c in title):
        return f"The name must be plain text of at most {_LONGEST_TITLE} characters."
    endpoint = _command(command, env) if url is None else _address(url.strip())
    if isinstance(endpoint, str):
        return endpoint
    return ServerConfig(key=ServerKey(key), title=title, endpoint=endpoint)


def _address(url: str) -> Endpoint | str:
    if "#" in url:
        return "The address must not have a part after “#”."
    try:
        check_link(url)
    except UserFacingError as error:
        return str(error)
    return HttpEndpoint(url=url)


def _command(command: str, env: tuple[tuple[str, str], ...]) -> Endpoint | str:
    if any(hides(c) or c in "\n\t" for c in command):
        return "The command contains characters that cannot be seen: type it by hand."
    try:
        argv = shlex.split(command)
    except ValueError:
        return "The command has a quotation mark that is never closed."
    if not argv or not argv[0]:
        return "Type the command that starts the server."
    names = [name for name, _ in env]
    wrong = next((name for name in names if not _VARIABLE.fullmatch(name)), None)
    if wrong is not None:
        return "A variable's name is made of letters, digits and underscores."
    if len(set(names)) != len(names):
        return "A variable is named twice."
    return StdioCommand(argv=tuple(argv), env=env)
