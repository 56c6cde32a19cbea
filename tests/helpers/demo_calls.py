"""Calls to the demo server's service, without a transport."""

from __future__ import annotations

from datetime import date
from typing import Any

from mcphost.demo.seal import Sealer
from mcphost.demo.service import Service
from mcphost.demo.wire import META_CAPABILITIES, META_VERSION, VERSION, Call

TODAY = date(2026, 5, 20)
BOTH = {"elicitation": {"form": {}, "url": {}}}


class DemoCalls:
    """One instance of the demo server, with a clock that the test moves."""

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self.now = 1000.0
        self.service = Service(sealer=Sealer(key), today=lambda: TODAY, now=lambda: self.now)

    def call(self, method: str, *, capabilities: Any = None, **params: Any) -> dict[str, Any]:
        """The result of *method*."""
        meta = {META_VERSION: VERSION, META_CAPABILITIES: capabilities or {}}
        return self.service.answer(Call(id=1, method=method, params={**params, "_meta": meta}))

    def tool(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a tool call by somebody who can be asked."""
        return self.call("tools/call", name=name, arguments=arguments, capabilities=BOTH)

    def retry(self, asked: dict[str, Any], answer: Any, **params: Any) -> dict[str, Any]:
        """The same call again with *answer* to everything that was asked."""
        return self.call(
            params.pop("method", "tools/call"),
            capabilities=BOTH,
            inputResponses=dict.fromkeys(asked["inputRequests"], answer),
            requestState=asked["requestState"],
            **params,
        )


def meta(version: str = VERSION) -> dict[str, Any]:
    """The `_meta` of a request that declares nothing."""
    return {META_VERSION: version, META_CAPABILITIES: {}}
