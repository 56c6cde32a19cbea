"""Files that a View offers to the person (`ui/download-file`): read where they are links, asked
about, saved.

Law: (1) nothing is written but as the effect of a consented `DOWNLOAD`, whose request names every
file with size and SHA-256; (2) the host chooses the folder, and a run that was given none saves
nothing; (3) a link is read from the App's own server as the View itself, or not at all: the host
fetches nothing from the web for anybody.

Loop thread; used by `ViewRequests`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import UserFacingError, ViewProtocolError
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.ports import FileSaver
from mcphost.gate.path import Effect, Outcome
from mcphost.protocol.downloads import Offered, OfferedFile, OfferedLink, file_read, require_size

Act: TypeAlias = Callable[[ActionKind, str, JsonObject, Lineage], Action]
"""Makes an action of this View."""


class Walk(Protocol):
    """Walks the path for the View's request, and has its record hear how it goes."""

    async def __call__(self, action: Action, *, effect: Effect | None = None) -> Outcome:
        """See `Gate.perform`."""
        ...


class ViewFiles:
    """Saves what one View offers."""

    def __init__(
        self,
        *,
        saver: FileSaver | None,
        act: Act,
        note: Callable[[str], Awaitable[None]],
    ) -> None:
        """*note* says a sentence where the View is."""
        self._saver = saver
        self._act = act
        self._note = note

    async def save(self, offered: tuple[Offered, ...], lineage: Lineage, walk: Walk) -> None:
        """Save *offered* when policy and person agree. Raises what stopped it."""
        saver = self._saver
        if saver is None:
            raise UserFacingError(
                "this run saves no files: name a folder for them with --downloads, or use the "
                "window"
            )
        files = [await self._whole(each, lineage, walk) for each in offered]
        try:
            require_size(files)
        except ViewProtocolError as error:
            raise UserFacingError(str(error)) from error
        saved: list[str] = []

        async def effect() -> JsonObject:
            for file in files:
                saved.append(await asyncio.to_thread(saver, file.name, file.data))
            return {"saved": list(saved)}

        params: JsonObject = {
            "name": ", ".join(file.name for file in files),
            "files": [file.described for file in files],
        }
        action = self._act(ActionKind.DOWNLOAD, "ui/download-file", params, lineage)
        try:
            await walk(action, effect=effect)
        finally:
            if saved:  # also when a later one failed
                await self._note(f"Saved in your downloads folder: {', '.join(saved)}.")

    async def _whole(self, offered: Offered, lineage: Lineage, walk: Walk) -> OfferedFile:
        match offered:
            case OfferedFile():
                return offered
            case OfferedLink():
                return await self._read(offered, lineage, walk)

    async def _read(self, link: OfferedLink, lineage: Lineage, walk: Walk) -> OfferedFile:
        if not link.of_server:
            raise UserFacingError(
                f"{link.name} was not saved: it is an address on the web, and mcphost fetches none "
                "for an App. The App can ask to open it in your browser instead."
            )
        # A look at the App's own server; the person's press is for the saving.
        looking = Lineage(root=Root.APP_TIMER, started_at=lineage.started_at)
        params: JsonObject = {"uri": link.untrusted_uri}
        action = self._act(ActionKind.RESOURCE_READ, "resources/read", params, looking)
        return file_read(link, (await walk(action)).result)
