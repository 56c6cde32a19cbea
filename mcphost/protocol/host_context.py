"""What the host tells a View in `ui/initialize`: capabilities and host context, built strictly.

View SDKs reject the whole handshake for one unknown style variable, one null, one unknown enum
value or one incomplete tool, so every field here is either right or absent.

Pure. Called by `mcphost.views` on the loop thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.template import WIRE_PERMISSIONS, DeclaredUi
from mcphost.domain.tool import Tool
from mcphost.domain.view import DisplayMode, ViewEnvironment
from mcphost.protocol.apps import APPS_VERSION


def initialize_result(
    *,
    host_version: str,
    environment: ViewEnvironment,
    tool: Tool,
    approved: DeclaredUi,
    resources: bool,
    downloads: bool,
    sampling: bool = False,
) -> JsonObject:
    """The result of `ui/initialize`. *approved* is what the sandbox really lets by;
    *resources*: the server has some; *downloads*: this run has a folder to save files in;
    *sampling*: there is a model to ask.
    """
    capabilities: dict[str, Json] = {
        "openLinks": {},
        "serverTools": {},
        "logging": {},
        "message": {"text": {}},
        "updateModelContext": {"text": {}, "structuredContent": {}},
        "sandbox": _sandbox(approved),
    }
    if resources:
        capabilities["serverResources"] = {}
    if downloads:
        capabilities["downloadFile"] = {}
    if sampling:
        capabilities["sampling"] = {}
    return {
        "protocolVersion": APPS_VERSION,
        "hostInfo": {"name": "mcphost", "title": "mcphost", "version": host_version},
        "hostCapabilities": capabilities,
        "hostContext": host_context(environment, tool),
    }


def _sandbox(approved: DeclaredUi) -> JsonObject:
    """`hostCapabilities.sandbox`: what is in force, and no member for what is not. A permission
    that stands here may be asked for; a person answers when the App asks.
    """
    csp: dict[str, Json] = {
        "connectDomains": list(approved.connect_domains),
        "resourceDomains": list(approved.resource_domains),
        "frameDomains": list(approved.frame_domains),
        "baseUriDomains": list(approved.base_uri_domains),
    }
    permissions: dict[str, Json] = {
        wire: {} for wire, name in WIRE_PERMISSIONS.items() if name in approved.permissions
    }
    whole: dict[str, Json] = {
        "csp": {name: domains for name, domains in csp.items() if domains},
        "permissions": permissions,
    }
    return {name: member for name, member in whole.items() if member}


def host_context(environment: ViewEnvironment, tool: Tool | None = None) -> JsonObject:
    """The whole host context; without *tool* where that was told before."""
    context: dict[str, Json] = {
        "theme": environment.theme,
        "styles": {"variables": dict(environment.style_variables)},
        "displayMode": environment.mode.value,
        "availableDisplayModes": [mode.value for mode in environment.modes],
        "containerDimensions": _dimensions(environment),
        "viewport": _viewport(environment),
        "locale": environment.locale,
        "timeZone": environment.time_zone,
        "userAgent": "mcphost",
        "platform": "desktop",
        "deviceCapabilities": {"touch": environment.touch, "hover": environment.hover},
        "safeAreaInsets": {"top": 0, "right": 0, "bottom": 0, "left": 0},
    }
    shown = None if tool is None else _plain_tool(tool)
    if shown is not None:
        context["toolInfo"] = {"tool": shown}
    return context


def changed_context(before: ViewEnvironment, after: ViewEnvironment) -> JsonObject:
    """What of the host context is different after *before*: whole fields, since View SDKs replace
    a field and do not merge into it. Empty when a View cannot tell the two apart.
    """
    told, now = host_context(before), host_context(after)
    return {name: value for name, value in now.items() if told.get(name) != value}


def _dimensions(environment: ViewEnvironment) -> JsonObject:
    """Inline the View says how high it is, up to a height; elsewhere the window does."""
    if environment.mode is DisplayMode.INLINE:
        return {"width": environment.width, "maxHeight": environment.max_height}
    return {"width": environment.width, "height": environment.height}


def _viewport(environment: ViewEnvironment) -> JsonObject:
    """The same for Views of SDK 0.2 and before, which must be told a height: inline the highest."""
    if environment.mode is DisplayMode.INLINE:
        most = environment.max_height
        return {"width": environment.width, "height": most, "maxHeight": most}
    return {"width": environment.width, "height": environment.height}


def _plain_tool(tool: Tool) -> JsonObject | None:
    """The tool in the fields that every View SDK can validate; None when one would not, for that
    would cost the View its whole handshake.
    """
    if not _is_object_schema(tool.input_schema):
        return None
    shown: dict[str, Json] = {"name": tool.name, "inputSchema": tool.input_schema}
    if tool.title:
        shown["title"] = tool.title
    if tool.description:
        shown["description"] = tool.description
    if tool.output_schema is not None and _is_object_schema(tool.output_schema):
        shown["outputSchema"] = tool.output_schema
    return shown


def _is_object_schema(schema: JsonObject) -> bool:
    """Whether the SDKs take *schema*: of an object, each property a schema that is no truth value,
    what is required a list of names.
    """
    properties, required = schema.get("properties", {}), schema.get("required", [])
    return (
        schema.get("type") == "object"
        and isinstance(properties, Mapping)
        and all(isinstance(each, Mapping) for each in properties.values())
        and isinstance(required, Sequence)
        and not isinstance(required, str)
        and all(isinstance(each, str) for each in required)
    )
