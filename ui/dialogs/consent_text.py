"""What a consent dialog says, as one value: drawn by the dialog, hashed into the answer.

Law: pure. Every word the dialog draws about the request is in here, in reading order, so that
`presented` can be computed again from the recorded request and `RENDERER`. Values are never cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from mcphost.domain.consent import ConsentFact, ConsentMatter, ConsentRequest, FormField
from mcphost.domain.decision import Tier
from mcphost.domain.grant import GrantOffer
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.text import visible
from ui.widgets.schema_filling import filled

RENDERER = "mcphost consent 9"
"""Changes whenever the words or their order change."""

NEW = "new"
"""How what was not asked for before is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is said of one matter. *title* None: what the tier says. *yes* None: Allow once, and
    whatever else is offered.
    """

    title: str | None = None
    exactly: str
    goes_to: str = "Goes to"
    yes: str | None = None
    says: str = "What the server says about this"


_APP = "An App would get more than its sandbox allows"
_SENT = "Exactly this will be sent"
_AGREED = "Exactly this is agreed to"
_WORDS: Mapping[ConsentMatter, _Words] = {
    ConsentMatter.SERVER: _Words(exactly=_SENT),
    ConsentMatter.APP: _Words(
        exactly="Exactly this will be given to the App", says="What the App says about this"
    ),
    ConsentMatter.MODEL: _Words(exactly=_SENT),
    ConsentMatter.LAUNCH: _Words(
        title="A program wants to run on this computer",
        exactly="Exactly this will be started",
        goes_to="It becomes the server",
        yes="Run it, and remember this command",
    ),
    ConsentMatter.LINK: _Words(
        title="A page would open in your browser",
        exactly="Exactly this will be opened",
        goes_to="The whole address, and in bold the site it belongs to",
        yes="Open it in my browser",
    ),
    ConsentMatter.DOWNLOAD: _Words(
        title="A file would be saved on this computer",
        exactly="Exactly this will be saved",
        goes_to="It is saved on",
        yes="Save it",
    ),
    ConsentMatter.SIGN_IN: _Words(
        title="A server wants you to sign in", exactly=_AGREED, yes="Sign in in my browser"
    ),
    ConsentMatter.APP_GRANT: _Words(title=_APP, exactly=_AGREED, yes="Allow until I take it back"),
    ConsentMatter.VIEW_GRANT: _Words(
        title=_APP, exactly=_AGREED, yes="Allow until this App is closed"
    ),
}
_CALM = frozenset({ConsentMatter.LINK, ConsentMatter.DOWNLOAD})
"""Whose titles stand only where the tier does not ask for more."""
INSTEAD = "What you want to be sent instead"
SERVERS_WORDS = "The names and descriptions of these fields are the server's own words."


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One yes that may be given. *words* say all that it covers, *button* how long it lasts."""

    offer: GrantOffer | None
    button: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """The texts of one dialog. *readable* and *exact* are two views of the same bytes."""

    title: str
    who: str
    verb: str
    subject: str
    readable: str
    exact: str
    fingerprint: str
    server: str
    destination: str
    reason: str
    rules: str
    reversible: str
    server_text: str
    detail: str
    repeated: str
    again: str
    deadline: str
    warnings: tuple[str, ...]
    cautions: tuple[str, ...]
    facts: tuple[ConsentFact, ...]
    flow: tuple[ConsentFact, ...]
    differing: tuple[ConsentFact, ...]
    exactly: str
    goes_to: str
    says: str
    """Whose words *server_text* are."""
    deny: str
    allow: tuple[Permission, ...]
    fields: tuple[FormField, ...]
    """What the form for changing the arguments has; empty where there is none."""

    @property
    def parts(self) -> dict[str, Digest]:
        """The digest of each part, in reading order: what the record keeps instead of the words,
        some of which a log must not hold.
        """
        facts = json.dumps([_said(fact) for fact in self.facts], ensure_ascii=True)
        words = {
            "title": self.title,
            "who": self.who,
            "verb": self.verb,
            "subject": self.subject,
            "readable": self.readable,
            "exact": self.exact,
            "fingerprint": self.fingerprint,
            "server": self.server,
            "destination": self.destination,
            "reason": self.reason,
            "rules": self.rules,
            "reversible": self.reversible,
            "server_text": self.server_text,
            "detail": self.detail,
            "repeated": self.repeated,
            "again": self.again,
            "deadline": self.deadline,
            "deny": self.deny,
            "allow": json.dumps([[one.button, one.words] for one in self.allow], ensure_ascii=True),
            "exactly": self.exactly,
            "goes_to": self.goes_to,
            "says": self.says,
            "warnings": json.dumps(self.warnings, ensure_ascii=True),
            "cautions": json.dumps(self.cautions, ensure_ascii=True),
            "differing": json.dumps([_said(fact) for fact in self.differing], ensure_ascii=True),
            "facts": facts,
            "flow": json.dumps([_said(fact) for fact in self.flow], ensure_ascii=True),
            "form": _form(self.fields),
        }
        return {name: digest(text.encode()) for name, text in words.items()}

    @property
    def presented(self) -> Digest:
        """Digest of all of it."""
        return presented_digest(RENDERER, self.parts)


