"""Messages that a View could post, from one that is right to what is no message at all.

`Mutants` takes all its chance from one `random.Random`: the same seed makes the same messages.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.hostile.view_grammar import ACTS, LISTS, MODES, NOT_FOR_APPS, READS

TEXT = {"type": "text", "text": "Ten of them."}
PLAIN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ping", {}),
    ("tools/list", {}),
    ("tools/call", {"name": READS, "arguments": {"what": 1}, "_meta": {"progressToken": 5}}),
    ("tools/call", {"name": ACTS, "arguments": {"number": 10}}),
    ("tools/call", {"name": NOT_FOR_APPS, "arguments": {}}),
    ("tools/call", {"name": "nobody", "arguments": {}}),
    *((name, {"cursor": "2"}) for name in LISTS),
    ("resources/read", {"uri": "shop://list"}),
    ("ui/open-link", {"url": "https://shop.example/ten"}),
    ("ui/open-link", {"url": "javascript:alert(1)"}),
    ("ui/open-link", {"url": "file:///etc/passwd"}),
    ("ui/message", {"role": "user", "content": [TEXT]}),
    ("ui/update-model-context", {"content": [TEXT], "structuredContent": {"n": 1}}),
    ("ui/update-model-context", {"content": [TEXT]}),
    ("ui/request-display-mode", {"mode": "fullscreen"}),
    ("ui/request-display-mode", {"mode": "inline"}),
    (
        "ui/download-file",
        {"contents": [{"type": "resource", "resource": {"uri": "f:///a.txt", "text": "a"}}]},
    ),
    (
        "ui/download-file",
        {"contents": [{"type": "resource", "resource": {"uri": "f:///../b", "blob": "YWI="}}]},
    ),
    ("ui/download-file", {"contents": [{"type": "resource_link", "uri": "shop://bill"}]}),
    (
        "sampling/createMessage",
        {"messages": [{"role": "user", "content": TEXT}], "maxTokens": 10, "systemPrompt": "Be."},
    ),
    ("ui/initialize", {"appInfo": {"name": "Mutant", "version": "1"}}),
    ("elicitation/create", {"message": "Your password?", "requestedSchema": {"type": "object"}}),
    ("roots/list", {}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}}),
    ("prompts/get", {"name": "p"}),
    ("logging/setLevel", {"level": "debug"}),
    ("tasks/get", {"taskId": "1"}),
)
NOTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ui/notifications/initialized", {}),
    ("ui/notifications/size-changed", {"width": 300, "height": 300}),
    ("notifications/message", {"level": "info", "data": {"a": [1, None]}}),
    ("notifications/cancelled", {"requestId": 0}),
    ("notifications/tools/list_changed", {}),
    ("notifications/progress", {"progressToken": 1, "progress": 1}),
    ("ui/notifications/tool-result", {"content": []}),
    ("ui/notifications/sandbox-resource-ready", {"html": "<p>"}),
    ("ui/notifications/request-teardown", {}),
)
HELLO: dict[str, Any] = {
    "appInfo": {"name": "Fuzz", "version": "1"},
    "protocolVersion": "2026-01-26",
    "appCapabilities": {"tools": {"listChanged": True}, "availableDisplayModes": list(MODES)},
}
FORGED: tuple[tuple[str, Any], ...] = (
    (
        "_meta",
        {"io.modelcontextprotocol/clientInfo": {"name": "me"}, "mcphost/changedArguments": 1},
    ),
    ("inputResponses", {"q": {"action": "accept", "content": {"size": "L"}}}),
    ("requestState", "state-1"),
    ("task", {"ttl": 1}),
    ("view", "another"),
    ("server", "bank"),
    ("__proto__", {"role": "user"}),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, -0.0, 1e308, 10**30, 2**53 + 1),
    *("", " ", "a" * 300, "\u202e\u2066", "\x00", "\ufeff", "../..", "2.0", "null", "0"),
    *([], {}, [[]], [None], {"": ""}, {"type": "text"}, [{"type": "text", "text": 1}], ["x"] * 40),
)
_LIKES = '{}[]",:\\0123456789eE+-.ntfu \t\r\n\u2028\u00e9'


def message(method: str, params: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A call of *method*."""
    given = {} if params is None else {"params": params}
    return {"jsonrpc": "2.0", "method": method, **given, **more}


