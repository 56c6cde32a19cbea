"""What one App may be given beyond the sandbox: a closed list of named grants.

Law: (1) nothing an App needs is given under another name, and all is off by default; (2) a grant
belongs to one template on its pin, so a changed server or template has none; (3) what reaches the
person's senses or clipboard lives for one View only. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcphost.domain.ids import ConversationId, ItemId, ViewId
from mcphost.domain.json import canonical_digest
from mcphost.domain.template import DeclaredUi, TemplatePin


class AppGrantKind(StrEnum):
    """Everything that can be granted to an App. Those with a host name one declared origin."""

    CONNECT = "connect"
    RESOURCE = "resource"
    FRAME = "frame"
    BASE_URI = "base-uri"
    CAMERA = "camera"
    MICROPHONE = "microphone"
    GEOLOCATION = "geolocation"
    CLIPBOARD_WRITE = "clipboard-write"
    SOUND = "sound"
    WEBGL = "webgl"
    EVAL = "unsafe-eval"
    WASM = "wasm-unsafe-eval"
    MADE_SCRIPTS = "made-scripts"
    STORAGE = "storage"


OF_HOSTS: Final = frozenset(
    {AppGrantKind.CONNECT, AppGrantKind.RESOURCE, AppGrantKind.FRAME, AppGrantKind.BASE_URI}
)
OF_ONE_VIEW: Final = frozenset(
    {
        AppGrantKind.CAMERA,
        AppGrantKind.MICROPHONE,
        AppGrantKind.GEOLOCATION,
        AppGrantKind.CLIPBOARD_WRITE,
    }
)
"""What ends with the View it was given to."""
UNDECLARED: Final = (
    AppGrantKind.SOUND,
    AppGrantKind.WEBGL,
    AppGrantKind.EVAL,
    AppGrantKind.WASM,
    AppGrantKind.MADE_SCRIPTS,
    AppGrantKind.STORAGE,
)
"""What the Apps extension has no declaration for: a template cannot ask for it beforehand."""


KEPT_BYTES: Final = 64 << 20
"""What an App may keep on the disk; one that keeps more is ended."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AppGrant:
    """One grant. *host* is spelled as `OriginPattern.serialise` spells it."""

    kind: AppGrantKind
    host: str = ""

    def __post_init__(self) -> None:
        if bool(self.host) != (self.kind in OF_HOSTS):
            raise ValueError(
                f"a grant of {self.kind} {'needs a' if not self.host else 'has no'} host"
            )

    @property
    def name(self) -> str:
        """`webgl`, or `connect https://api.example.com`: the name in rules, rows and options."""
        return f"{self.kind} {self.host}".strip()

    @property
    def lasting(self) -> bool:
        """Whether it is kept with the template's approval; otherwise it ends with its View."""
        return self.kind not in OF_ONE_VIEW

    @property
    def words(self) -> str:
        """What the App could do, for a person: `use WebGL (3-D drawing)`."""
        return _WORDS[self.kind].format(host=self.host)

    @property
    def meaning(self) -> str:
        """What that means for the person, in one or two sentences."""
        return _MEANINGS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGrantCase:
    """A grant that is asked for, and what the host knows of it."""

    grant: AppGrant
    pin: TemplatePin
    declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGrantLine:
    """One grant that a template may have, as the review shows it."""

    grant: AppGrant
    given: bool = False
    given_at: float | None = None
    """Unix seconds."""
    given_by: str = ""
    live: int = 0
    """Views in which it is effective now."""
    kept_bytes: int | None = None
    """What lies on the disk for it; None of a grant that keeps nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGrant:
    """A live View was stopped for want of *grant*: the host saw it at one of its own guards."""

    view: ViewId
    conversation: ConversationId
    item: ItemId
    grant: AppGrant


def parse_grant(text: str) -> AppGrant:
    """The grant called *text*. Raises `ValueError` naming the known ones."""
    kind, _, host = text.strip().partition(" ")
    try:
        return AppGrant(kind=AppGrantKind(kind), host=host.strip())
    except ValueError as error:
        known = ", ".join(f"{k} HOST" if k in OF_HOSTS else k for k in AppGrantKind)
        raise ValueError(f"“{text}” is no grant; there are: {known}") from error


def grantable(declared: DeclaredUi) -> tuple[AppGrant, ...]:
    """What a template with *declared* can be given: what it declares, and what nobody can."""
    hosts = (
        (AppGrantKind.CONNECT, declared.connect_domains),
        (AppGrantKind.RESOURCE, declared.resource_domains),
        (AppGrantKind.FRAME, declared.frame_domains),
        (AppGrantKind.BASE_URI, declared.base_uri_domains),
    )
    return (
        *(AppGrant(kind=kind, host=host) for kind, domains in hosts for host in domains),
        *(AppGrant(kind=AppGrantKind(name)) for name in declared.permissions),
        *(AppGrant(kind=kind) for kind in UNDECLARED),
    )


def app_grant_id(pin: TemplatePin, grant: AppGrant) -> str:
    """A short name of *grant* to the Apps on *pin*, by which a command takes it back."""
    whole = [pin.server_identity, pin.uri, pin.content, pin.meta, grant.name]
    return f"app-{canonical_digest(whole)[:16]}"


def named(grants: Iterable[AppGrant]) -> str:
    """The names of *grants*, in a fixed order, for rows and reports."""
    return ", ".join(sorted(grant.name for grant in grants))


_WORDS: Final = {
    AppGrantKind.CONNECT: "connect to {host}",
    AppGrantKind.RESOURCE: "load scripts, styles, pictures, fonts and media from {host}",
    AppGrantKind.FRAME: "show a page of {host} inside itself",
    AppGrantKind.BASE_URI: "resolve its addresses against {host}",
    AppGrantKind.CAMERA: "use the camera",
    AppGrantKind.MICROPHONE: "use the microphone",
    AppGrantKind.GEOLOCATION: "learn where this computer is",
    AppGrantKind.CLIPBOARD_WRITE: "write to the clipboard",
    AppGrantKind.SOUND: "play sound",
    AppGrantKind.WEBGL: "use WebGL (3-D drawing)",
    AppGrantKind.EVAL: "run code that it makes from text",
    AppGrantKind.WASM: "run WebAssembly",
    AppGrantKind.MADE_SCRIPTS: "load scripts from addresses that it makes itself (data: and blob:)",
    AppGrantKind.STORAGE: "keep what it stores across restarts",
}
_SENT = "Everything the App knows can be sent there, also what tools of its server have told it."
_MEANINGS: Final = {
    AppGrantKind.CONNECT: _SENT,
    AppGrantKind.RESOURCE: (
        f"{_SENT} What it loads from there may be a program, which nobody has reviewed."
    ),
    AppGrantKind.FRAME: (
        f"{_SENT} The page runs in a frame of its own: it cannot speak to this program and gets "
        "no permission."
    ),
    AppGrantKind.BASE_URI: "Nothing is loaded by it alone.",
    AppGrantKind.CAMERA: "The App sees what the camera sees until it is closed.",
    AppGrantKind.MICROPHONE: "The App hears what the microphone hears until it is closed.",
    AppGrantKind.GEOLOCATION: "The App learns the position of this computer until it is closed.",
    AppGrantKind.CLIPBOARD_WRITE: (
        "What you paste afterwards may be its text. It cannot read the clipboard."
    ),
    AppGrantKind.SOUND: "You hear what it plays.",
    AppGrantKind.WEBGL: (
        "Its drawing runs in a large piece of software inside this program, outside of the "
        "sandbox. It is drawn by the processor, and mcphost must be started again before it works; "
        "while it is on, other Apps can find a way to it too."
    ),
    AppGrantKind.EVAL: (
        "Text that it gets from its server can become a program that nobody has reviewed. The "
        "sandbox holds it as before."
    ),
    AppGrantKind.WASM: (
        "It runs compiled code that nobody can read in review. The sandbox holds it as before."
    ),
    AppGrantKind.MADE_SCRIPTS: (
        "A program can lie packed in its page, where a review does not show it as one, or be made "
        "of what its server sends. The sandbox holds it as before."
    ),
    AppGrantKind.STORAGE: (
        f"What it stores stays on this computer, unencrypted, at most {KEPT_BYTES >> 20} MB, so it "
        "can recognise you and this computer later. No other App sees it. One open App has it at a "
        "time; a second one starts empty, and so does a changed template. Taking this back deletes "
        "it."
    ),
}
