"""The broker's contract: one end for each question, and no way for nobody to say yes."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ElicitationAction,
    ElicitationAnswer,
)
from mcphost.domain.ids import RequestId
from mcphost.domain.ports import ConsentBroker
from mcphost.runtime import Runtime
from tests.helpers.questions import consent_request, form_request
from ui.bridge.broker import WindowBroker

REQUEST = consent_request()
FORM = form_request()
YES = ConsentAnswer(request=REQUEST.id, answer=Answer.ALLOW, digest=REQUEST.digest)


@pytest.fixture
def broker() -> WindowBroker:
    made = WindowBroker()
    made.attach()
    return made


def result(qtbot: QtBot, future: Future[Any]) -> Any:
    qtbot.waitUntil(future.done, timeout=5_000)
    return future.result()


def asked(qtbot: QtBot, broker: WindowBroker, runtime: Runtime) -> Future[ConsentAnswer]:
    with qtbot.waitSignal(broker.consent_asked, timeout=5_000) as caught:
        future = runtime.submit(broker.ask_consent(REQUEST))
    assert caught.args == [REQUEST]
    return future


def test_it_is_the_port_that_the_core_expects(broker: WindowBroker) -> None:
    port: ConsentBroker = broker
    assert port.present


def test_the_question_is_put_on_the_main_thread(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    threads: list[threading.Thread] = []
    broker.consent_asked.connect(lambda _request: threads.append(threading.current_thread()))
    future = asked(qtbot, broker, runtime)
    assert threads == [threading.main_thread()]
    broker.answer_consent(YES)
    result(qtbot, future)


def test_the_answer_comes_back_as_it_was_given(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    broker.answer_consent(YES)
    assert result(qtbot, future) is YES


def test_only_the_first_answer_counts(qtbot: QtBot, broker: WindowBroker, runtime: Runtime) -> None:
    future = asked(qtbot, broker, runtime)
    no = ConsentAnswer(request=REQUEST.id, answer=Answer.DENY, digest=REQUEST.digest)
    runtime.post(lambda: [broker.answer_consent(answer) for answer in (no, YES)])
    assert result(qtbot, future) is no


def test_an_answer_to_another_question_is_dropped(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    other = RequestId("other")
    broker.answer_consent(ConsentAnswer(request=other, answer=Answer.ALLOW, digest=REQUEST.digest))
    broker.detach()
    assert result(qtbot, future).answer is Answer.ABORTED


def test_without_a_window_nobody_is_asked(qtbot: QtBot, runtime: Runtime) -> None:
    broker = WindowBroker()
    seen: list[object] = []
    broker.consent_asked.connect(seen.append)
    assert not broker.present
    answer = result(qtbot, runtime.submit(broker.ask_consent(REQUEST)))
    form = result(qtbot, runtime.submit(broker.ask_elicitation(FORM)))
    assert (answer.answer, form.action) == (Answer.NOBODY, ElicitationAction.CANCEL)
    assert seen == []


def test_when_the_window_goes_every_question_is_aborted(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    form = runtime.submit(broker.ask_elicitation(FORM))
    with qtbot.waitSignal(broker.elicitation_asked, timeout=5_000):
        pass
    broker.detach()
    assert result(qtbot, future).answer is Answer.ABORTED
    assert result(qtbot, form).action is ElicitationAction.CANCEL
    assert not broker.present


def test_a_question_that_the_core_cancels_is_withdrawn(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    with qtbot.waitSignal(broker.withdrawn, timeout=5_000) as caught:
        future.cancel()
    assert caught.args == [REQUEST.id]
    with pytest.raises(CancelledError):
        future.result()


def test_an_answer_after_the_end_is_no_trouble(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    broker.answer_consent(YES)
    result(qtbot, future)
    broker.answer_consent(YES)
    runtime.stop(5.0)
    broker.answer_consent(YES)


def test_a_form_is_answered_the_same_way(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    with qtbot.waitSignal(broker.elicitation_asked, timeout=5_000):
        future = runtime.submit(broker.ask_elicitation(FORM))
    answer = ElicitationAnswer(request=FORM.id, action=ElicitationAction.DECLINE)
    broker.answer_elicitation(answer)
    assert result(qtbot, future) is answer


def test_an_answer_of_the_wrong_kind_is_a_refusal(
    qtbot: QtBot, broker: WindowBroker, runtime: Runtime
) -> None:
    future = asked(qtbot, broker, runtime)
    broker.answer_elicitation(
        ElicitationAnswer(request=REQUEST.id, action=ElicitationAction.ACCEPT)
    )
    assert result(qtbot, future).answer is Answer.ABORTED
