"""Composition and façade of the core: `Host` is the one object the window and the commands hold."""

from __future__ import annotations

from mcphost.host.aloud import connect_aloud
from mcphost.host.endpoint import server_from_text
from mcphost.host.engine_needs import state_folder, webgl_granted
from mcphost.host.facade import Host
from mcphost.host.settings import DEMO_KEY, HostSettings

__all__ = [
    "DEMO_KEY",
    "Host",
    "HostSettings",
    "connect_aloud",
    "server_from_text",
    "state_folder",
    "webgl_granted",
]
