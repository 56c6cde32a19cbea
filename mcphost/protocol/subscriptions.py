"""`subscriptions/listen` (2026-07-28): what is asked for, what was granted, what counts as news.

Law: (1) nothing is news before the acknowledgement, of a kind that was not asked for and granted,
of another resource, or under another subscription's id; what is ignored is counted; (2) news only
says that something is not good any more, it never carries content; (3) news of a part of a resource
is news of the resource that was asked for, so that no server can invent names for us to keep. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.protocol.caching import related
from mcphost.protocol.jsonrpc import Notification, object_or_empty
from mcphost.protocol.mcp import LIST_CHANGED

LISTEN: Final = "subscriptions/listen"
ACKNOWLEDGED: Final = "notifications/subscriptions/acknowledged"
UPDATED: Final = "notifications/resources/updated"
META_SUBSCRIPTION: Final = "io.modelcontextprotocol/subscriptionId"
MAX_RESOURCES: Final = 200
"""Resources one subscription names."""
_LISTS: Final = {
    "tools": "toolsListChanged",
    "prompts": "promptsListChanged",
    "resources": "resourcesListChanged",
}
_RESOURCES: Final = "resourceSubscriptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Kinds of lists and resources, to hear of their changes."""

    lists: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lists or self.resources)

    def params(self) -> JsonObject:
        """The parameters of a request for this."""
        wanted: dict[str, Json] = {_LISTS[kind]: True for kind in sorted(self.lists)}
        if self.resources:
            wanted[_RESOURCES] = sorted(self.resources)
        return {"notifications": wanted}

    def without(self, granted: Filter) -> Filter:
        """What of this was not granted."""
        return Filter(
            lists=self.lists - granted.lists, resources=self.resources - granted.resources
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanged:
    """A list is not what it was."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUpdated:
    """A resource is not what it was. *resource* is the one that was asked for, *told* the one that
    was named.
    """

    resource: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The server has taken the subscription that asked for *asked*, and honours *granted*."""

    asked: Filter
    granted: Filter


News: TypeAlias = ListChanged | ResourceUpdated | Acknowledged


def wanted(capabilities: JsonObject, resources: Iterable[str]) -> Filter:
    """What a server may tell by its own capabilities, of the lists and of *resources* in use."""
    lists = frozenset(kind for kind in _LISTS if _offers(capabilities, kind, "listChanged"))
    if not _offers(capabilities, "resources", "subscribe"):
        return Filter(lists=lists)
    return Filter(lists=lists, resources=frozenset(sorted(set(resources))[:MAX_RESOURCES]))


def parse_filter(params: JsonObject) -> Filter:
    """The filter in the parameters of a request or of its acknowledgement. What is malformed is
    not there. Raises `ProtocolViolation` without a filter.
    """
    untrusted = params.get("notifications")
    if untrusted is None:
        raise ProtocolViolation("a subscription without notifications")
    said = object_or_empty(untrusted)
    named = said.get(_RESOURCES)
    texts = named if isinstance(named, Sequence) and not isinstance(named, str) else ()
    return Filter(
        lists=frozenset(kind for kind, name in _LISTS.items() if said.get(name) is True),
        resources=frozenset(uri for uri in texts if isinstance(uri, str)),
    )


class Listening:
    """One subscription from its request to its end. *number* is the id of the request."""

    def __init__(self, number: int, asked: Filter) -> None:
        self.number = number
        self.asked = asked
        self.granted: Filter | None = None
        self.ignored = 0
        """Messages that meant nothing."""

    def hear(self, message: Notification) -> News | None:
        """What *message* says, if it may say it."""
        news = self._read(message) if subscription_of(message.params) == self.number else None
        if news is None:
            self.ignored += 1
        return news

    def _read(self, message: Notification) -> News | None:
        if message.method == ACKNOWLEDGED:
            return self._acknowledge(message.params)
        if self.granted is None:
            return None
        if message.method == UPDATED:
            return self._updated(message.params.get("uri"))
        kind = LIST_CHANGED.get(message.method)
        return None if kind not in self.granted.lists else ListChanged(kind=kind)

    def _acknowledge(self, params: JsonObject) -> Acknowledged | None:
        if self.granted is not None:
            return None
        try:
            said = parse_filter(params)
        except ProtocolViolation:
            said = Filter()
        self.granted = Filter(
            lists=self.asked.lists & said.lists, resources=self.asked.resources & said.resources
        )
        return Acknowledged(asked=self.asked, granted=self.granted)

    def _updated(self, untrusted_uri: Json) -> ResourceUpdated | None:
        if not isinstance(untrusted_uri, str) or self.granted is None:
            return None
        if untrusted_uri in self.granted.resources:
            return ResourceUpdated(resource=untrusted_uri, told=untrusted_uri)
        for resource in sorted(self.granted.resources):
            if related(untrusted_uri, resource):
                return ResourceUpdated(resource=resource, told=untrusted_uri)
        return None


def subscription_of(params: JsonObject) -> int | None:
    """The subscription a message belongs to, if it names one of ours."""
    number = object_or_empty(params.get("_meta")).get(META_SUBSCRIPTION)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def words(missing: Filter) -> str:
    """What a server does not tell, for a person."""
    lists = [f"its list of {kind}" for kind in sorted(missing.lists)]
    count = len(missing.resources)
    templates = [f"{count} template{'s' if count > 1 else ''}"] if count else []
    return " and ".join([*lists, *templates])


def _offers(capabilities: JsonObject, kind: str, what: str) -> bool:
    return object_or_empty(capabilities.get(kind)).get(what) is True
