"""URI templates (RFC 6570): the gaps of one, and its address once they are filled with text.

Law: (1) a template that breaks the grammar is refused, never guessed at; (2) every operator and the
prefix modifier are known; values are text, so the explode modifier changes nothing; (3) a gap
without a value is left out, as the RFC has it; (4) template, gaps and address are bounded. Pure.

Of our own because the libraries pass over what they cannot read, and this one must refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote

from mcphost.domain.errors import ProtocolViolation

MAX_TEMPLATE: Final = 2048
MAX_VARIABLES: Final = 50
MAX_ADDRESS: Final = 8192
_RESERVED: Final = ":/?#[]@!$&'()*+,;="
_TRIPLET: Final = re.compile(r"(%[0-9A-Fa-f]{2})")
_NAME: Final = re.compile(
    r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*"
)
_PREFIX: Final = re.compile(r"[1-9][0-9]{0,3}")
_BAD_LITERAL: Final = re.compile(r"[\x00-\x20\"'<>\\^`{|}\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How an operator writes its gaps (RFC 6570, appendix A)."""

    first: str
    between: str
    named: bool
    if_empty: str
    reserved: bool


_MANNERS: Final[Mapping[str, _Manner]] = {
    "": _Manner(first="", between=",", named=False, if_empty="", reserved=False),
    "+": _Manner(first="", between=",", named=False, if_empty="", reserved=True),
    "#": _Manner(first="#", between=",", named=False, if_empty="", reserved=True),
    ".": _Manner(first=".", between=".", named=False, if_empty="", reserved=False),
    "/": _Manner(first="/", between="/", named=False, if_empty="", reserved=False),
    ";": _Manner(first=";", between=";", named=True, if_empty="", reserved=False),
    "?": _Manner(first="?", between="&", named=True, if_empty="=", reserved=False),
    "&": _Manner(first="&", between="&", named=True, if_empty="=", reserved=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    name: str
    prefix: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expression:
    manner: _Manner
    gaps: tuple[_Gap, ...]


_Part: TypeAlias = str | _Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class UriTemplate:
    """A template that has been read."""

    parts: tuple[_Part, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the gaps, each once, in order."""
        expressions = (part for part in self.parts if isinstance(part, _Expression))
        return tuple(dict.fromkeys(gap.name for part in expressions for gap in part.gaps))

    def expand(self, values: Mapping[str, str]) -> str:
        """The address. Raises `ProtocolViolation` when it is too long."""
        written = [
            _literal(part) if isinstance(part, str) else _written(part, values)
            for part in self.parts
        ]
        address = "".join(written)
        if len(address) > MAX_ADDRESS:
            raise ProtocolViolation(f"an address of more than {MAX_ADDRESS} characters")
        return address


def parse_template(text: str) -> UriTemplate:
    """Read *text*. Raises `ProtocolViolation` when it is no template."""
    if len(text) > MAX_TEMPLATE:
        raise ProtocolViolation(f"a URI template of more than {MAX_TEMPLATE} characters")
    parts: list[_Part] = []
    rest = text
    while rest:
        literal, opened, rest = rest.partition("{")
        if _BAD_LITERAL.search(literal):
            raise ProtocolViolation("a URI template with a character that no address may have")
        if literal:
            parts.append(literal)
        if opened:
            inside, closed, rest = rest.partition("}")
            if not closed:
                raise ProtocolViolation("a URI template with a brace that is never closed")
            parts.append(_expression(inside))
    template = UriTemplate(parts=tuple(parts))
    if len(template.variables) > MAX_VARIABLES:
        raise ProtocolViolation(f"a URI template with more than {MAX_VARIABLES} variables")
    return template


def _expression(inside: str) -> _Expression:
    operator = inside[:1] if inside[:1] in _MANNERS else ""
    gaps = tuple(_gap(each) for each in inside[len(operator) :].split(","))
    return _Expression(manner=_MANNERS[operator], gaps=gaps)


def _gap(text: str) -> _Gap:
    name, colon, prefix = text.partition(":")
    if not colon:
        name = name.removesuffix("*")
    if not _NAME.fullmatch(name) or (colon and not _PREFIX.fullmatch(prefix)):
        raise ProtocolViolation("a URI template with a variable that cannot be read")
    return _Gap(name=name, prefix=int(prefix) if colon else None)


def _literal(text: str) -> str:
    return _quoted(text, reserved=True)


def _written(part: _Expression, values: Mapping[str, str]) -> str:
    manner = part.manner
    shown = [_value(manner, gap, values[gap.name]) for gap in part.gaps if gap.name in values]
    return manner.first + manner.between.join(shown) if shown else ""


def _value(manner: _Manner, gap: _Gap, given: str) -> str:
    value = _quoted(given[: gap.prefix], reserved=manner.reserved)
    if not manner.named:
        return value
    return f"{gap.name}={value}" if value else f"{gap.name}{manner.if_empty}"


def _quoted(text: str, *, reserved: bool) -> str:
    if not reserved:
        return quote(text, safe="", errors="replace")
    pieces = _TRIPLET.split(text)  # what is percent-encoded already stays as it is
    return "".join(
        piece if number % 2 else quote(piece, safe=_RESERVED, errors="replace")
        for number, piece in enumerate(pieces)
    )
