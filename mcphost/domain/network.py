"""Whom Apps talk to, as the window shows it. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.ids import ServerKey, ViewId


@dataclass(frozen=True, slots=True, kw_only=True)
class Talker:
    """A live App that may reach a host, whether it has or not."""

    view: ViewId
    server: ServerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTalk:
    """One host of this run. *since* is when its oldest open connection began, in Unix seconds; 0
    when none is open. Bytes are those inside the tunnels, from the start of the run.
    """

    host: str
    port: int
    open: int
    since: float
    sent: int
    received: int
    refused: int
    stopped: bool
    """Whether a person stopped it for this run."""
    apps: tuple[Talker, ...] = ()
