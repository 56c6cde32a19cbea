"""A scripted server with offers: pages of prompts, resources and templates, or worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.helpers.servers.http_peer import DISCOVERED, Reply, Seen

KEYS = {
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "tools/list": "tools",
}
EVERYTHING = {"tools": {}, "prompts": {}, "resources": {}, "completions": {}}


@dataclass
class Shop:
    """*pages* by method: (entries, next cursor) by cursor, None for the first; *answers* too."""

    pages: Mapping[str, Mapping[str | None, tuple[Sequence[Any], Any]]] = field(
        default_factory=dict
    )
    answers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=lambda: dict(EVERYTHING))
    endless: str = ""
    """The method whose every page has a new cursor."""

    async def __call__(self, seen: Seen, reply: Reply) -> None:
        method, params = seen.method, seen.message.get("params", {})
        if method == "server/discover":
            await reply.result({**DISCOVERED, "capabilities": dict(self.capabilities)})
        elif method == self.endless:
            cursor = str(int(params.get("cursor", "0")) + 1)
            await reply.result({**self._lists(method, ()), "nextCursor": cursor})
        elif method in self.answers:
            await reply.result({"resultType": "complete", **self.answers[method]})
        elif method in KEYS and (method in self.pages or method == "tools/list"):
            entries, cursor = self.pages.get(method, {None: ((), None)})[params.get("cursor")]
            more = {} if cursor is None else {"nextCursor": cursor}
            await reply.result({**self._lists(method, entries), **more})
        else:
            await reply.error(-32601, "no such method", 404)

    def _lists(self, method: str, entries: Sequence[Any]) -> dict[str, Any]:
        known = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
        return {**known, KEYS[method]: list(entries)}
