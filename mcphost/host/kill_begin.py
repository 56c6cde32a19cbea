"""The kill switch of one run, as it was left, with its watch and its file. Loop thread; called once
by `host.compose`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from mcphost.domain.ports import AuditSink
from mcphost.host.kill import KillDesk, Reach
from mcphost.host.kill_watch import KillWatch
from mcphost.host.settings import HostSettings
from mcphost.storage.kill_flags import KillFlags
from mcphost.storage.running import RunningFile


def begin_kill(
    settings: HostSettings, reach: Reach, audit: AuditSink, stack: AsyncExitStack
) -> KillDesk:
    """Make the desk; what was stopped before is stopped when this returns."""
    flags = KillFlags(settings.paths.kill)
    here = RunningFile(settings.paths.running)
    stack.callback(here.close)
    trees = reach.pool.trees
    trees.on_change = lambda: here.tell_groups({g: str(k) for g, k in trees.all().items()})
    desk = KillDesk(
        flags,
        reach,
        audit=audit,
        events=settings.events,
        spawn=settings.runtime.spawn,
        running=here,
        post=settings.runtime.post,
    )
    desk.begin()
    watch = KillWatch(flags, desk.seen, known=flags.read())
    watch.start()
    stack.callback(watch.stop)
    return desk
