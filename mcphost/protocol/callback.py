"""The request by which a browser comes back from an authorization server, read strictly.

Law: (1) only a GET for exactly the path and the authority that were handed out, carrying the state
that was sent, is an answer; everything else is a stray visit, which uses nothing up; (2) secrets
are compared in constant time; (3) nothing of the request is repeated in a message. Pure.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

MAX_HEAD: Final = 16 * 1024
"""Bytes of a request line and its headers. A code or an error of a real server is far shorter."""
MAX_TARGET: Final = 8 * 1024
_MAX_HEADERS: Final = 64
_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*")
_NAVIGATION: Final = frozenset({b"document"})


class StrayVisit(Exception):
    """Not the answer that is waited for. *status* is what the visitor is told."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a stray visit ({status})")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the answer must fit."""

    authority: str
    """`127.0.0.1:port`."""
    path: str
    state: str | None
    """The state of the request that was sent; None when it had none."""


def state_of(authorization_url: str) -> str | None:
    """The state in the query of the URL that is about to be opened."""
    values = [
        value for name, value in parse_qsl(urlsplit(authorization_url).query) if name == "state"
    ]
    return values[0] if len(values) == 1 else None


def answer_of(head: bytes, expected: Expected) -> str:
    """The target (path and query) of the answer in *head*. Raises `StrayVisit`.

    1. well formed and bounded; 2. a GET; 3. for this very address; 4. for this very path; 5. a
    navigation, where the browser says so; 6. an answer to this very request.
    """
    lines = head.split(b"\r\n")
    request = _REQUEST_LINE.fullmatch(lines[0])
    headers = _headers(lines[1:])
    if request is None or headers is None or len(request[2]) > MAX_TARGET:
        raise StrayVisit(400)
    if request[1] != b"GET":
        raise StrayVisit(405)
    if headers.get(b"host") != [expected.authority.encode()]:
        raise StrayVisit(421)
    target = request[2].decode("ascii")
    path, _, query = target.partition("?")
    if not _same(path, expected.path):
        raise StrayVisit(404)
    if not _NAVIGATION.issuperset(headers.get(b"sec-fetch-dest", ())):
        raise StrayVisit(400)
    _require_answer(query, expected.state)
    return target


def _headers(lines: list[bytes]) -> dict[bytes, list[bytes]] | None:
    if len(lines) > _MAX_HEADERS:
        return None
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            return None
        found.setdefault(match[1].lower(), []).append(match[2])
    return found


def _require_answer(query: str, state: str | None) -> None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_HEADERS)
    except ValueError as error:
        raise StrayVisit(400) from error
    names = [name for name, _ in pairs]
    if names.count("code") + names.count("error") == 0:
        raise StrayVisit(400)
    given = [value for name, value in pairs if name == "state"]
    if state is not None and (len(given) != 1 or not _same(given[0], state)):
        raise StrayVisit(400)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
