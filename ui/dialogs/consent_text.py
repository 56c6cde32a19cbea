"""What a consent dialog says, as one value: drawn by the dialog, hashed into the answer.

Law: pure. Every word the dialog draws about the request is in here, in reading order, so that
`presented` can be computed again from the recorded request and `RENDERER`. Values are never cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from mcphost.domain.action import ActionKind
from mcphost.domain.consent import ConsentFact, ConsentMatter, ConsentRequest, FormField
from mcphost.domain.decision import Tier
from mcphost.domain.grant import GrantOffer
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.text import visible
from ui.widgets.schema_filling import filled

RENDERER = "mcphost consent 8"
"""Changes whenever the words or their order change."""

NEW = "new"
"""How what was not asked for before is marked."""
_APP = "An App would get more than its sandbox allows"
_MATTERS = {
    ConsentMatter.SIGN_IN: ("A server wants you to sign in", "Sign in in my browser"),
    ConsentMatter.APP_GRANT: (_APP, "Allow until I take it back"),
    ConsentMatter.VIEW_GRANT: (_APP, "Allow until this App is closed"),
}
"""Heading and button."""
_STARTING = "A program wants to run on this computer"
_CALMER = {
    ActionKind.OPEN_LINK: "A page would open in your browser",
    ActionKind.DOWNLOAD: "A file would be saved on this computer",
}
"""Titles where the tier alone does not ask for more."""
_AGREED = "Exactly this is agreed to"
_EXACTLY = {
    ActionKind.START_SERVER: "Exactly this will run",
    ActionKind.OPEN_LINK: _AGREED,
    ActionKind.DOWNLOAD: _AGREED,
}
_GOES_TO = {
    ActionKind.START_SERVER: "It becomes the server",
    ActionKind.OPEN_LINK: "The whole address, and in bold the site it belongs to",
    ActionKind.DOWNLOAD: "It is saved in",
}
_YES = {
    ActionKind.START_SERVER: "Run it, and remember this command",
    ActionKind.OPEN_LINK: "Open it in my browser",
    ActionKind.DOWNLOAD: "Save it",
}
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
        exactly=_exactly(request),
        goes_to=_GOES_TO.get(request.kind, "Goes to"),
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
    if request.matter in _MATTERS:
        return _MATTERS[request.matter][0]
    if request.kind is ActionKind.START_SERVER:
        return _STARTING
    calm = _CALMER.get(request.kind) if request.tier < Tier.EVERY_TIME else None
    return calm or _title(request.tier)


def _exactly(request: ConsentRequest) -> str:
    if request.matter in _MATTERS:
        return _AGREED
    return _EXACTLY.get(request.kind, "Exactly this will be sent")


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
    if request.matter in _MATTERS:
        return (Permission(offer=None, button=_MATTERS[request.matter][1], words=""),)
    if request.kind in _YES:
        return (Permission(offer=None, button=_YES[request.kind], words=""),)
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
