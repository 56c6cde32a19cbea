"""Tools as they are remembered, and what a server offers now held against that.

Law: (1) the first sight of a tool is remembered as it is, and said so: nobody has looked at it; (2)
any other definition under the same server identity and name suspends the tool, also after it was
gone for a while, and ends its grants; (3) only a person who names the very digest they saw lifts
that; (4) what does not fit into the bounds is not remembered, and what is not remembered is not
called. The row comes before each change. Loop thread; fed by `host.scout` with every listing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mcphost.consent.grants import Grants, Which
from mcphost.consent.tool_diff import tool_diff
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, canonical_bytes
from mcphost.domain.pin import FIRST_SEEN, HARMLESS, ToolPin
from mcphost.domain.ports import AuditSink
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect, PinState, Tool, pinned_part
from mcphost.storage.pins import PinRow, PinTable
from mcphost.storage.state import StateStore

MAX_PINS = 2000
"""Tools remembered of one server."""
MAX_CHARACTERS = 16 * 1024 * 1024
"""Of all definitions remembered of one server."""
CHANGED = "the server changed the tool"
GONE = "the server does not offer the tool any more"


class ToolPins:
    """All remembered tools."""

    def __init__(
        self, state: StateStore, audit: AuditSink, grants: Grants, *, wall: Callable[[], float]
    ) -> None:
        self._state = state
        self._table: PinTable = state.pins
        self._audit = audit
        self._grants = grants
        self._wall = wall

    async def see(self, config: ServerConfig, tools: Sequence[Tool]) -> None:
        """Hold a whole listing of *config* against what is remembered of it."""
        known = self._table.of(config.identity)
        fresh = [tool for tool in tools if tool.name not in known]
        if fresh:
            await self._remember(config, fresh, len(known))
        for tool in tools:
            row = known.get(tool.name)
            if row is not None:
                await self._compare(config, tool, row)
        gone = frozenset(known) - {tool.name for tool in tools}
        if gone:
            await self._grants.drop(Which(identity=config.identity, tools=gone), GONE)

    def state(self, identity: Digest, tool: Tool) -> PinState:
        """How exactly this definition stands to what is remembered."""
        return pin_state(self._table, identity, tool)

    def pin(self, config: ServerConfig, name: str) -> ToolPin | None:
        """What is remembered of one tool, and what changed since."""
        row = self._table.find(config.identity, name)
        return None if row is None else _pin(config, row)

    async def accept(self, config: ServerConfig, name: str, seen: Digest, *, by: str) -> ToolPin:
        """A person has seen the change to *seen* and accepts it. Raises `UserFacingError`."""
        row = self._table.find(config.identity, name)
        if row is None or row.offered is None or row.offered_digest is None:
            raise NotConfigured(f"{one_line(name)} of {config.key} waits for no review")
        if row.offered_digest != seen:
            raise UserFacingError(
                f"{one_line(name)} was changed again since you looked. Look at it once more."
            )
        judged = self._state.effect(config.identity, row.digest)
        changes = tool_diff(row.definition, row.offered)
        kept = judged if all(change.kind in HARMLESS for change in changes) else None
        data: dict[str, Json] = {
            "tool": name,
            "verdict": "the change was accepted",
            "before": row.digest,
            "definition": row.offered_digest,
            "effect": Effect.UNKNOWN.value if kept is None else kept.value,
        }
        await self._append(config, AuditKind.TOOL_REVIEWED, data, by)
        fresh = PinRow(
            tool=name,
            digest=row.offered_digest,
            definition=row.offered,
            pinned_at=self._wall(),
            reviewer=by,
        )
        self._table.save(config.identity, fresh)
        if kept is not None:
            self._state.set_effect(config.identity, fresh.digest, kept)
        return _pin(config, fresh)

    async def classify(self, config: ServerConfig, tool: Tool, effect: Effect, *, by: str) -> None:
        """A person says what exactly this definition does. Raises `UserFacingError`."""
        row = self._table.find(config.identity, tool.name)
        if row is None or row.offered is not None or row.digest != tool.definition_digest:
            raise UserFacingError(
                f"{one_line(tool.name)} was changed by its server: look at the change first."
            )
        data: dict[str, Json] = {
            "tool": tool.name,
            "verdict": "what it does was said",
            "definition": row.digest,
            "effect": effect.value,
        }
        await self._append(config, AuditKind.TOOL_REVIEWED, data, by)
        why = "what the tool does was judged anew"
        tools = frozenset({tool.name})
        await self._grants.drop(Which(identity=config.identity, tools=tools), why, by=by)
        self._state.set_effect(config.identity, row.digest, effect)
        self._table.save(config.identity, replace(row, reviewer=by))

    async def _remember(self, config: ServerConfig, tools: list[Tool], known: int) -> None:
        room = MAX_CHARACTERS - self._table.size(config.identity)
        kept: list[Tool] = []
        for tool in tools[: max(MAX_PINS - known, 0)]:
            room -= len(canonical_bytes(tool.definition))
            if room < 0:
                break
            kept.append(tool)
        if not kept:
            return
        data: dict[str, Json] = {
            "tools": [one_line(tool.name, limit=80) for tool in kept[:100]],
            "count": len(kept),
            "definitions": {
                one_line(tool.name, limit=80): tool.definition_digest for tool in kept[:100]
            },
            "left_out": len(tools) - len(kept),
        }
        await self._append(config, AuditKind.TOOL_PINNED, data, FIRST_SEEN)
        for tool in kept:
            self._table.save(config.identity, _first(tool, self._wall()))

    async def _compare(self, config: ServerConfig, tool: Tool, row: PinRow) -> None:
        if tool.definition_digest == row.digest:
            if row.offered is not None:  # it is what was remembered again
                await self._say(config, tool, ["it is again as it was remembered"], row)
                back = replace(row, offered=None, offered_digest=None, offered_at=None)
                self._table.save(config.identity, back)
            return
        if config.builtin:  # part of this program: whoever updated the program changed it
            await self._say(config, tool, ["it came with this program"], row)
            self._table.save(config.identity, _first(tool, self._wall()))
        elif tool.definition_digest != row.offered_digest:
            changes = tool_diff(row.definition, pinned_part(tool.definition))
            kinds = list(dict.fromkeys(change.kind.value for change in changes))
            await self._say(config, tool, kinds, row)
            now = replace(
                row,
                offered=pinned_part(tool.definition),
                offered_digest=tool.definition_digest,
                offered_at=self._wall(),
            )
            self._table.save(config.identity, now)
        which = Which(identity=config.identity, tools=frozenset({tool.name}))
        await self._grants.drop(which, CHANGED)

    async def _say(
        self, config: ServerConfig, tool: Tool, changes: Sequence[str], row: PinRow
    ) -> None:
        data: dict[str, Json] = {
            "tool": tool.name,
            "changes": list(changes),
            "before": row.digest,
            "definition": tool.definition_digest,
        }
        await self._append(config, AuditKind.TOOL_CHANGED, data, FIRST_SEEN)

    async def _append(
        self, config: ServerConfig, kind: AuditKind, data: dict[str, Json], by: str
    ) -> None:
        whole = {**data, "identity": config.identity}
        await self._audit.append(
            AuditRecord(kind=kind, data=whole, principal=by, server=config.key)
        )


def pin_state(table: PinTable, identity: Digest, tool: Tool) -> PinState:
    """How exactly this definition stands to what *table* remembers."""
    found = table.digest(identity, tool.name)
    if found is None or found[0] != tool.definition_digest:
        return PinState.CHANGED
    return PinState.UNSEEN if found[1] == FIRST_SEEN else PinState.PINNED


def _first(tool: Tool, now: float) -> PinRow:
    return PinRow(
        tool=tool.name,
        digest=tool.definition_digest,
        definition=pinned_part(tool.definition),
        pinned_at=now,
        reviewer=FIRST_SEEN,
    )


def _pin(config: ServerConfig, row: PinRow) -> ToolPin:
    return ToolPin(
        server=config.key,
        identity=config.identity,
        tool=row.tool,
        digest=row.digest,
        pinned_at=row.pinned_at,
        reviewer=row.reviewer,
        offered=row.offered_digest,
        offered_at=row.offered_at,
        changes=() if row.offered is None else tool_diff(row.definition, row.offered),
    )
