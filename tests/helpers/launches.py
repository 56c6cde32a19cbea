"""What the tests of program starts share: settings in a dictionary, and a small local server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import Json
from mcphost.domain.launch import HashedFile, Launch
from mcphost.domain.server import ServerConfig, StdioCommand

NOTES = ServerKey("notes")
_SERVER = Path(__file__).parent / "servers" / "growing.py"


class MemorySettings:
    """Settings that keep nothing on disk; values pass through JSON as they do there."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def setting(self, name: str, default: Json = None) -> Json:
        return json.loads(self.kept[name]) if name in self.kept else default

    def set_setting(self, name: str, value: Json) -> None:
        self.kept[name] = json.dumps(value)

    def delete_setting(self, name: str) -> None:
        self.kept.pop(name, None)


def script(folder: Path) -> ServerConfig:
    """A configured local server whose script lies in *folder*, so that a test can change it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "notes.py"
    path.write_text(_SERVER.read_text(encoding="utf-8"), encoding="utf-8")
    command = StdioCommand(argv=(sys.executable, str(path)), cwd=str(folder))
    return ServerConfig(key=NOTES, title="Notes", endpoint=command)


def touch(folder: Path) -> None:
    """Give the script other bytes that do the same."""
    path = folder / "notes.py"
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")


def launch(*argv: str, environment: tuple[str, ...] = (), executable: str = "") -> Launch:
    """A launch that was never looked at."""
    path = executable or f"/usr/bin/{argv[0]}"
    return Launch(
        argv=argv,
        cwd="/people/me",
        environment=environment,
        executable=HashedFile(path=path, digest=Digest("a" * 64)),
    )