def presented_digest(renderer: str, parts: Mapping[str, str]) -> Digest:
    """What `presented` is over: the name and version of the renderer, then each part's digest."""
    shown = [renderer, *([name, part] for name, part in parts.items())]
    return digest(json.dumps(shown, ensure_ascii=True).encode())


def bytes_parts(canonical: bytes) -> dict[str, Digest]:
    """The parts that follow from the bytes alone, to compare a record with stored arguments."""
    words = {
        "readable": _readable(canonical),
        "exact": _exact(canonical),
        "fingerprint": f"SHA-256 {digest(canonical)}",
    }
    return {name: digest(text.encode()) for name, text in words.items()}


def form_part(schema: JsonObject, arguments: JsonObject) -> Digest:
    """The part `form`, from the schema of the tool and the stored arguments."""
    return digest(_form(_fields(schema, arguments)).encode())


def host_parts(asked: JsonObject) -> dict[str, Digest]:
    """The parts that follow from the row of the question."""
    again = str(asked["again"])
    words = {
        "who": _whole(str(asked["who"])),
        "verb": _whole(str(asked["verb"])),
        "subject": _whole(str(asked["subject"])),
        "reason": _sentence(str(asked["reason"])),
        "reversible": _reversible(str(asked["reversible"])),
        "again": _sentence(again) if again else "",
    }
    return {name: digest(text.encode()) for name, text in words.items()}


def consent_text(request: ConsentRequest) -> ConsentText:
    """The words for *request*."""
    return ConsentText(
        title=_heading(request),
        who=_whole(request.who),
        verb=_whole(request.verb),
        subject=_whole(request.subject),
        readable=_readable(request.canonical),
        exact=_exact(request.canonical),
        fingerprint=f"SHA-256 {request.digest}",
        server=_whole(request.server_title),
        destination=_whole(request.destination),
        reason=_sentence(request.reason),
        rules=_rules(request.rules),
        reversible=_reversible(request.reversible),
        server_text=_whole(request.server_text),
        detail=_whole(request.detail),
        repeated=_repeated(request.repeated),
        again=_sentence(request.again) if request.again else "",
        deadline=_deadline(request.deadline),
        warnings=tuple(_whole(warning) for warning in request.warnings),
        cautions=tuple(_whole(caution) for caution in request.cautions),
        facts=tuple(_fact(fact) for fact in request.facts),
        flow=tuple(_fact(fact) for fact in request.flow),
        differing=() if request.differing is None else (_fact(request.differing),),
        exactly=_WORDS[request.matter].exactly,
        goes_to=_WORDS[request.matter].goes_to,
        says=_WORDS[request.matter].says,
        deny="Deny",
        allow=_allow(request),
        fields=_fields(request.schema, arguments_of(request)) if request.schema else (),
    )


