"""Content-Security-Policy as value types, and the two policies this host sends.

Law: header text is serialised from `OriginPattern`s and closed enums; no string that a server
wrote is ever joined into it. Everything is lower case, because the engine lower-cases the values
of response headers that a scheme handler sets. Pure; called by `policy.snapshot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mcphost.policy.origins import OriginPattern

_HEX = re.compile(r"[0-9a-f]{16,64}")


class Keyword(StrEnum):
    """Source expressions that are not origins."""

    NONE = "'none'"
    SELF = "'self'"
    UNSAFE_INLINE = "'unsafe-inline'"
    EVAL = "'unsafe-eval'"
    WASM = "'wasm-unsafe-eval'"
    DATA = "data:"
    BLOB = "blob:"
    APPS = "mcpapp:"
    """Every App: said of a host page that has none yet, and narrowed when it gets one."""
    SAMPLE = "'report-sample'"
    """Allows nothing: it has the engine say which code it stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleNonce:
    """A nonce in lower-case hexadecimal: any other alphabet would not survive the engine."""

    value: str

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.value):
            raise ValueError("a nonce is 16 to 64 lower-case hexadecimal digits")

    def serialise(self) -> str:
        """As a CSP source."""
        return f"'nonce-{self.value}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOrigin:
    """The View origin of one server."""

    host: str

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.host):
            raise ValueError("a View host is 16 to 64 lower-case hexadecimal digits")

    def serialise(self) -> str:
        """As a CSP source and as a web origin."""
        return f"mcpapp://{self.host}"


Source: TypeAlias = Keyword | StyleNonce | AppOrigin | OriginPattern


class DirectiveName(StrEnum):
    """The directives this host uses."""

    DEFAULT = "default-src"
    SCRIPT = "script-src"
    STYLE = "style-src"
    IMG = "img-src"
    FONT = "font-src"
    MEDIA = "media-src"
    CONNECT = "connect-src"
    WORKER = "worker-src"
    FRAME = "frame-src"
    OBJECT = "object-src"
    MANIFEST = "manifest-src"
    BASE_URI = "base-uri"
    FORM_ACTION = "form-action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One directive. No sources means `'none'`."""

    name: DirectiveName
    sources: tuple[Source, ...] = ()

    def serialise(self) -> str:
        """`name source source…`."""
        texts = [_source_text(source) for source in self.sources] or [Keyword.NONE.value]
        return " ".join([self.name.value, *texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSecurityPolicy:
    """A whole policy."""

    directives: tuple[Directive, ...]

    def serialise(self) -> str:
        """The header value."""
        return "; ".join(directive.serialise() for directive in self.directives)


def app_policy(
    *,
    connect: tuple[OriginPattern, ...] = (),
    resource: tuple[OriginPattern, ...] = (),
    frame: tuple[OriginPattern, ...] = (),
    base_uri: tuple[OriginPattern, ...] = (),
    evaluation: bool = False,
    wasm: bool = False,
    made_scripts: bool = False,
) -> ContentSecurityPolicy:
    """The policy of an App's document: its own inline code, and the granted origins. *evaluation*,
    *wasm* and *made_scripts* are named grants: code made from text, WebAssembly, and scripts and
    workers from addresses that hold their own content.
    """
    name, word = DirectiveName, Keyword
    script: tuple[Source, ...] = (word.SELF, word.UNSAFE_INLINE, word.SAMPLE)
    if evaluation:
        script = (*script, word.EVAL)
    if wasm:
        script = (*script, word.WASM)
    worker: tuple[Source, ...] = (word.SELF, word.BLOB)
    if made_scripts:
        script, worker = (*script, word.DATA, word.BLOB), (*worker, word.DATA)
    passive: tuple[Source, ...] = (word.SELF, word.DATA, word.BLOB, *resource)
    return _policy(
        (name.DEFAULT, ()),
        (name.SCRIPT, (*script, *resource)),
        (name.STYLE, (word.SELF, word.UNSAFE_INLINE, *resource)),
        (name.IMG, passive),
        (name.FONT, (word.SELF, word.DATA, *resource)),
        (name.MEDIA, passive),
        (name.CONNECT, connect),
        (name.WORKER, worker),
        (name.FRAME, frame),
        (name.OBJECT, ()),
        (name.MANIFEST, ()),
        (name.BASE_URI, base_uri or (word.SELF,)),
        (name.FORM_ACTION, ()),
    )


def host_policy(*, app: AppOrigin | None, style: StyleNonce) -> ContentSecurityPolicy:
    """The policy of the host page: no script of its own, one stylesheet, one frame. Without *app*
    it is a page that waits for one: `frame_policy` is added when it has come.
    """
    name = DirectiveName
    return _policy(
        (name.DEFAULT, ()),
        (name.STYLE, (style,)),
        (name.FRAME, (app or Keyword.APPS,)),
        (name.BASE_URI, ()),
        (name.FORM_ACTION, ()),
    )


def frame_policy(app: AppOrigin) -> ContentSecurityPolicy:
    """What narrows a host page that has waited to its App."""
    return _policy((DirectiveName.FRAME, (app,)))


def _policy(*pairs: tuple[DirectiveName, Iterable[Source]]) -> ContentSecurityPolicy:
    directives = tuple(Directive(name=name, sources=tuple(sources)) for name, sources in pairs)
    return ContentSecurityPolicy(directives=directives)


def _source_text(source: Source) -> str:
    return source.value if isinstance(source, Keyword) else source.serialise()
