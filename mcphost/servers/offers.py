"""What a server offers to people: prompts, resources, templates, and suggestions. Loop thread only.

Law: (1) what the server does not advertise is not asked for, and is empty; so is a list that it
advertises and does not know; (2) a bad entry is left out with a reason, a good one next to it
stays; (3) the pages are those of `catalog.py`, with its bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from mcphost.domain.errors import ProtocolViolation, ServerRefused
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json
from mcphost.domain.offers import Prompt, Resource, ResourceTemplate
from mcphost.domain.ports import Exchange
from mcphost.domain.text import one_line
from mcphost.protocol import mcp
from mcphost.protocol.jsonrpc import METHOD_NOT_FOUND
from mcphost.protocol.prompts import parse_prompt
from mcphost.protocol.resources import parse_resource, parse_resource_template
from mcphost.servers.catalog import advertises, pages
from mcphost.servers.connection import Connection
from mcphost.servers.limits import ServerLimits
from mcphost.servers.pace import Breather

_T = TypeVar("_T")
_DEFAULT: Final = ServerLimits()
_TOLD: Final = 5
"""Bad entries of one list that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Generic[_T]):
    """One sort of offer: how it is asked for, found in the answer, read, and told apart."""

    capability: str
    method: str
    key: str
    one: str
    parse: Callable[[ServerKey, Json], _T]
    ident: Callable[[_T], str]


PROMPTS: Final[Offered[Prompt]] = Offered(
    capability="prompts",
    method=mcp.PROMPTS_LIST,
    key="prompts",
    one="a prompt",
    parse=parse_prompt,
    ident=lambda prompt: prompt.name,
)
RESOURCES: Final[Offered[Resource]] = Offered(
    capability="resources",
    method=mcp.RESOURCES_LIST,
    key="resources",
    one="a resource",
    parse=parse_resource,
    ident=lambda resource: resource.uri,
)
TEMPLATES: Final[Offered[ResourceTemplate]] = Offered(
    capability="resources",
    method=mcp.RESOURCE_TEMPLATES_LIST,
    key="resourceTemplates",
    one="a resource template",
    parse=parse_resource_template,
    ident=lambda template: template.uri_template,
)


async def list_offers(
    connection: Connection,
    kind: Offered[_T],
    exchange: Exchange,
    *,
    notes: list[str],
    limits: ServerLimits = _DEFAULT,
) -> tuple[_T, ...]:
    """Every usable offer of *kind*; *notes* receives a sentence for each that is not."""
    if not advertises(connection, kind.capability):
        return ()
    try:
        entries = await pages(connection, kind.method, kind.key, exchange, limits)
    except ServerRefused as refusal:
        if refusal.code != METHOD_NOT_FOUND:
            raise
        return ()
    found: dict[str, _T] = {}
    bad: list[str] = []
    breather = Breather()
    for untrusted in entries:
        await breather.rest()  # a list of long, hostile texts must not hold everybody up
        breather.begin()
        try:
            offer = kind.parse(connection.config.key, untrusted)
        except ProtocolViolation as violation:
            bad.append(f"{kind.one} was left out: {violation}")
            continue
        if kind.ident(offer) in found:
            bad.append(f"{one_line(kind.ident(offer), limit=80)} is listed twice")
        else:
            found[kind.ident(offer)] = offer
    notes.extend(f"{connection.config.title}: {sentence}" for sentence in bad[:_TOLD])
    if len(bad) > _TOLD:
        notes.append(f"{connection.config.title}: {len(bad) - _TOLD} more of {kind.key} left out")
    return tuple(found.values())
