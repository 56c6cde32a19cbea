"""An `mcpServers` file is somebody else's: every entry is read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.cli.importing import read_servers
from mcphost.domain.errors import NotConfigured
from mcphost.domain.server import HttpEndpoint


def write(folder: Path, entry: dict[str, Any]) -> Path:
    file = folder / "servers.json"
    file.write_text(json.dumps({"mcpServers": {"Shop": entry}}), encoding="utf-8")
    return file


def test_a_plain_address_is_taken(tmp_path: Path) -> None:
    [found] = read_servers(write(tmp_path, {"url": "https://shop.example/mcp"}))
    assert (found.key, found.endpoint) == ("shop", HttpEndpoint(url="https://shop.example/mcp"))


@pytest.mark.parametrize(
    "entry",
    [
        {"url": "https://me:secret@shop.example/mcp"},
        {"url": "ftp://shop.example/mcp"},
        {"url": "https:///mcp"},
        {"command": "shop", "cwd": ["/tmp"]},
        {"command": "shop", "args": "--all"},
        {"args": ["shop"]},
    ],
)
def test_an_entry_that_is_not_exact_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(NotConfigured):
        read_servers(write(tmp_path, entry))
