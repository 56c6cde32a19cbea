"""A tool definition, parsed once into a `Tool`.

Law: (1) a definition that breaks the rules is refused whole, with the reason; (2) a template link
that is not `ui://` is no template, and is said; (3) visibility that cannot be read is visibility
for nobody; (4) annotations are kept and prove nothing. Pure; called by the servers room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import rfc8785

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import Json, JsonObject, canonical_digest
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Tool, pinned_part
from mcphost.protocol.headers import find_header_parameters
from mcphost.protocol.jsonrpc import object_or_empty

_MAX_NAME: Final = 256
_MAX_URI: Final = 2048
_FLAT_LINK: Final = "ui/resourceUri"


@dataclass(frozen=True, slots=True, kw_only=True)
class _UiPart:
    resource: str | None
    to_model: bool
    to_app: bool


def parse_tool(server: ServerKey, untrusted: Json) -> Tool:
    """The tool in *untrusted*. Raises `ProtocolViolation` with the reason when there is none."""
    return parse_tool_with_warnings(server, untrusted)[0]


def parse_tool_with_warnings(server: ServerKey, untrusted: Json) -> tuple[Tool, tuple[str, ...]]:
    """Like `parse_tool`, with a sentence for everything in it that had to be ignored."""
    definition = _object(untrusted, "a tool")
    name = _name(definition.get("name"))
    annotations = _optional_object(definition, "annotations") or {}
    schema = _object(definition.get("inputSchema"), f"the inputSchema of {one_line(name)}")
    if schema.get("type") != "object":
        raise ProtocolViolation(f"the inputSchema of {one_line(name)} is not of type object")
    warnings: list[str] = []
    ui = _ui(definition.get("_meta"), name, warnings)
    description = definition.get("description")
    tool = Tool(
        server=server,
        name=name,
        title=_title(definition, annotations, name),
        description=visible(description) if isinstance(description, str) else "",
        input_schema=schema,
        output_schema=_optional_object(definition, "outputSchema"),
        annotations=annotations,
        ui_resource=ui.resource,
        visible_to_model=ui.to_model,
        visible_to_app=ui.to_app,
        definition=definition,
        definition_digest=_digest(definition, name),
        header_parameters=find_header_parameters(schema),
    )
    return tool, tuple(warnings)


def _name(untrusted: Json) -> str:
    if not isinstance(untrusted, str) or not untrusted or len(untrusted) > _MAX_NAME:
        raise ProtocolViolation(f"a tool without a name of 1 to {_MAX_NAME} characters")
    return untrusted


def _title(definition: JsonObject, annotations: JsonObject, name: str) -> str:
    for untrusted in (definition.get("title"), annotations.get("title")):
        if isinstance(untrusted, str) and untrusted.strip():
            return one_line(untrusted, limit=120)
    return one_line(name, limit=120)


def _digest(definition: JsonObject, name: str) -> Digest:
    try:
        return canonical_digest(pinned_part(definition))
    except rfc8785.CanonicalizationError as error:
        raise ProtocolViolation(
            f"the definition of {one_line(name)} has a number that cannot be held exactly"
        ) from error


def _ui(untrusted_meta: Json, name: str, warnings: list[str]) -> _UiPart:
    meta = object_or_empty(untrusted_meta)
    ui = object_or_empty(meta.get("ui"))
    link = ui["resourceUri"] if "resourceUri" in ui else meta.get(_FLAT_LINK)
    resource = _template(link)
    if link is not None and resource is None:
        warnings.append(f"{one_line(name)} names an App template that is not a ui:// address")
    if "visibility" not in ui:
        return _UiPart(resource=resource, to_model=True, to_app=True)
    shown = ui["visibility"]
    if not isinstance(shown, Sequence) or isinstance(shown, str):
        warnings.append(f"{one_line(name)} has a visibility that is not a list: hidden from all")
        shown = ()
    return _UiPart(resource=resource, to_model="model" in shown, to_app="app" in shown)


def declared_defaults(schema: JsonObject) -> JsonObject:
    """The defaults that an input schema declares for its own properties."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {
        name: declared["default"]
        for name, declared in properties.items()
        if isinstance(declared, Mapping) and "default" in declared
    }


def _template(untrusted: Json) -> str | None:
    if not isinstance(untrusted, str) or len(untrusted) > _MAX_URI:
        return None
    if not untrusted.startswith("ui://") or untrusted == "ui://":
        return None
    return untrusted if untrusted.isprintable() and " " not in untrusted else None


def _object(untrusted: Json, what: str) -> JsonObject:
    if not isinstance(untrusted, Mapping):
        raise ProtocolViolation(f"{what} is not an object")
    return untrusted


def _optional_object(definition: JsonObject, key: str) -> JsonObject | None:
    untrusted = definition.get(key)
    return None if untrusted is None else _object(untrusted, key)
