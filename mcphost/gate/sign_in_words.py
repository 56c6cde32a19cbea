"""What a person is told before a sign-in: the facts of the plan, and what happens next.

Law: made from the very params that are decided on and from the server's configuration, in the
host's own words; hosts are shown in Unicode and punycode; nothing is cut. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcphost.domain.action import ActionKind
from mcphost.domain.authorization import SignInPlan
from mcphost.domain.consent import ConsentFact
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.links import parse_link
from mcphost.domain.server import ServerConfig, place
from mcphost.domain.text import one_line
from mcphost.gate.walk import Walk

_NEXT = (
    "Your own browser opens there, outside of mcphost, which never sees your password. mcphost "
    "gets a token: it is shown to this server alone, and kept {kept}."
)
_KEPT = {True: "in your keyring", False: "only until mcphost ends"}


def params_of(plan: SignInPlan, *, kept: bool) -> JsonObject:
    """The plan as the params that are decided on; *kept* tells whether a token outlives the
    program.
    """
    return {
        "added": list(plan.added),
        "issuer": plan.issuer,
        "kept": kept,
        "known_as": plan.known_as,
        "page": plan.page,
        "resource": plan.resource,
        "scopes": list(plan.scopes),
    }


def sign_in_facts(walk: Walk) -> tuple[ConsentFact, ...]:
    """The facts of a sign-in; none for any other action."""
    if walk.action.kind is not ActionKind.SIGN_IN or walk.config is None:
        return ()
    params, config = walk.action.params, walk.config
    issuer, resource = _text(params, "issuer"), _text(params, "resource")
    return (
        ConsentFact(caption="Server", text=_named(config), exact=_origin(config)),
        ConsentFact(caption="You sign in at", text=_where(issuer, config), exact=issuer),
        *_page(_text(params, "page"), issuer),
        ConsentFact(caption="This gives access to", exact=resource),
        _scopes(params),
        ConsentFact(caption="How mcphost is known there", text=_sentence(params, "known_as")),
        ConsentFact(
            caption="What happens next", text=_NEXT.format(kept=_KEPT[params.get("kept") is True])
        ),
    )


def sign_in_warnings(walk: Walk) -> tuple[str, ...]:
    """The exceptions that the person made for this server; none for any other action."""
    if walk.action.kind is not ActionKind.SIGN_IN or walk.config is None:
        return ()
    settings, said = walk.config.authorization, list[str]()
    if settings.pkce_unstated:
        said.append(
            "You made an exception for this server: its authorization server need not say that it "
            "supports PKCE, which keeps a stolen code from being used."
        )
    if settings.legacy_endpoints:
        said.append(
            "You made an exception for this server: it may be its own authorization server "
            "without saying so."
        )
    return tuple(said)


def _named(config: ServerConfig) -> str:
    title = one_line(config.title)
    return title if title == config.key else f"{title} (known here as {config.key})"


def _origin(config: ServerConfig) -> str:
    return place(config.endpoint).partition(" ")[0]


def _where(issuer: str, config: ServerConfig) -> str:
    try:
        host, own = parse_link(issuer), parse_link(_origin(config))
    except ValueError:
        return ""
    if host.host == own.host:
        return f"{host.host_shown}, the server's own host"
    return (
        f"{host.host_shown}. This is not the server's own host ({own.host_shown}): go on only if "
        "it is where you have your account."
    )


def _page(page: str, issuer: str) -> tuple[ConsentFact, ...]:
    """The page, where it is not the authorization server's own."""
    try:
        opens, named = parse_link(page or issuer), parse_link(issuer)
    except ValueError:
        return ()
    if opens.host == named.host:
        return ()
    text = f"{opens.host_shown}. The authorization server sends you to this other host."
    return (ConsentFact(caption="The page that opens", text=text, exact=page),)


def _scopes(params: JsonObject) -> ConsentFact:
    scopes, added = _texts(params, "scopes"), set(_texts(params, "added"))
    if not scopes:
        return ConsentFact(
            caption="What it may do",
            text="The server does not say. The page in your browser should.",
        )
    more = added and added != set(scopes)
    if more:  # what is new is what the question is about: it stands where nobody scrolls past it
        scopes = (*(s for s in scopes if s in added), *(s for s in scopes if s not in added))
    return ConsentFact(
        caption="It wants to do more than before" if more else "What it may do",
        text="" if not more else "What is marked was not part of your last sign-in.",
        items=tuple((scope, bool(more) and scope in added) for scope in scopes),
    )


def _sentence(params: JsonObject, name: str) -> str:
    text = _text(params, name)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _text(params: JsonObject, name: str) -> str:
    return one_line(str(params.get(name, "")), limit=8192)


def _texts(params: JsonObject, name: str) -> tuple[str, ...]:
    value: Json = params.get(name)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(one_line(str(one), limit=8192) for one in value)
