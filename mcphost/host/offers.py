"""What a person uses of a server besides tools: prompts, resources, suggestions. Loop thread.

Law: (1) each is an action of its own down the one path, in the name of whoever chose it; (2) the
text typed so far leaves only when suggestions for it are asked for, and those are rationed here;
(3) what comes back is shown before it is used: nothing reaches a conversation or a model by itself.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import ServerError, ServerUnreachable, UserFacingError
from mcphost.domain.ids import InvocationId, ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.offers import (
    Completion,
    OfferList,
    PromptText,
    ResourceContents,
    ResourceTemplate,
    TypedSoFar,
)
from mcphost.domain.principal import Principal
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.policy.bucket import Bucket
from mcphost.protocol import mcp
from mcphost.protocol.completion import completion_params, parse_completion
from mcphost.protocol.prompts import parse_prompt_result
from mcphost.protocol.resources import parse_contents
from mcphost.protocol.uri_template import parse_template
from mcphost.servers.catalog import advertises
from mcphost.servers.connection import Connection
from mcphost.servers.offers import PROMPTS, RESOURCES, TEMPLATES, Offered, list_offers

_T = TypeVar("_T")
_BURST, _PER_SECOND = 10, 5.0
"""Requests for suggestions to one server: a fast typist's, and no more."""
_COMPLETE_SECONDS = 10.0
_APP_SCHEME = "ui:"


class Offers:
    """The offers of all servers; keeps nothing but how often suggestions were asked for."""

    def __init__(
        self,
        *,
        gate: Gate,
        connection: Callable[[ServerKey], Connection | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*connection* is the live one to a server, if there is any."""
        self._gate = gate
        self._connection = connection
        self._clock = clock
        self._asked: defaultdict[ServerKey, Bucket] = defaultdict(
            lambda: Bucket(burst=_BURST, per_second=_PER_SECOND)
        )

    async def all(self, key: ServerKey, actor: Principal, lineage: Lineage) -> OfferList:
        """Everything of *key* that a person may choose; templates of Apps belong to the review."""
        connection = self._connected(key)
        notes: list[str] = []

        async def listed(kind: Offered[_T]) -> tuple[_T, ...]:
            if not advertises(connection, kind.capability):
                return ()
            action = _action(ActionKind.LIST, key, kind.method, {}, actor, lineage)
            try:
                return await self._gate.exchange(
                    action, lambda exchange: list_offers(connection, kind, exchange, notes=notes)
                )
            except ServerError as error:  # one broken list must not hide the others
                notes.append(str(error))
                return ()

        resources = await listed(RESOURCES)
        return OfferList(
            prompts=await listed(PROMPTS),
            resources=tuple(r for r in resources if not r.uri.lower().startswith(_APP_SCHEME)),
            templates=await listed(TEMPLATES),
            completes=advertises(connection, "completions"),
            notes=tuple(notes),
        )

    async def prompt(
        self,
        key: ServerKey,
        name: str,
        arguments: Mapping[str, str],
        actor: Principal,
        lineage: Lineage,
    ) -> PromptText:
        """What the prompt *name* comes to with *arguments*."""
        self._require(key, "prompts")
        params: dict[str, Json] = {"name": name}
        if arguments:
            params["arguments"] = dict(arguments)
        action = _action(ActionKind.PROMPT_GET, key, mcp.PROMPTS_GET, params, actor, lineage)
        return parse_prompt_result(key, name, (await self._gate.perform(action)).result)

    async def read(
        self, key: ServerKey, uri: str, actor: Principal, lineage: Lineage
    ) -> ResourceContents:
        """The contents of *uri*, asked of the server itself; nothing else is ever fetched."""
        self._require(key, "resources")
        if uri.lower().startswith(_APP_SCHEME):
            raise UserFacingError(
                f"{one_line(uri, limit=200)} is the template of an App: look at it under Review. "
                "Nothing was read."
            )
        action = _action(
            ActionKind.RESOURCE_READ, key, mcp.RESOURCES_READ, {"uri": uri}, actor, lineage
        )
        return parse_contents(key, uri, (await self._gate.perform(action)).result)

    async def complete(
        self,
        key: ServerKey,
        typed: TypedSoFar,
        actor: Principal,
        lineage: Lineage,
    ) -> Completion:
        """Suggestions for what is being typed, at most as fast as anybody types."""
        self._require(key, "completions")
        if not self._asked[key].take(self._clock()):
            raise UserFacingError(
                f"{key} was asked for suggestions too often. Wait a moment, or go on without."
            )
        asked = completion_params(typed)
        action = _action(
            ActionKind.COMPLETE, key, mcp.COMPLETE, asked, actor, lineage, _COMPLETE_SECONDS
        )
        return parse_completion((await self._gate.perform(action)).result)

    def _connected(self, key: ServerKey) -> Connection:
        connection = self._connection(key)
        if connection is None:
            raise ServerUnreachable(f"the server {key} is not connected. Connect it and try again.")
        return connection

    def _require(self, key: ServerKey, capability: str) -> None:
        connection = self._connected(key)
        if not advertises(connection, capability):
            raise UserFacingError(
                f"{connection.config.title} does not say that it has {capability}, so it was not "
                "asked. See what it offers."
            )


def address_of(template: ResourceTemplate, values: Mapping[str, str]) -> str:
    """The address of *template* with *values* filled in. Raises `UserFacingError`."""
    missing = [name for name in template.variables if not values.get(name)]
    if len(missing) == len(template.variables) and missing:
        raise UserFacingError(
            f"fill in {', '.join(missing)}: {one_line(template.uri_template)} is no address yet"
        )
    given = {name: value for name, value in values.items() if value}
    return parse_template(template.uri_template).expand(given)


def _action(
    kind: ActionKind,
    key: ServerKey,
    method: str,
    params: JsonObject,
    actor: Principal,
    lineage: Lineage,
    deadline: float = 60.0,
) -> Action:
    return Action(
        kind=kind,
        principal=actor,
        lineage=lineage,
        invocation=InvocationId(secrets.token_hex(8)),
        method=method,
        params=params,
        server=key,
        deadline=deadline,
    )