def arguments_of(request: ConsentRequest) -> JsonObject:
    """Those in the bytes that are shown, and in nothing else."""
    if request.schema is None:
        return {}
    asked = json.loads(request.canonical)
    arguments = asked["params"].get("arguments", {})
    return cast("JsonObject", arguments) if isinstance(arguments, Mapping) else {}


def _fields(schema: JsonObject, arguments: JsonObject) -> tuple[FormField, ...]:
    return tuple(item.field for item in filled(schema, arguments) or ())


def _form(fields: Sequence[FormField]) -> str:
    """All that the form says beside what is typed into it."""
    if not fields:
        return ""
    said = [{**asdict(each), "default": None} for each in fields]
    return json.dumps([INSTEAD, SERVERS_WORDS, said], ensure_ascii=True)


def _heading(request: ConsentRequest) -> str:
    own = _WORDS[request.matter].title
    if own is None or (request.matter in _CALM and request.tier >= Tier.EVERY_TIME):
        return _title(request.tier)
    return own


def _fact(fact: ConsentFact) -> ConsentFact:
    return ConsentFact(
        caption=_whole(fact.caption),
        text=_whole(fact.text),
        exact=_whole(fact.exact),
        items=tuple((_whole(item), new) for item, new in fact.items),
    )


def _said(fact: ConsentFact) -> tuple[str, ...]:
    items = (f"{item} ({NEW})" if new else item for item, new in fact.items)
    return (fact.caption, fact.text, fact.exact, *items)


def _allow(request: ConsentRequest) -> tuple[Permission, ...]:
    if (yes := _WORDS[request.matter].yes) is not None:
        return (Permission(offer=None, button=yes, words=""),)
    if request.requests:
        each = f"Allow each of these {len(request.requests)} once"
        return (Permission(offer=None, button=each, words=""),)
    once = Permission(offer=None, button="Allow once", words="Only this once")
    return (once, *(_permission(offer) for offer in request.offers))


def _permission(offer: GrantOffer) -> Permission:
    words = _whole(offer.words)
    return Permission(
        offer=offer,
        button=f"Allow {words.partition(',')[0]}",
        words=words[:1].upper() + words[1:],
    )


def _title(tier: Tier) -> str:
    if tier >= Tier.EVERY_TIME:
        return "Read this closely: it needs your decision every time"
    return "This needs your decision"


def _rules(rules: tuple[str, ...]) -> str:
    named = ", ".join(_whole(rule) for rule in rules)
    return f"Policy rule: {named}" if named else ""


def _repeated(arguments: tuple[str, ...]) -> str:
    if not arguments:
        return ""
    named = "\n".join(_whole(argument) for argument in arguments)
    return f"These travel a second time, where proxies and their logs may read them:\n{named}"


def _sentence(text: str) -> str:
    whole = _whole(text)
    return whole[:1].upper() + whole[1:] + ("" if whole.endswith((".", "!", "?")) else ".")


def _whole(text: str) -> str:
    return visible(text, limit=max(len(text), 1))


def _exact(canonical: bytes) -> str:
    return _whole(canonical.decode("utf-8", "backslashreplace"))


def _readable(canonical: bytes) -> str:
    try:
        parsed: object = json.loads(canonical)
    except (ValueError, RecursionError):
        return _exact(canonical)  # not JSON: the bytes themselves are the only honest view
    return _whole(json.dumps(parsed, indent=2, ensure_ascii=False))


def _reversible(word: str) -> str:
    match word:
        case "yes":
            return "Yes, this can be undone."
        case "no":
            return "No, this cannot be undone."
        case "unknown" | "":
            return "Unknown. Treat it as something that cannot be undone."
        case _:
            return _whole(word)


def _deadline(seconds: float) -> str:
    whole = max(round(seconds), 1)
    if whole < 120:
        return f"No answer within {whole} seconds counts as no."
    return f"No answer within {whole // 60} minutes counts as no."
