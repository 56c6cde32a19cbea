"""What a tool changes, as the host judges it. A server's own words may only make it worse.

Law: (1) an effect class comes from this program (built-in demo server) or from a person, keyed by
the server's identity and the digest of the tool's whole definition; (2) annotations raise a class,
never lower it; (3) whatever nobody has judged is UNKNOWN. Loop thread; made by `mcphost.host`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from mcphost.assets import asset_text
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Effect, PinState, Tool

Judged: TypeAlias = Callable[[Digest, Digest], Effect | None]
"""`StateStore.effect`: (server identity, definition digest) → the class a person chose."""

Remembered: TypeAlias = Callable[[Digest, Tool], PinState]
"""`consent.pins.pin_state`: (server identity, definition) → how it stands to what is remembered."""

_RANK = {Effect.READ: 0, Effect.WRITE: 1, Effect.UNKNOWN: 2, Effect.DESTRUCTIVE: 3}


class EffectBook:
    """The effect classes of all tools."""

    def __init__(
        self,
        judged: Judged,
        builtin: Mapping[str, Effect] | None = None,
        *,
        pins: Remembered | None = None,
    ) -> None:
        """*builtin* classes hold for the server that ships with this program, by tool name. *pins*
        tells how a definition is remembered; by default tools do not change.
        """
        self._judged = judged
        self._pins = pins
        self._builtin = builtin_effects() if builtin is None else builtin

    def effect_of(self, config: ServerConfig, tool: Tool) -> Effect:
        """The effect class of exactly this definition on exactly this server."""
        judged = self._judgement(config, tool)
        if judged is None:
            return Effect.UNKNOWN
        return max(judged, claimed_effect(tool.annotations), key=_RANK.__getitem__)

    def pin_of(self, config: ServerConfig, tool: Tool) -> PinState:
        """Whether a person has looked at exactly this definition: who judges it has."""
        remembered = PinState.UNSEEN if self._pins is None else self._pins(config.identity, tool)
        if remembered is not PinState.UNSEEN:
            return remembered
        return PinState.UNSEEN if self._judgement(config, tool) is None else PinState.PINNED

    def _judgement(self, config: ServerConfig, tool: Tool) -> Effect | None:
        judged = self._judged(config.identity, tool.definition_digest)
        if judged is None and config.builtin:
            return self._builtin.get(tool.name)
        return judged


def claimed_effect(annotations: JsonObject) -> Effect:
    """The least that a tool's own annotations admit to: READ when they admit to nothing."""
    if annotations.get("readOnlyHint") is True:
        return Effect.READ
    if annotations.get("destructiveHint") is True:
        return Effect.DESTRUCTIVE
    return Effect.WRITE if annotations.get("readOnlyHint") is False else Effect.READ


def app_tool_effect(tool: Tool) -> Effect:
    """The class of a tool that a live App made up: nobody has judged it, and nobody can for longer
    than it lives. That it only reads is the App's word, and changes nothing.
    """
    claimed = claimed_effect(tool.annotations)
    return Effect.DESTRUCTIVE if claimed is Effect.DESTRUCTIVE else Effect.UNKNOWN


def builtin_effects() -> dict[str, Effect]:
    """`resources/policy/effects.json`: the demo server's tools."""
    return {
        name: Effect(value) for name, value in json.loads(asset_text("policy/effects.json")).items()
    }
