"""The head of one request to the proxy, parsed strictly. Pure.

Two forms are understood: `CONNECT name:port`, and an absolute `http://` address, which is sent on
in origin form on a connection of its own. Anything else raises `BadRequest` with the status to
answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[\x21-\x7e]+")
_NOT_FORWARDED = frozenset(
    {"proxy-authorization", "proxy-connection", "connection", "keep-alive", "te", "trailer", "host"}
)


class BadRequest(Exception):
    """The head is not acceptable; *status* is the HTTP status to answer."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequest:
    """One request. *forward* is the head to send on, empty for `CONNECT`."""

    host: str
    port: int
    authorization: str
    forward: bytes
    body_length: int

    @property
    def is_tunnel(self) -> bool:
        """Whether this is a `CONNECT`."""
        return not self.forward


def parse_head(untrusted_head: bytes) -> ProxyRequest:
    """Parse a head that ends in an empty line. Raises `BadRequest`."""
    try:
        lines = untrusted_head.decode("ascii").split("\r\n")
        method, target, version = lines[0].split(" ")
    except ValueError as error:
        raise BadRequest("400 Bad Request") from error
    if version != "HTTP/1.1" or not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(target):
        raise BadRequest("400 Bad Request")
    headers = [_parse_header(line) for line in lines[1:] if line]
    authorization = _single(headers, "proxy-authorization")
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return ProxyRequest(
            host=_name(host),
            port=_port(port),
            authorization=authorization,
            forward=b"",
            body_length=0,
        )
    return _absolute_form(method, target, headers, authorization)


def _absolute_form(
    method: str, target: str, headers: list[tuple[str, str]], authorization: str
) -> ProxyRequest:
    try:
        parts = urlsplit(target)
        port = parts.port or 80
    except ValueError as error:
        raise BadRequest("400 Bad Request") from error
    if parts.scheme != "http" or "@" in parts.netloc:
        raise BadRequest("400 Bad Request")
    if _single(headers, "transfer-encoding"):
        raise BadRequest("501 Not Implemented")
    length = _single(headers, "content-length") or "0"
    if not length.isdecimal() or len(length) > 12:
        raise BadRequest("400 Bad Request")
    host = _name(parts.hostname or "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [f"{name}: {value}" for name, value in headers if name.lower() not in _NOT_FORWARDED]
    named = host if port == 80 else f"{host}:{port}"
    lines = [f"{method} {path} HTTP/1.1", f"Host: {named}", *kept, "Connection: close", "", ""]
    return ProxyRequest(
        host=host,
        port=port,
        authorization=authorization,
        forward="\r\n".join(lines).encode("ascii"),
        body_length=int(length),
    )


def _parse_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or "\n" in value or "\r" in value:
        raise BadRequest("400 Bad Request")
    return name, value.strip()


def _single(headers: list[tuple[str, str]], wanted: str) -> str:
    values = [value for name, value in headers if name.lower() == wanted]
    if len(values) > 1:
        raise BadRequest("400 Bad Request")
    return values[0] if values else ""


def _name(text: str) -> str:
    """A DNS name of at least two labels; addresses are never asked for by address."""
    name = text.lower()
    if not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise BadRequest("403 Forbidden")
    return name


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or not 0 < int(text) < 65536:
        raise BadRequest("400 Bad Request")
    return int(text)
