"""Storage kept across restarts, in a whole core and the real engine: only with its grant, only for
one App, one View at a time, and gone when the grant is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.events import ItemChanged, ViewClosed
from mcphost.domain.ids import ViewId
from mcphost.domain.template import TemplatePin
from mcphost.storage.paths import Paths
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join, run_tool
from tests.helpers.core import Core, core
from tests.helpers.engine import self_test as the_self_test
from tests.helpers.live_app import SHAKE_HANDS, LiveApp, live_app

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("self_test")]
self_test = the_self_test

STORAGE = AppGrant(kind=AppGrantKind.STORAGE)
APP = Thing(name="note", app=True)
PAGE = f"""<!doctype html><script>{SHAKE_HANDS}
const asked = request => new Promise((found, failed) => {{
  request.onsuccess = () => found(request.result);
  request.onerror = () => failed(request.error); }});
const database = () => {{ const open = indexedDB.open('d', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('s'); return asked(open); }};
ready.then(async () => {{
  const db = await database();
  tell({{local: localStorage.getItem('k'), caches: await caches.keys(),
        db: await asked(db.transaction('s').objectStore('s').getAll())}});
  localStorage.setItem('k', 'SECRET');
  await caches.open('SECRET');
  await asked(db.transaction('s', 'readwrite').objectStore('s').put('SECRET', 'k'));
  tell('written');
}});</script>"""
EMPTY: dict[str, Any] = {"local": None, "caches": [], "db": []}


def kept(word: str) -> dict[str, Any]:
    return {"local": word, "caches": [word], "db": [word]}


@contextmanager
def shop(*keys: str) -> Iterator[list[AppServer]]:
    """A server for each of *keys*, whose App writes its key and says what it found before."""
    with AppServer(APP, key=keys[0]) as first, AppServer(APP, key=keys[-1] + "2") as second:
        for server in (first, second):
            server.html = PAGE.replace("SECRET", str(server.key))
        yield [first, second]


def opened(made: Core, server: AppServer) -> ViewId:
    view = run_tool(made, server.key, "note").view
    assert view is not None
    return view


def visit(bot: QtBot, made: Core, server: AppServer) -> dict[str, Any]:
    """Open the App of *server* once and close it: what it found."""
    with live_app(bot, made, opened(made, server)) as app:
        assert app.tells(1) == "written"
        made.run(made.host.close_view(app.view))
        return app.tells()


def pin_of(made: Core, server: AppServer) -> TemplatePin:
    return next(r.pin for r in made.run(made.host.templates()) if r.pin.server == server.key)


def folders(home: Path) -> list[Path]:
    return list(Paths.under(home).kept.iterdir())


def test_nothing_is_kept_without_the_grant_and_nothing_lies_on_the_disk(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shop("a") as (server, _), core(tmp_path) as made:
        join(made, server)
        assert [visit(qtbot, made, server) for _ in range(2)] == [EMPTY, EMPTY]
        assert folders(tmp_path) == []


def test_p6_what_is_kept_comes_back_after_a_restart_to_its_own_app_alone(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shop("a") as (server, other):
        with core(tmp_path) as made:
            for each in (server, other):
                join(made, each)
                made.run(made.host.give_app_grant(pin_of(made, each), STORAGE))
            assert visit(qtbot, made, server) == EMPTY
            assert visit(qtbot, made, server) == kept("a")
        with core(tmp_path) as again:
            for each in (server, other):
                again.run(again.host.connect(each.key))
            assert visit(qtbot, again, other) == EMPTY
            assert visit(qtbot, again, server) == kept("a")
            assert len(folders(tmp_path)) == 2


def test_p6_one_view_has_it_at_a_time_and_the_second_says_that_it_starts_empty(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shop("a") as (server, _), core(tmp_path) as made:
        join(made, server)
        made.run(made.host.give_app_grant(pin_of(made, server), STORAGE))
        with live_app(qtbot, made, opened(made, server)) as first:
            assert first.tells(1) == "written"
            with live_app(qtbot, made, opened(made, server)) as second:
                assert second.tells() == EMPTY
                made.wait(ItemChanged, lambda e: "starts empty" in str(e))
                made.run(made.host.close_view(first.view))
                made.run(made.host.close_view(second.view))
        assert visit(qtbot, made, server) == kept("a")


def test_taking_the_grant_back_ends_the_view_and_deletes_what_it_kept(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shop("a") as (server, _), core(tmp_path) as made:
        join(made, server)
        pin = pin_of(made, server)
        made.run(made.host.give_app_grant(pin, STORAGE))
        with live_app(qtbot, made, opened(made, server)) as app:
            assert app.tells(1) == "written"
            assert len(folders(tmp_path)) == 1
            made.run(made.host.take_back_app_grant(pin, STORAGE))
            made.wait(ViewClosed, lambda event: event.view == app.view)
        (left,) = folders(tmp_path)  # also after the engine has let go of it
        assert left.read_bytes() == b""
        made.run(made.host.give_app_grant(pin, STORAGE))
        assert visit(qtbot, made, server) == EMPTY


def test_a_view_that_opens_while_the_last_one_still_closes_waits_for_its_storage(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shop("a") as (server, _), core(tmp_path) as made:
        join(made, server)
        made.run(made.host.give_app_grant(pin_of(made, server), STORAGE))
        first = LiveApp(qtbot, made, opened(made, server))
        assert first.tells(1) == "written"
        made.run(made.host.close_view(first.view))
        with live_app(qtbot, made, opened(made, server)) as second:
            first.close()
            assert second.tells() == kept("a")


@pytest.mark.parametrize("way", ["rejected", "removed"])
def test_with_its_template_or_its_server_goes_what_was_kept(
    qtbot: QtBot, tmp_path: Path, way: str
) -> None:
    with shop("a") as (server, _), core(tmp_path) as made:
        join(made, server)
        pin = pin_of(made, server)
        made.run(made.host.give_app_grant(pin, STORAGE))
        assert visit(qtbot, made, server) == EMPTY
        assert len(folders(tmp_path)) == 1
        if way == "rejected":
            made.run(made.host.review_template(pin, False))
        else:
            made.run(made.host.remove_server(server.key))
        assert [left.read_bytes() for left in folders(tmp_path)] == [b""]
        assert made.rows("app_grant_revoked")[0]["data"]["why"].endswith(way)
    with core(tmp_path):
        assert folders(tmp_path) == []
