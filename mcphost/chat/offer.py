"""The tools of a conversation as a model may see them.

Law: (1) only what a server marks as visible to models is offered. (2) A name is the host's alias
and the tool, in the characters every API takes; two tools never share one. (3) Words of servers are
sanitised; a schema out of bounds takes its tool out of the offer, not the whole turn. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from mcphost.chat.model_port import ModelTool
from mcphost.chat.ports import Target
from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line, visible
from mcphost.schemas.bounds import encode_schema

SEPARATOR = "__"
MAX_TOOLS = 128
MAX_NAME = 64
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
_DIGEST = 8
_VIEW = 8
"""Characters of a View's id that tell two live ones apart."""
_WORDS = frozenset({"title", "description", "$comment"})
_VALUES = frozenset({"const", "enum", "default", "examples"})


def model_tools(targets: Iterable[Target]) -> tuple[tuple[ModelTool, ...], tuple[str, ...]]:
    """The offer, and what is not in it and why, in words."""
    tools: list[ModelTool] = []
    left_out: list[str] = []
    taken: set[str] = set()
    for target in targets:
        if not target.tool.visible_to_model:
            continue
        name = tool_name(target)
        if name in taken:
            left_out.append(f"{name} is not offered to the model: another tool has this name.")
            continue
        taken.add(name)
        if target.suspended:
            left_out.append(
                f"{name} is not offered to the model: its server changed it. Look at the change "
                "under Servers."
            )
            continue
        if len(tools) == MAX_TOOLS:
            left_out.append(f"{name} is not offered to the model: only {MAX_TOOLS} tools fit.")
            continue
        try:
            encode_schema(target.tool.input_schema)
        except (ProtocolViolation, ValueError, RecursionError) as error:
            why = one_line(str(error))
            left_out.append(f"{name} is not offered to the model: its schema is refused ({why}).")
            continue
        tools.append(_model_tool(name, target))
    return tuple(tools), tuple(left_out)


def tool_name(target: Target) -> str:
    """`<alias>__<tool>`: the alias is the host's, so a server cannot shadow another's tool. A tool
    whose name does not fit gets a readable one that ends with a digest of the true one. One that an
    App offers itself says so and which View it is: `app__<alias>__<view>__<tool>`.
    """
    full = f"{target.server.key}{SEPARATOR}{target.tool.name}"
    if target.app is not None:
        view = target.app.view[:_VIEW]
        full = SEPARATOR.join(("app", target.server.key, view, target.tool.name))
    fitting = _FOREIGN.sub("_", full)
    if fitting == full and len(full) <= MAX_NAME:
        return full
    digest = hashlib.sha256(full.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{fitting[: MAX_NAME - _DIGEST - 1]}-{digest}"


def _model_tool(name: str, target: Target) -> ModelTool:
    tool = target.tool
    return ModelTool(
        name=name,
        description=_whose(target) + visible(tool.description or tool.title, limit=1_000),
        parameters=_schema(tool.input_schema),
    )


def _whose(target: Target) -> str:
    """The host's own words before those of an App."""
    if target.app is None:
        return ""
    claim = one_line(target.app.app, limit=80) or "unnamed"
    return (
        f'(Offered by a live App of {target.server.key} that calls itself "{claim}"; only while it '
        "is open. Its own words follow.) "
    )


def _schema(schema: JsonObject) -> JsonObject:
    return {key: _value(key, value) for key, value in schema.items()}


def _value(key: str, value: Json) -> Json:
    """The words in a schema, made visible; names, patterns and values stay exact."""
    match value:
        case str():
            return visible(value, limit=1_000) if key in _WORDS else value
        case Mapping():
            return value if key in _VALUES else _schema(value)
        case Sequence():
            return value if key in _VALUES else [_value(key, item) for item in value]
        case _:
            return value
