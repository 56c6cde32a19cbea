"""What the rest of the house sees of a server: one connection, one method.

Law: a connection of either era and either transport looks the same. Called on the loop thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Era, ServerInfo, Tool
from mcphost.protocol.subscriptions import Acknowledged


class Connection(Protocol):
    """A server that has been connected."""

    on_list_changed: Callable[[str], None] | None
    """Called (coalesced) with `tools`, `resources` or `prompts` when the server says so."""

    on_resource_updated: Callable[[str], None] | None
    """Called (coalesced) with a resource that was asked for when the server says it changed."""

    on_acknowledged: Callable[[Acknowledged], None] | None
    """Called when the server has taken a subscription."""

    @property
    def config(self) -> ServerConfig:
        """What the person configured."""
        ...

    @property
    def info(self) -> ServerInfo:
        """Era, version and what the server said of itself."""
        ...

    @property
    def alive(self) -> bool:
        """Whether a request may be tried. When not, `ServerPool.connect` makes a new connection."""
        ...

    @property
    def authorization_context(self) -> str:
        """On whose behalf the server answers: changes with the person, holds no secret."""
        ...

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        """Send one request and return its result object.

        *params* carry no `_meta`: it is added here, with headers and progress token. Raises
        `ServerRefused` for a JSON-RPC error, `ServerUnreachable` when there is no answer (in time)
        and `ProtocolViolation` when the answer breaks the rules. Cancelling the task cancels the
        request at the server.
        """
        ...

    def remember_tools(self, tools: Sequence[Tool]) -> None:
        """Note the latest listing: its `x-mcp-header` annotations shape later calls."""
        ...

    def break_off(self) -> None:
        """Send not a byte more, from now on. Any thread; `cut` follows on the loop."""
        ...

    def cut(self, why: str) -> None:
        """Let go now, without a word to the server; calls in flight fail with *why*. `close`
        follows.
        """
        ...

    async def close(self) -> None:
        """Say goodbye and let go, bounded in time. Calls in flight fail."""
        ...


class EraMemory(Protocol):
    """Which era a server was last seen to speak, by server identity. Kept across restarts."""

    def remembered(self, identity: Digest) -> Era | None:
        """The era of *identity*, if it was ever connected."""
        ...

    def remember(self, identity: Digest, era: Era, protocol_version: str = "") -> None:
        """Keep *era* and the revision spoken for *identity*."""
        ...
