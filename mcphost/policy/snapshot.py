"""What one View may do, frozen: every synchronous engine hook reads a `PolicySnapshot`.

Law: (1) effective = declared ∩ granted; a declaration alone gives nothing; (2) a snapshot is
immutable and replaced whole; (3) a ruling names its rule. Pure; built on the loop thread by
`views`, read on the main thread by `ui.sandbox`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.template import DeclaredUi
from mcphost.policy.csp import AppOrigin, StyleNonce, app_policy, frame_policy, host_policy
from mcphost.policy.origins import OriginPattern, parse_domain
from mcphost.policy.permissions import GRANTABLE, frame_allow, permissions_policy

APP_SCHEME = "mcpapp"
HOST_SCHEME = "mcphost"
SANDBOX = "allow-scripts allow-same-origin allow-forms"
"""`allow-same-origin` is safe because the parent's origin differs, and many Apps need storage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What the person gave one App. The default is nothing.

    Domains are spelled as `OriginPattern.serialise` spells them. *permissions* are those that the
    App may ask for while it runs: each is granted by a person, to one View. What follows them has
    no declaration in the Apps extension: named grants of this host.
    """

    connect_domains: tuple[str, ...] = ()
    resource_domains: tuple[str, ...] = ()
    frame_domains: tuple[str, ...] = ()
    base_uri_domains: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    evaluation: bool = False
    wasm: bool = False
    made_scripts: bool = False
    webgl: bool = False
    sound: bool = False


def grants_from(given: Iterable[AppGrant], *, askable: tuple[str, ...] = ()) -> Grants:
    """*given* as a snapshot takes them; *askable* are the permissions that may be asked for."""
    held = tuple(given)

    def hosts(kind: AppGrantKind) -> tuple[str, ...]:
        return tuple(grant.host for grant in held if grant.kind is kind)

    kinds = {grant.kind for grant in held}
    return Grants(
        connect_domains=hosts(AppGrantKind.CONNECT),
        resource_domains=hosts(AppGrantKind.RESOURCE),
        frame_domains=hosts(AppGrantKind.FRAME),
        base_uri_domains=hosts(AppGrantKind.BASE_URI),
        permissions=askable,
        evaluation=AppGrantKind.EVAL in kinds,
        wasm=AppGrantKind.WASM in kinds,
        made_scripts=AppGrantKind.MADE_SCRIPTS in kinds,
        webgl=AppGrantKind.WEBGL in kinds,
        sound=AppGrantKind.SOUND in kinds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Answer of a synchronous hook. *rule* names what decided."""

    allowed: bool
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySnapshot:
    """Everything the sandbox needs to know of a View's rights."""

    app_host: str
    host_nonce: str
    app_csp: str
    host_csp: str
    permissions_policy: str
    """Of the host page, which hands on what may be asked for."""
    app_permissions_policy: str
    """Of the App's document, which hands nothing on."""
    allow: str
    sandbox: str
    granted: tuple[OriginPattern, ...]
    """Origins any request may go to; CSP says for which purpose."""
    frames: tuple[OriginPattern, ...]
    """The subset that may be loaded into a frame."""
    askable: frozenset[str] = frozenset()
    """Permissions that the App may ask for; every other one is refused without a question."""
    approved: DeclaredUi = field(default_factory=DeclaredUi)
    """Of what was declared, what is in force here: the App is told."""
    webgl: bool = False
    sound: bool = False

    @property
    def app_url(self) -> str:
        """Where the View's document is served."""
        return f"{APP_SCHEME}://{self.app_host}/"

    @property
    def app_origin(self) -> str:
        """The View's web origin."""
        return f"{APP_SCHEME}://{self.app_host}"

    @property
    def host_url(self) -> str:
        """Where the host page of the View is served."""
        return f"{HOST_SCHEME}://{self.host_nonce}/"

    @property
    def frame_csp(self) -> str:
        """The policy that lets a page show this View's document in a frame, and no other."""
        return frame_policy(AppOrigin(host=self.app_host)).serialise()

    def on_host_page(self, nonce: str) -> PolicySnapshot:
        """The same rights under the host page *nonce*, which is loaded already."""
        style = StyleNonce(value=nonce)
        csp = host_policy(app=AppOrigin(host=self.app_host), style=style).serialise()
        return replace(self, host_nonce=nonce, host_csp=csp)

    def app_headers(self) -> tuple[tuple[str, str], ...]:
        """Response headers of the View's document."""
        return (
            ("Content-Security-Policy", self.app_csp),
            ("Permissions-Policy", self.app_permissions_policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            *_COMMON_HEADERS,
        )

    def host_headers(self) -> tuple[tuple[str, str], ...]:
        """Response headers of the host page."""
        return (
            ("Content-Security-Policy", self.host_csp),
            ("Permissions-Policy", self.permissions_policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            *_COMMON_HEADERS,
        )

    def decide_request(
        self, *, scheme: str, host: str, port: int, main_frame: bool = False
    ) -> Ruling:
        """Whether a request may leave the engine. *main_frame*: it is the top document."""
        match scheme:
            case "data" | "blob":
                return Ruling(allowed=not main_frame, rule="inline-data")
            case "mcphost":
                ours = main_frame and host == self.host_nonce
                return Ruling(allowed=ours, rule="host-page")
            case "mcpapp":
                ours = not main_frame and host == self.app_host
                return Ruling(allowed=ours, rule="own-document")
            case _:
                return _first_match(self.granted, scheme, host, port, rule="granted-origin")

    def reaches(self, host: str, port: int) -> bool:
        """Whether any request of this View may go to *host* at *port*: all that a proxy can see."""
        return any(pattern.matches(pattern.scheme, host, port) for pattern in self.granted)

    def decide_navigation(
        self, *, scheme: str, host: str, port: int, path: str, main_frame: bool
    ) -> Ruling:
        """Whether a frame may go to an address."""
        at_root = path in {"", "/"}
        if main_frame:
            ours = scheme == HOST_SCHEME and host == self.host_nonce and at_root
            return Ruling(allowed=ours, rule="main-frame-stays")
        match scheme:
            case "mcpapp":
                return Ruling(allowed=host == self.app_host and at_root, rule="own-document")
            case "about":
                return Ruling(allowed=path in {"blank", "srcdoc"}, rule="empty-frame")
            case _:
                return _first_match(self.frames, scheme, host, port, rule="granted-frame")


_COMMON_HEADERS = (
    ("Referrer-Policy", "no-referrer"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Cache-Control", "no-store"),
)


def build_snapshot(
    declared: DeclaredUi, granted: Grants, app_host: str, *, host_nonce: str
) -> PolicySnapshot:
    """The rights of one View. *host_nonce*: lower-case hexadecimal digits, fresh for each View
    or, where it keeps what it stores, for each grant of that.

    Raises `ValueError` when *app_host* or *host_nonce* has another form.
    """
    connect = _effective(declared.connect_domains, granted.connect_domains, websocket=True)
    resource = _effective(declared.resource_domains, granted.resource_domains)
    frame = _effective(declared.frame_domains, granted.frame_domains)
    base_uri = _effective(declared.base_uri_domains, granted.base_uri_domains)
    allowed = frozenset(declared.permissions) & frozenset(granted.permissions) & {*GRANTABLE}
    app, style = AppOrigin(host=app_host), StyleNonce(value=host_nonce)
    app_csp = app_policy(
        connect=connect,
        resource=resource,
        frame=frame,
        base_uri=base_uri,
        evaluation=granted.evaluation,
        wasm=granted.wasm,
        made_scripts=granted.made_scripts,
    )
    return PolicySnapshot(
        app_host=app_host,
        host_nonce=host_nonce,
        app_csp=app_csp.serialise(),
        host_csp=host_policy(app=app, style=style).serialise(),
        permissions_policy=permissions_policy(allowed),
        app_permissions_policy=permissions_policy(allowed, own=True),
        allow=frame_allow(allowed),
        sandbox=SANDBOX,
        granted=tuple(dict.fromkeys((*connect, *resource, *frame))),
        frames=frame,
        askable=allowed,
        approved=DeclaredUi(
            connect_domains=_texts(connect),
            resource_domains=_texts(resource),
            frame_domains=_texts(frame),
            base_uri_domains=_texts(base_uri),
            permissions=tuple(name for name in GRANTABLE if name in allowed),
        ),
        webgl=granted.webgl,
        sound=granted.sound,
    )


def vacant_snapshot(app_host: str, *, host_nonce: str) -> PolicySnapshot:
    """The rights in a frame that has no App yet: none. *app_host* is nobody's name.

    Raises `ValueError` as `build_snapshot` does.
    """
    none = build_snapshot(DeclaredUi(), Grants(), app_host, host_nonce=host_nonce)
    csp = host_policy(app=None, style=StyleNonce(value=host_nonce)).serialise()
    return replace(none, host_csp=csp)


def _effective(
    declared: tuple[str, ...], granted: tuple[str, ...], *, websocket: bool = False
) -> tuple[OriginPattern, ...]:
    """Declared and granted, in declared order; what does not parse is not effective."""
    kept: list[OriginPattern] = []
    for text in declared:
        if text not in granted:
            continue
        try:
            kept.append(parse_domain(text, websocket=websocket))
        except ValueError:
            continue
    return tuple(kept)


def _texts(patterns: tuple[OriginPattern, ...]) -> tuple[str, ...]:
    return tuple(pattern.serialise() for pattern in patterns)


def _first_match(
    patterns: tuple[OriginPattern, ...], scheme: str, host: str, port: int, *, rule: str
) -> Ruling:
    if any(pattern.matches(scheme, host, port) for pattern in patterns):
        return Ruling(allowed=True, rule=rule)
    return Ruling(allowed=False, rule="nobody-granted-it")
