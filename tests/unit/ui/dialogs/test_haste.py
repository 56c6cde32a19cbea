"""Twenty fast answers in a row are noticed, and said in the next question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel

from mcphost.domain.consent import Answer, Circumstances, ConsentAnswer
from mcphost.domain.ids import Digest, RequestId
from tests.helpers.questions import consent_request
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.haste import IN_A_ROW, NARROWER, WORDS, Haste


def answered(after_ms: int = 900, answer: Answer = Answer.ALLOW) -> ConsentAnswer:
    return ConsentAnswer(
        request=RequestId("q"),
        answer=answer,
        digest=Digest("0" * 64),
        shown_ms=500 + after_ms,
        circumstances=Circumstances(armed_ms=500),
    )


def after(*answers: ConsentAnswer) -> Haste:
    haste = Haste()
    for answer in answers:
        haste.note(answer)
    return haste


def test_twenty_fast_answers_in_a_row_are_noticed_and_nineteen_are_not() -> None:
    assert after(*[answered()] * IN_A_ROW).noticed
    assert not after(*[answered()] * (IN_A_ROW - 1)).noticed


@pytest.mark.parametrize(
    "other", [answered(2_000), answered(answer=Answer.DENY), answered(answer=Answer.EDITED)]
)
def test_one_slow_answer_or_one_that_is_no_yes_begins_anew(other: ConsentAnswer) -> None:
    assert not after(*[answered()] * IN_A_ROW, other).noticed
    assert not after(*[answered()] * (IN_A_ROW - 1), other, answered()).noticed


@pytest.mark.parametrize("offered", [True, False])
def test_the_next_question_says_so_and_names_grants_only_where_there_are_some(
    shown: Callable[[ConsentDialog], ConsentDialog], offered: bool
) -> None:
    request = consent_request() if offered else consent_request(offers=())
    said = [
        label.text() for label in shown(ConsentDialog(request, hasty=True)).findChildren(QLabel)
    ]
    assert (f"{WORDS} {NARROWER}" in said, WORDS in said) == (offered, not offered)
    plain = shown(ConsentDialog(request)).findChildren(QLabel)
    assert not any(WORDS in label.text() for label in plain)
