"""A URL somebody else wrote, taken apart strictly before anybody opens it or decides about it.

Law: (1) what is shown is what is opened: the exact text is kept, never rewritten; (2) whatever two
parsers might read differently (control characters, spaces, backslashes, user names, odd ports) is
refused, not repaired. Pure; any thread.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_URL = 8192
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\"<>^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+(?:[/?#].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A checked `scheme://host` URL. *url* is the exact text."""

    url: str
    scheme: str
    host: str
    """The host as it goes to the resolver: lower case, punycode."""
    host_shown: str
    """The host in Unicode and, when it differs, its punycode."""
    loopback: bool


def parse_link(untrusted: str) -> Link:
    """Take *untrusted* apart. Raises `ValueError` with the reason."""
    if not untrusted or len(untrusted) > MAX_URL:
        raise ValueError(f"it is empty or longer than {MAX_URL} characters")
    if _FORBIDDEN.search(untrusted):
        raise ValueError("it contains a space, a control character, a backslash or a quote")
    if not _AUTHORITY.fullmatch(untrusted):
        raise ValueError("it is not of the form scheme://host/…")
    parts = urlsplit(untrusted)
    if parts.username is not None or parts.password is not None:
        raise ValueError("it carries a user name, which can hide the real host")
    _ = parts.port  # raises ValueError when it is no port
    host = _ascii_host(parts.hostname or "")
    return Link(
        url=untrusted,
        scheme=parts.scheme.lower(),
        host=host,
        host_shown=_shown(host),
        loopback=_is_loopback(host),
    )


def require_web_link(untrusted: str) -> Link:
    """`parse_link`, and only `https`, or `http` on this computer. Raises `ValueError`."""
    link = parse_link(untrusted)
    if link.scheme == "https" or (link.scheme == "http" and link.loopback):
        return link
    raise ValueError(f"the scheme {link.scheme}: is not https")


def _ascii_host(host: str) -> str:
    if not host:
        raise ValueError("it has no host")
    if ":" in host:
        return str(ipaddress.IPv6Address(host.partition("%")[0]))
    try:
        encoded = host.encode("idna")
        read_back = encoded.decode("idna")
    except UnicodeError as error:
        raise ValueError("its host is not a valid name") from error
    name = encoded.decode("ascii").lower()
    if not host.isascii() and read_back.lower() != host.lower():
        # Such as ß: older rules make it ss, a browser keeps it, and those are two hosts.
        raise ValueError("its host can be read in more than one way")
    if not re.fullmatch(r"[a-z0-9_.-]+", name) or ".." in name:
        raise ValueError("its host is not a valid name")
    if _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):
        # A browser turns every name that ends in a number into an address, also 127.1 and 0x7f.1.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise ValueError("its host is a number, but not a plain address") from error
    return name


def _shown(host: str) -> str:
    if not any(label.startswith("xn--") for label in host.split(".")):
        return host
    try:
        return f"{host.encode('ascii').decode('idna')} ({host})"
    except UnicodeError:
        return host


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
