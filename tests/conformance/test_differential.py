"""The same scenario through the official SDK's client and ours, frame by frame on the wire.

Both talk to one recording server. What is left after ids, names and versions are made equal is
listed in `tests/conformance/differences.py`, each difference with its reason; a new one fails this
test, and so does one that has gone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conformance.differences import EXPLAINED
from tests.helpers.figures import say
from tests.helpers.frames import differences, from_http, from_lines
from tests.helpers.scenario import Both, our_client, their_client
from tests.helpers.servers.oracle import over_http

LEGS = ["modern http", "modern stdio", "legacy http", "legacy stdio"]


async def recorded(leg: str, folder: Path) -> Both:
    """The frames of both clients."""
    era, transport = leg.split()
    frames: list[list[dict[str, object]]] = []
    for client in (our_client, their_client):
        if transport == "http":
            async with over_http(era) as (it, oracle):
                await client(it.url, era, oracle.hanging.wait)
                frames.append(from_http(it.seen))
        else:
            record = folder / client.__name__
            argv = ("-m", "tests.helpers.servers.oracle", era, str(record))

            async def hanging(record: Path = record) -> None:
                async with asyncio.timeout(30):
                    while b'"hang"' not in record.read_bytes():
                        await asyncio.sleep(0.01)

            await client(argv, era, hanging)
            frames.append(from_lines(record.read_bytes()))
    return Both(*frames)


@pytest.mark.parametrize("leg", LEGS)
def test_every_difference_to_the_official_client_is_known(leg: str, tmp_path: Path) -> None:
    both = asyncio.run(recorded(leg, tmp_path))
    found = differences(both.ours, both.theirs)
    explained = {text: why for text, (legs, why) in EXPLAINED.items() if leg in legs}
    say(
        f"differential run, {leg}: {len(both.ours)} frames of ours, {len(both.theirs)} of the "
        f"SDK's, {len(found)} differences, all explained: {found.keys() == explained.keys()}"
    )
    assert {text: where for text, where in found.items() if text not in explained} == {}
    assert explained.keys() - found.keys() == set()
