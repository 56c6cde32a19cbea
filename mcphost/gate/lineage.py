"""Step 2: what began the chain. Host code set it; here it is only held to its own rules, and
inherited.

Law: a View acts under its own id and for its own server, an `app-timer` chain belongs to a View,
and a child action has exactly the principal, root and invocation of its parent.
"""

from __future__ import annotations

from dataclasses import replace

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import HostBugError
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Root
from mcphost.domain.principal import PrincipalKind


def lineage(action: Action) -> None:
    """Raise `HostBugError` for a chain that cannot exist."""
    principal = action.principal
    if principal.kind is PrincipalKind.VIEW:
        if action.view is None or principal.ident != action.view or principal.server is None:
            raise HostBugError("a View must act under its own id and its own server")
    elif action.lineage.root is Root.APP_TIMER:
        raise HostBugError("only a View's chain can begin with a timer")


def inherit(parent: Action, kind: ActionKind, method: str, params: JsonObject) -> Action:
    """A child of *parent*: same principal, root, invocation, server, View and conversation."""
    return replace(parent, kind=kind, method=method, params=params)
