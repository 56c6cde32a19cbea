"""What a person sees before a link is opened: the whole address, and whose it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextCursor

from tests.helpers.gallery_questions import consents
from ui.dialogs.address import AddressView
from ui.dialogs.consent import ConsentDialog
from ui.widgets.banner import Banner
from ui.widgets.code_view import CodeView
from ui.widgets.heading import Heading

Opened = Callable[[ConsentDialog], ConsentDialog]


def emphasised(view: CodeView) -> str:
    """The characters in bold."""
    cursor, found = QTextCursor(view.document()), ""
    for at in range(len(view.toPlainText())):
        cursor.setPosition(at)
        cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
        found += cursor.selectedText() if cursor.charFormat().fontWeight() > 500 else ""
    return found


def test_a_link_is_shown_whole_with_its_site_in_bold(shown: Opened) -> None:
    dialog = shown(ConsentDialog(consents()["link"]))
    [view] = dialog.findChildren(AddressView)
    assert view.code.toPlainText() == "https://shop.example.co.uk/offers/oak?from=mcphost#prices"
    assert emphasised(view.code) == "example.co.uk"
    assert dialog.findChildren(Heading)[0].text() == "shop.example.co.uk"
    assert not dialog.findChildren(Banner)


def test_a_host_of_look_alike_letters_is_named_in_punycode_and_warned_of(shown: Opened) -> None:
    dialog = shown(ConsentDialog(consents()["link-look-alike"]))
    assert dialog.findChildren(Heading)[0].text() == "xn--80ak6aa92e.com"
    assert [banner.level for banner in dialog.findChildren(Banner)] == ["error", "warning"]


def test_only_a_link_is_drawn_as_one(shown: Opened) -> None:
    for name in ("tier-2-unknown-tool", "sign-in", "app-grant-connect", "launch"):
        dialog = shown(ConsentDialog(consents()[name]))
        assert not dialog.findChildren(AddressView), name
        dialog.withdraw()
