"""One vector and its own addresses, so that every packet names the vector that sent it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

DOMAIN = "leak.example"
GRANTED_HOST = "granted.example"
NEAR_DOMAIN = "near.example"
"""Below it everything is granted to another App of the run, so the proxy lets it out."""
GRANTED_ADDRESS = "45.77.200.1"
"""Where every name leads that names no vector."""
VICTIM_PREFIX = "cd" * 14
FIRST_PORT = 20_000
_FIRST_ADDRESS = IPv4Address("45.77.1.0")
_FIRST_ADDRESS6 = IPv6Address("2606:2800:77::")
_HEADER = re.compile(r"^=== (?P<name>\S+)(?P<flags>.*)$", re.MULTILINE)
_NAMED = re.compile(r"(?<![a-z0-9])v(\d{4})(?![0-9])")


class Hand(StrEnum):
    """What a person does to `#go`, or the program to the whole View; `NOTHING` where the document
    acts by itself.
    """

    NOTHING = ""
    HOVER = "hover"
    PRESS = "press"
    CLICK = "click"
    KEY = "key"
    MIDDLE = "middle"
    CONTROL = "control"
    SHIFT = "shift"
    ALT = "alt"
    MENU = "menu"
    DRAG = "drag"
    KILL = "kill"
    SLEEP = "sleep"
    THEME = "theme"
    SIZE = "size"

    @property
    def of_the_program(self) -> bool:
        """Whether the program does it to the View, when the document has tried what it can."""
        return self in {Hand.KILL, Hand.SLEEP, Hand.THEME, Hand.SIZE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One way out. *number* is its place in the corpus; *alone* means it may end the document."""

    number: int
    kind: str
    name: str
    body: str
    script: bool
    alone: bool
    hand: Hand

    @property
    def title(self) -> str:
        """How reports call it."""
        return f"{self.kind}/{self.name}"

    def html(self) -> str:
        """What goes into the document."""
        body = _filled(self.body, self.number)
        if not self.script:
            return body
        return f"<script>(async () => {{\n{body}\n}})().catch(() => 0)</script>"


@cache
def corpus() -> tuple[Vector, ...]:
    """All vectors, in the order of the files."""
    found: list[Vector] = []
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        for name, flags, body in _sections(path.read_text(encoding="utf-8")):
            hand = Hand(next((flag for flag in flags if flag not in {"js", "solo"}), ""))
            found.append(
                Vector(
                    number=len(found),
                    kind=path.stem,
                    name=name,
                    body=body,
                    script="js" in flags,
                    alone="solo" in flags or bool(hand),
                    hand=hand,
                )
            )
    return tuple(found)


def number_in(text: str) -> int | None:
    """The vector that a DNS name or an address of another program names."""
    found = _NAMED.search(text.lower())
    return int(found[1]) if found else None


def number_at(address: str, port: int) -> int | None:
    """The vector that sends to *address* and *port*."""
    if FIRST_PORT <= port < FIRST_PORT + len(corpus()):
        return port - FIRST_PORT
    first = _FIRST_ADDRESS6 if ":" in address else _FIRST_ADDRESS
    place = int((IPv6Address if ":" in address else IPv4Address)(address)) - int(first) - 1
    return place if 0 <= place < len(corpus()) else None


def address_of(number: int) -> str:
    """The public-looking address of a vector."""
    return str(_FIRST_ADDRESS + number + 1)


def _sections(text: str) -> list[tuple[str, list[str], str]]:
    heads = list(_HEADER.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        (head["name"], head["flags"].split(), text[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]


def _filled(body: str, number: int) -> str:
    single, address = f"v{number:04d}", IPv4Address(address_of(number))
    name = f"{single}.{DOMAIN}"
    words = {
        "n": str(number),
        "single": single,
        "mdns": f"{single}-5a7e-4f0c-9d3b-0123456789ab",
        "name": name,
        "upper": name.upper(),
        "scheme-relative": f"//{name}",
        "escaped": f" ttp://{name}",
        "ip": str(address),
        "ip6": str(_FIRST_ADDRESS6 + number + 1),
        "decimal": str(int(address)),
        "hexadecimal": hex(int(address)),
        "octal": ".".join(f"0{part:o}" for part in address.packed),
        "port": str(FIRST_PORT + number),
        "granted": f"http://{GRANTED_HOST}",
        "near": f"{single}.{NEAR_DOMAIN}",
        "victim": f"mcpapp://{VICTIM_PREFIX}{number:04x}/",
    } | {scheme: f"{scheme}://{name}" for scheme in ("http", "https", "ws", "wss")}
    return re.sub(f"%({'|'.join(words)})%", lambda found: words[found[1]], body)
