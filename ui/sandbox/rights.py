"""What the App of one frame may do, and who that is. All that the guards of a frame decide by.

Law: (1) a frame begins with its App, or vacant: then nothing may be done in it and no App is
served; (2) an App is let in once, and stays for good; (3) it is let in only where the host page
would have been the same without it (`fits`). Main thread; one for each frame.
"""

from __future__ import annotations

import secrets

from mcphost.domain.errors import HostBugError
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import PolicySnapshot, vacant_snapshot

_VACANT_TITLE = "View"


class Rights:
    """The rights in force in one frame; without *launch* it is vacant."""

    def __init__(self, launch: ViewLaunch | None = None) -> None:
        self._launch = launch
        self._was_vacant = launch is None
        if launch is None:
            nobody, nonce = secrets.token_hex(16), secrets.token_hex(16)
            self._snapshot = vacant_snapshot(nobody, host_nonce=nonce)
        else:
            self._snapshot = launch.snapshot

    @property
    def snapshot(self) -> PolicySnapshot:
        """What is allowed now."""
        return self._snapshot

    @property
    def launch(self) -> ViewLaunch | None:
        """The App; None while there is none."""
        return self._launch

    @property
    def title(self) -> str:
        """What the frame is called."""
        return _VACANT_TITLE if self._launch is None else self._launch.title

    @property
    def narrowing(self) -> str:
        """The policy that the host page is still to be given; empty where its header says it."""
        return self._snapshot.frame_csp if self._was_vacant else ""

    def fits(self, launch: ViewLaunch) -> bool:
        """Whether *launch* may be let in here: a host page of its own would differ in nothing but
        its name and the App's, and its profile in nothing.
        """
        own, wanted = self._snapshot, launch.snapshot
        return (
            self._launch is None
            and launch.storage is None
            and not wanted.webgl
            and wanted.permissions_policy == own.permissions_policy
            and (wanted.allow, wanted.sandbox) == (own.allow, own.sandbox)
        )

    def let_in(self, launch: ViewLaunch) -> None:
        """From now on this is the frame of *launch*."""
        if not self.fits(launch):
            raise HostBugError("an App was given a frame that is not for it")
        self._snapshot = launch.snapshot.on_host_page(self._snapshot.host_nonce)
        self._launch = launch
