"""Reading an `mcpServers` file as other clients write it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

from mcphost.domain.errors import NotConfigured
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import Endpoint, HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.text import one_line
from mcphost.host.endpoint import parse_endpoint

MAX_BYTES = 1_000_000


def read_servers(path: Path) -> list[ServerConfig]:
    """The servers in *path*. Raises `NotConfigured` saying what is wrong and where."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotConfigured(f"{path} is larger than {MAX_BYTES} bytes")
        whole = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotConfigured(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise NotConfigured(f"{path} is not JSON: {error}") from error
    entries = whole.get("mcpServers", whole.get("servers")) if isinstance(whole, dict) else None  # pyright: ignore
    if not isinstance(entries, dict):
        raise NotConfigured(f"{path} has no mcpServers object")
    named = cast("dict[str, Any]", entries)
    return [_server(name, entry) for name, entry in named.items()]


def _server(name: str, entry: Any) -> ServerConfig:
    alias = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:40]
    if not alias:
        raise NotConfigured(f"the name {one_line(name)} gives no usable alias")
    endpoint = _endpoint(name, entry)
    return ServerConfig(key=ServerKey(alias), title=one_line(name, limit=60), endpoint=endpoint)


def _endpoint(name: str, entry: Any) -> Endpoint:
    match entry:
        case {"url": str(url)} if url.startswith(("http://", "https://")):
            return parse_endpoint(url) or HttpEndpoint(url=url)
        case {"command": str(command)}:
            args, env = entry.get("args", []), entry.get("env", {})
            cwd = entry.get("cwd")
            usable = _all_text(args) and isinstance(env, dict) and isinstance(cwd, str | None)
            if not usable:
                raise NotConfigured(f"server {one_line(name)}: args, env or cwd is not usable")
            pairs = cast("dict[str, Any]", env)
            return StdioCommand(
                argv=(command, *args),
                env=tuple((key, str(value)) for key, value in pairs.items()),
                cwd=cwd,
            )
        case _:
            raise NotConfigured(f"server {one_line(name)} has neither a url nor a command")


def _all_text(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, str) for value in cast("list[Any]", values)
    )
