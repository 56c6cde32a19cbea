"""How one run of the host is set up."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from mcphost.domain.ids import ServerKey
from mcphost.domain.ports import ConsentBroker, EventSink, LinkOpener
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from mcphost.gate.sign_in_desk import OpenDoor
from mcphost.host.managed import ManagedPlace, managed_place
from mcphost.runtime import Runtime
from mcphost.storage.paths import Paths

DEMO_KEY = ServerKey("demo")
NOWHERE = "https://replay.invalid/"
"""Where the server of something that is played would be: it never resolves (RFC 2606)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """*policy_files* are added to the default bundle for this run: how automation consents."""

    runtime: Runtime
    broker: ConsentBroker
    events: EventSink
    opener: LinkOpener
    policy_files: tuple[Path, ...] = ()
    managed: ManagedPlace = field(default_factory=managed_place)
    """Where the owner of this computer puts rules; set by code, never by the user."""
    automation: bool = False
    """Nobody started this run by hand: actions carry the principal `automation`."""
    paths: Paths = field(default_factory=Paths.from_environment)
    initialize_seconds: float = 10.0
    downloads: Path | None = None
    """The folder that files of Apps are saved in; None: this run saves none."""
    doorway: OpenDoor | None = None
    """The browser of a sign-in, for runs that no person follows; None: the person's own."""


def demo_server() -> ServerConfig:
    """The built-in demo server: our own code, our own interpreter, an argv fixed here."""
    return ServerConfig(
        key=DEMO_KEY,
        title="Demo",
        endpoint=StdioCommand(argv=(sys.executable, "-I", "-m", "mcphost.demo")),
        builtin=True,
    )


def is_replay(config: ServerConfig) -> bool:
    """Whether *config* stands for the server of something that is played."""
    endpoint = config.endpoint
    return isinstance(endpoint, HttpEndpoint) and endpoint.url.startswith(NOWHERE)
