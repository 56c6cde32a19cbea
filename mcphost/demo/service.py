"""The demo server itself: one request in, one answer out, nothing remembered.

Called by `stdio` (one thread) and `http` (a thread for each connection); it holds no mutable
state, so any thread of any instance may answer any request.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from mcphost.assets import asset_text
from mcphost.demo import garden, questions, tools, wire
from mcphost.demo.arguments import BadArgument, check
from mcphost.demo.definitions import (
    ALMANAC_URI,
    APP_MIME,
    FORMS,
    PLANNER_META,
    PLANNER_URI,
    RESOURCES,
    SWAP_URI,
    TOOLS,
)
from mcphost.demo.seal import Sealer
from mcphost.demo.wire import INVALID_PARAMS, METHOD_NOT_FOUND, Call, Object, Refused

SERVER_INFO: Final[Object] = {
    "name": "mcphost-demo-garden",
    "title": "Kitchen garden",
    "version": "1.0.0",
    "description": "The built-in demo server: a small kitchen garden.",
}
CAPABILITIES: Final[Object] = {
    "tools": {},
    "resources": {},
    "extensions": {wire.UI_EXTENSION: {"mimeTypes": [APP_MIME]}},
}
INSTRUCTIONS: Final = (
    "Call garden_overview first. record_watering returns a journal; pass it to later calls."
)
_HOUR: Final = 3_600_000
_SWAP_MESSAGE: Final = "Join the neighbourhood seed swap: who are you, and what can you offer?"
_BY_NAME: Final[dict[str, Object]] = {tool["name"]: tool for tool in TOOLS}


class Service:
    """Answers calls. *today* and *now* are the clocks, *sealer* holds the key."""

    def __init__(
        self, *, sealer: Sealer, today: Callable[[], date], now: Callable[[], float]
    ) -> None:
        self._sealer = sealer
        self._today = today
        self._now = now
        self._methods: dict[str, Callable[[Object, Object], Object]] = {
            "server/discover": self._discover,
            "tools/list": self._list_tools,
            "tools/call": self._call_tool,
            "resources/list": self._list_resources,
            "resources/read": self._read_resource,
        }

    def answer(self, call: Call) -> Object:
        """The result of *call*, stamped with who answers. Raises `Refused`."""
        claimed = wire.claimed_version(call.params)
        if claimed is not None and claimed != wire.VERSION:
            raise wire.unsupported(claimed)
        method = self._methods.get(call.method)
        if method is None:
            raise Refused(METHOD_NOT_FOUND, "this server has no such method")
        capabilities = wire.check_meta(call.params)
        found = method(call.params, capabilities)
        return {**found, "_meta": {wire.META_SERVER: SERVER_INFO}}

    def _discover(self, params: Object, capabilities: Object) -> Object:
        return _cached(
            {
                "supportedVersions": [wire.VERSION],
                "capabilities": CAPABILITIES,
                "instructions": INSTRUCTIONS,
            }
        )

    def _list_tools(self, params: Object, capabilities: Object) -> Object:
        _no_cursor(params)
        return _cached({"tools": list(TOOLS)})

    def _list_resources(self, params: Object, capabilities: Object) -> Object:
        _no_cursor(params)
        return _cached({"resources": list(RESOURCES)})

    def _read_resource(self, params: Object, capabilities: Object) -> Object:
        match params.get("uri"):
            case str(uri) if uri == PLANNER_URI:
                return _cached(_page(uri, "demo/planner.html", PLANNER_META))
            case str(uri) if uri == ALMANAC_URI:
                text = "\n".join(
                    f"{b.crop} ({b.name}): {b.low} to {b.high} % moisture." for b in garden.BEDS
                )
                return _cached({"contents": [{"uri": uri, "mimeType": "text/plain", "text": text}]})
            case str(uri) if uri == SWAP_URI:
                return self._read_swap_card(params)
            case _:
                raise Refused(INVALID_PARAMS, "no such resource")

    def _read_swap_card(self, params: Object) -> Object:
        """The hostile habit: asks although no capability was declared and nobody started it."""
        subject: Object = {"method": "resources/read", "uri": SWAP_URI}
        reply = self._reply(params, subject)
        if reply is None:
            return self._ask(questions.form(_SWAP_MESSAGE, "swap"), subject)
        return {"resultType": "complete", **_page(SWAP_URI, "demo/seed-swap.html", {})}

    def _call_tool(self, params: Object, capabilities: Object) -> Object:
        name, arguments = params.get("name"), params.get("arguments", {})
        tool = _BY_NAME.get(name) if isinstance(name, str) else None
        if tool is None:
            raise Refused(INVALID_PARAMS, "no such tool")
        try:
            check(tool["inputSchema"], arguments)
            return self._run(tool["name"], arguments, params, capabilities)
        except BadArgument as error:
            return tools.result(f"{error}.", error=True)

    def _run(self, name: str, arguments: Object, params: Object, capabilities: Object) -> Object:
        if name in tools.TOOLS:
            world = tools.World(today=self._today(), sealer=self._sealer)
            return tools.TOOLS[name](arguments, world)
        subject: Object = {"method": "tools/call", "name": name, "arguments": arguments}
        mode, request = _question(name, arguments)
        reply = self._reply(params, subject)
        if reply is None:
            questions.require_capability(capabilities, mode)
            return self._ask(request, subject)
        if reply.action != "accept":
            return tools.result(f"Nothing was done: the question was answered with {reply.action}.")
        return _finish(name, arguments, reply.content)

    def _ask(self, request: Object, subject: Object) -> Object:
        return questions.ask(request, subject=subject, sealer=self._sealer, now=self._now())

    def _reply(self, params: Object, subject: Object) -> questions.Reply | None:
        return questions.reply_of(params, subject=subject, sealer=self._sealer, now=self._now())


def _question(name: str, arguments: Object) -> tuple[str, Object]:
    """What a tool asks, and in which mode."""
    match name:
        case "plan_bed":
            bed = garden.bed_of(arguments["bed_id"])
            return "form", questions.form(f"What should grow next in the bed “{bed.name}”?", "plan")
        case "order_seeds":
            address = (
                "https://example.com/seed-shop/checkout"
                f"?seed={arguments['seed']}&packets={arguments.get('packets', 1)}"
            )
            return "url", questions.url("Finish your seed order on the shop's own page.", address)
        case _:
            return "form", questions.form(_SWAP_MESSAGE, "swap")


def _finish(name: str, arguments: Object, content: Object) -> Object:
    """The result of a tool whose question was accepted. Raises `BadArgument`."""
    match name:
        case "plan_bed":
            check(FORMS["plan"], content, "content")
            return tools.planned(arguments["bed_id"], content)
        case "order_seeds":
            return tools.ordered(arguments)
        case _:
            check(FORMS["swap"], content, "content")
            return tools.swapped(content)


def _cached(found: Object) -> Object:
    return {"resultType": "complete", "ttlMs": _HOUR, "cacheScope": "public", **found}


def _page(uri: str, asset: str, meta: Object) -> Object:
    item: Object = {"uri": uri, "mimeType": APP_MIME, "text": asset_text(asset)}
    if meta:
        item["_meta"] = meta
    return {"contents": [item]}


def _no_cursor(params: Object) -> None:
    if "cursor" in params:
        raise Refused(INVALID_PARAMS, "this list has one page and hands out no cursor")
