"""What two clients put on the wire, made comparable: frames by what they are, and what differs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from tests.helpers.servers.http_peer import Seen

Frame: TypeAlias = "dict[str, Any]"

_ABOUT_THE_PIPE = frozenset(
    {"host", "content-length", "connection", "user-agent", "transfer-encoding"}
)
"""Headers that say nothing of the protocol."""


def from_http(seen: Sequence[Seen]) -> list[Frame]:
    frames: list[Frame] = []
    for one in seen:
        kept = {k: v for k, v in one.headers.items() if k not in _ABOUT_THE_PIPE}
        frames.append({"verb": one.verb, "header": kept, "body": one.message})
    return _plain(frames)


def from_lines(data: bytes) -> list[Frame]:
    return _plain([{"verb": "LINE", "body": json.loads(line)} for line in data.splitlines()])


def _plain(frames: list[Frame]) -> list[Frame]:
    """The same frames with ids, tokens and names of the client made equal."""
    for frame in frames:
        body = frame["body"]
        if "id" in body and "method" in body:
            body["id"] = f"a {'number' if isinstance(body['id'], int) else 'text'}"
        params = body.get("params", {})
        if "requestId" in params:
            params["requestId"] = "its id"
        meta = params.get("_meta", {})
        for key in ("io.modelcontextprotocol/clientInfo", "progressToken"):
            if key in meta:
                meta[key] = "named"
        if "clientInfo" in params:
            params["clientInfo"] = "named"
    return frames


def differences(ours: list[Frame], theirs: list[Frame]) -> dict[str, list[str]]:
    """What differs, each with the frames in which it does."""
    found: dict[str, list[str]] = {}
    mine, other = _keyed(ours), _keyed(theirs)
    for key in [*mine, *(key for key in other if key not in mine)]:
        if key not in other or key not in mine:
            found[f"only {'ours' if key in mine else 'theirs'}: {key}"] = [key]
            continue
        left, right = dict(_leaves(mine[key])), dict(_leaves(other[key]))
        for path in sorted(left.keys() | right.keys()):
            a, b = left.get(path, "absent"), right.get(path, "absent")
            if a != b:
                found.setdefault(f"{path}: ours {a}, theirs {b}", []).append(key)
    return found


def _keyed(frames: list[Frame]) -> dict[str, Frame]:
    """Frames by verb, method, name, and how many of that there were before."""
    counts: Counter[str] = Counter()
    keyed: dict[str, Frame] = {}
    for frame in frames:
        body = frame["body"]
        name = body.get("params", {}).get("name", "")
        method = body.get("method", "answer" if body else "")
        word = " ".join(part for part in (frame["verb"], method, name) if part)
        counts[word] += 1
        keyed[word if counts[word] == 1 else f"{word} #{counts[word]}"] = frame
    return keyed


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}".lstrip("."))
    else:
        yield path, json.dumps(value, ensure_ascii=True)