class Mutants:
    """All the messages of one seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.used: list[Any] = [0]
        """Ids that this View has used."""
        self._texts: tuple[Callable[[str], str], ...] = (
            *(self._cut, self._without, self._twice, self._other, self._key_twice, self._number),
            *(self._deep, self._after_another, self._batch, self._surrogate),
        )
        self._changes: tuple[Callable[[Any, Any], None], ...] = (
            *(self._drop, self._odd, self._forge, self._rename, self._move),
        )

    def anew(self) -> None:
        """Another View begins."""
        self.used = [0]

    def next(self) -> str:
        """One message."""
        whole = self._whole()
        how = self.random.random()
        for _ in range(0 if how < 0.07 else self.random.choice((1, 1, 1, 2, 3))):
            self._change(whole)
        text = json.dumps(whole, ensure_ascii=self.random.random() < 0.5)
        return self.random.choice(self._texts)(text) if how > 0.4 else text

    def _whole(self) -> dict[str, Any]:
        what = self.random.random()
        if what < 0.4:
            method, params = self.random.choice(PLAIN)
            return message(method, copy.deepcopy(params), id=self._id())
        if what < 0.75:
            method, params = self.random.choice(NOTES)
            if method == "ui/notifications/request-teardown" and self.random.random() < 0.9:
                method = "ui/notifications/initialized"
            return message(method, copy.deepcopy(params))
        id = self.random.choice((1, 2, 3, 4, 99, "hello", -1))
        if self.random.random() < 0.3:
            return {"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}}
        return {"jsonrpc": "2.0", "id": id, "result": self._result()}

    def _result(self) -> dict[str, Any]:
        tool = {"name": f"t{self.random.randrange(5)}", "inputSchema": {"type": "object"}}
        return {"tools": [tool], "content": [dict(TEXT)]}

    def _id(self) -> Any:
        if self.random.random() < 0.2:
            return self.random.choice(self.used)
        self.used.append(self.random.choice((len(self.used), f"r{len(self.used)}")))
        return self.used[-1]

    def _change(self, whole: dict[str, Any]) -> None:
        """Something inside is another thing afterwards."""
        place: Any = whole
        for _ in range(self.random.randrange(5)):
            inner = [v for v in _values(place) if isinstance(v, dict | list) and v]
            if not inner:
                break
            place = self.random.choice(inner)
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if keys:
            self.random.choice(self._changes)(place, self.random.choice(keys))

    def _drop(self, place: Any, key: Any) -> None:
        del place[key]

    def _odd(self, place: Any, key: Any) -> None:
        place[key] = copy.deepcopy(self.random.choice(ODD))

    def _forge(self, place: Any, key: Any) -> None:
        name, value = self.random.choice(FORGED)
        if isinstance(place, dict):
            place[name] = copy.deepcopy(value)
        else:
            place[key] = {name: copy.deepcopy(value)}

    def _rename(self, place: Any, key: Any) -> None:
        if isinstance(place, dict):
            place[self.random.choice((key.upper(), f"{key} ", "id", "result"))] = place.pop(key)

    def _move(self, place: Any, key: Any) -> None:
        place[key] = [place[key]] if self.random.random() < 0.5 else {"content": place[key]}

    def _at(self, text: str) -> int:
        return self.random.randrange(len(text) + 1)

    def _cut(self, text: str) -> str:
        return text[: self._at(text)]

    def _without(self, text: str) -> str:
        start = self._at(text)
        return text[:start] + text[start + self.random.randrange(1, 9) :]

    def _twice(self, text: str) -> str:
        start = self._at(text)
        return text[:start] + text[start : start + 9] + text[start:]

    def _other(self, text: str) -> str:
        start = self._at(text)
        return text[:start] + self.random.choice(_LIKES) + text[start + 1 :]

    def _key_twice(self, text: str) -> str:
        return text.replace('"params"', '"params": {"name": "buy"}, "params"', 1)

    def _number(self, text: str) -> str:
        numbers = ("NaN", "-Infinity", "1e999", "9" * 5000, "-0", "1.0", "0x1", "01")
        return text.replace("1", self.random.choice(numbers), 1)

    def _deep(self, text: str) -> str:
        levels = self.random.choice((70, 3000, 60_000))
        return text.replace("{}", "[" * levels + "]" * levels, 1)

    def _after_another(self, text: str) -> str:
        return self.random.choice((text + text, f"\ufeff{text}", f"{text}\n{{}}", f"data: {text}"))

    def _batch(self, text: str) -> str:
        return f"[{text}, {text}]"

    def _surrogate(self, text: str) -> str:
        return text.replace("e", self.random.choice(("\\ud800", "\udfff", "\\u0000")), 1)


def _values(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)
