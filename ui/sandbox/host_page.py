"""The document of the main frame: ours, without a script, with one empty sandboxed frame.

The relay gives the frame its address once the renderer's sandbox has been checked. Pure.
"""

from __future__ import annotations

from html import escape
from string import Template

from mcphost.assets import asset_text
from mcphost.policy.snapshot import PolicySnapshot
from ui.sandbox.theme import Theme


def host_page(snapshot: PolicySnapshot, *, title: str, theme: Theme) -> bytes:
    """The host page of one View. Its colour scheme is the theme's, so that an App that follows
    the theme is drawn on a transparent frame.
    """
    page = Template(asset_text("sandbox/host.html")).substitute(
        nonce=snapshot.host_nonce,
        scheme=theme.scheme,
        background=theme.background,
        sandbox=escape(snapshot.sandbox, quote=True),
        allow=escape(snapshot.allow, quote=True),
        title=escape(title, quote=True),
    )
    return page.encode()
