"""What the host tells a View in `ui/initialize`: capabilities and host context, built strictly.

View SDKs reject the whole handshake for one unknown style variable, one null, one unknown enum
value or one incomplete tool, so every field here is either right or absent.

Pure. Called by `mcphost.views` on the loop thread.
"""

from __future__ import annotations

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.template import WIRE_PERMISSIONS, DeclaredUi
from mcphost.domain.tool import Tool
from mcphost.domain.view import ViewEnvironment
from mcphost.protocol.apps import APPS_VERSION


def initialize_result(
    *, host_version: str, environment: ViewEnvironment, tool: Tool, approved: DeclaredUi
) -> JsonObject:
    """The result of `ui/initialize`. *approved* is what the sandbox of this View really lets by."""
    return {
        "protocolVersion": APPS_VERSION,
        "hostInfo": {"name": "mcphost", "title": "mcphost", "version": host_version},
        "hostCapabilities": {
            "openLinks": {},
            "serverTools": {},
            "serverResources": {},
            "logging": {},
            "message": {"text": {}},
            "updateModelContext": {"text": {}, "structuredContent": {}},
            "sandbox": _sandbox(approved),
        },
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
    """The whole host context; without *tool* for a change notification."""
    context: dict[str, Json] = {
        "theme": environment.theme,
        "styles": {"variables": dict(environment.style_variables)},
        "displayMode": "inline",
        "availableDisplayModes": ["inline"],
        "containerDimensions": {
            "width": environment.width,
            "maxHeight": environment.max_height,
        },
        "locale": environment.locale,
        "timeZone": environment.time_zone,
        "userAgent": "mcphost",
        "platform": "desktop",
        "deviceCapabilities": {"touch": False, "hover": True},
        "safeAreaInsets": {"top": 0, "right": 0, "bottom": 0, "left": 0},
    }
    if tool is not None:
        context["toolInfo"] = {"tool": _plain_tool(tool)}
    return context


def _plain_tool(tool: Tool) -> JsonObject:
    """Only the fields every View SDK can validate."""
    shown: dict[str, Json] = {"name": tool.name, "inputSchema": tool.input_schema}
    if tool.title:
        shown["title"] = tool.title
    if tool.description:
        shown["description"] = tool.description
    return shown
