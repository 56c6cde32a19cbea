"""Which permissions may be asked for at all, how many wait, and what counts as a yes."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QObject, QUrl
from PySide6.QtWebEngineCore import QWebEnginePermission

from mcphost.domain.template import DeclaredUi
from mcphost.policy.snapshot import Grants
from tests.helpers.engine import launch_of, snapshot_of
from ui.sandbox.permission_desk import MAX_OPEN, PermissionDesk
from ui.sandbox.rights import Rights

Kind = QWebEnginePermission.PermissionType
MAY = ("camera", "geolocation")
SNAPSHOT = snapshot_of(DeclaredUi(permissions=MAY), Grants(permissions=MAY))
RIGHTS = Rights(launch_of("", SNAPSHOT))


class Asked:
    """A permission as the engine hands it out: a test cannot make a real one."""

    def __init__(self, kind: Kind = Kind.Geolocation, origin: str = SNAPSHOT.app_origin) -> None:
        self._kind, self._origin = kind, origin
        self.answers: list[str] = []

    def permissionType(self) -> Kind:  # noqa: N802
        return self._kind

    def origin(self) -> QUrl:
        return QUrl(f"{self._origin}/")

    def isValid(self) -> bool:  # noqa: N802
        return True

    def grant(self) -> None:
        self.answers.append("yes")

    def deny(self) -> None:
        self.answers.append("no")


class Desk:
    """A desk with what it asked and refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.refused: list[str] = []
        self._owner = QObject()
        self.desk = PermissionDesk(RIGHTS, self.refused.append, self._owner)
        self.desk.wanted.connect(lambda _number, names, _at: self.asked.append(names))

    def take(self, *permissions: Asked) -> None:
        for permission in permissions:
            self.desk.take(cast("QWebEnginePermission", permission))


@pytest.mark.parametrize(
    "permission",
    [
        Asked(Kind.MediaAudioCapture),
        Asked(Kind.MediaAudioVideoCapture),
        Asked(Kind.Notifications),
        Asked(Kind.DesktopVideoCapture),
        Asked(origin="https://evil.example"),
        Asked(origin="mcpapp://" + "cd" * 16),
    ],
)
def test_what_may_not_be_asked_for_is_refused_at_once(qapp: object, permission: Asked) -> None:
    desk = Desk()
    desk.take(permission)
    assert (permission.answers, desk.asked) == (["no"], [])
    assert desk.refused == [permission.permissionType().name]


def test_no_more_than_a_few_wait_at_a_time(qapp: object) -> None:
    desk, permissions = Desk(), [Asked() for _ in range(MAX_OPEN + 2)]
    desk.take(*permissions)
    assert desk.asked == [("geolocation",)] * MAX_OPEN
    assert [p.answers for p in permissions] == [[]] * MAX_OPEN + [["no"]] * 2
    desk.desk.answer(1, allowed=True)
    desk.take(later := Asked())
    assert later.answers == []


def test_each_question_is_answered_once(qapp: object) -> None:
    desk, first, second = Desk(), Asked(), Asked(Kind.MediaVideoCapture)
    desk.take(first, second)
    desk.desk.answer(1, allowed=True)
    desk.desk.answer(2, allowed=False)
    for number in (1, 2, 3):
        desk.desk.answer(number, allowed=True)
    assert (first.answers, second.answers) == (["yes"], ["no"])
