"""What went wrong at a model, as one sentence that names the model and the address.

Law: the key is never in it, not even where the other side repeats it; the other side's words are
one sanitised line, and left out where they would be about the key. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mcphost.domain.errors import (
    McpHostError,
    ProtocolViolation,
    ServerError,
    ServerUnreachable,
)
from mcphost.domain.text import one_line

_SETTINGS = "see Settings → Model"
_KEY_STATUS = frozenset({401, 403})
_SHORTEST_SECRET = 4


def fault(error: BaseException, *, name: str, url: str, key: str | None) -> ServerError:
    """*error*, whatever the SDK made of it, as an error of ours."""
    who = f"the model {one_line(name, limit=80)} at {one_line(url)}"
    status = _status(error)
    if status is not None:
        said = "" if status in _KEY_STATUS else _their_words(error, key)
        return ServerError(f"{who} {_by_status(status)}{said}")
    kinds = {type(cause).__name__ for cause in _causes(error)}
    if isinstance(error, McpHostError):
        return ProtocolViolation(f"{who} broke off: {one_line(str(error))}; try again")
    if "AnswerTooLong" in kinds:
        return ProtocolViolation(f"{who} answered without end; it was cut off")
    if "SentElsewhere" in kinds:
        return ProtocolViolation(f"{who} would have been asked elsewhere; nothing was sent")
    if kinds & {"ConnectError", "ConnectTimeout"}:
        return ServerUnreachable(f"{who} could not be reached: check the address; {_SETTINGS}")
    if any("Timeout" in kind for kind in kinds):
        return ServerUnreachable(f"{who} did not answer in time; try again")
    if kinds & {"ReadError", "WriteError", "RemoteProtocolError", "CloseError"}:
        return ServerUnreachable(f"{who} broke the connection off; try again")
    return ProtocolViolation(
        f"{who} did not answer the way this API is spoken ({type(error).__name__}): check the "
        f"address; {_SETTINGS}{_their_words(error, key)}"
    )


def _by_status(status: int) -> str:
    match status:
        case 401 | 403:
            return f"refused the API key (HTTP {status}); {_SETTINGS}"
        case 404:
            return f"has no such model, or nothing is at this address (HTTP 404); {_SETTINGS}"
        case 429:
            return "will not answer now: asked too often, or the quota is used up (HTTP 429)"
        case _ if 300 <= status < 400:
            return f"points to another address (HTTP {status}), which is not followed; {_SETTINGS}"
        case _ if status >= 500:
            return f"failed (HTTP {status}); try again later"
        case _:
            return f"did not accept the request (HTTP {status})"


def _status(error: BaseException) -> int | None:
    for cause in _causes(error):
        status = getattr(cause, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _their_words(error: BaseException, key: str | None) -> str:
    body = getattr(error, "body", None)
    words = _message(body)
    if not words:
        return ""
    if key and len(key) >= _SHORTEST_SECRET:
        words = words.replace(key, "(key)")
    return f". It said: {one_line(words, limit=300)}"


def _message(untrusted_body: object) -> str:
    if not isinstance(untrusted_body, Mapping):
        return ""
    body = cast("Mapping[str, Any]", untrusted_body)
    found = body.get("message")
    return found if isinstance(found, str) else _message(body.get("error"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """*error* and what it came from, each once."""
    seen: set[int] = set()
    waiting: BaseException | None = error
    while waiting is not None and id(waiting) not in seen:
        seen.add(id(waiting))
        yield waiting
        waiting = waiting.__cause__ or waiting.__context__
