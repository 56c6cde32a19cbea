"""The terminal asks a person, and only what is typed after the question counts."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, TextIO

import pytest

from mcphost.cli.terminal import TerminalBroker
from mcphost.cli.terminal import _question as shown_for  # pyright: ignore[reportPrivateUsage]
from mcphost.domain.consent import (
    Answer,
    ElicitationAction,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.ids import RequestId, ServerKey
from tests.unit.consent.test_desk import question

FIELD = FormField(
    name="crop", type=FieldType.STRING, title="Crop", description="", required=False, default="kale"
)
FORM = ElicitationRequest(
    id=RequestId("form-1"),
    conversation=None,
    server=ServerKey("shop"),
    server_title="The shop",
    server_origin="https://shop.example/mcp",
    cause="You ran the tool",
    round=1,
    mode=ElicitationMode.FORM,
    message="Which?",
    fields=(FIELD,),
)


@dataclass
class Terminal:
    """The person's end of a pseudo-terminal."""

    end: int
    reading: TextIO
    writing: TextIO
    patch: pytest.MonkeyPatch
    shown: str = ""
    seen: str = ""

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    async def see(self, text: str) -> None:
        async with asyncio.timeout(5.0):
            while text not in self.shown:
                try:
                    self.shown += os.read(self.end, 65_536).decode()
                except BlockingIOError:
                    await asyncio.sleep(0.001)

    def play(self, asking: Coroutine[Any, Any, Any], *turns: tuple[str, str]) -> Any:
        """Ask; at each turn wait for the first text and type the second."""
        # Here and not in the fixture: pytest puts its own streams back for each phase of a test.
        self.patch.setattr(sys, "stdin", self.reading)
        self.patch.setattr(sys, "stderr", self.writing)

        async def scene() -> Any:
            task = asyncio.create_task(asking)
            for awaited, typed in turns:
                await self.see(awaited)
                self.seen, self.shown = self.seen + self.shown, ""
                self.type(typed)
            async with asyncio.timeout(5.0):
                return await task

        return asyncio.run(scene())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    mine, theirs = pty.openpty()
    os.set_blocking(mine, False)
    with (
        os.fdopen(theirs, "r", closefd=False) as reading,
        os.fdopen(theirs, "w") as writing,
    ):
        yield Terminal(mine, reading, writing, monkeypatch)
    os.close(mine)


def test_what_was_typed_before_the_question_does_not_answer_it(terminal: Terminal) -> None:
    terminal.type("yes\nyes\n")
    answer = terminal.play(TerminalBroker().ask_consent(question()), ("Type yes", "no\n"))
    assert answer.answer is Answer.DENY


def test_all_that_will_be_sent_is_printed_however_long_it_is() -> None:
    long = b'{"a":"' + b"x" * 30_000 + b'the end"}'
    assert 'the end"}' in shown_for(question(canonical=long))


def test_what_else_carries_the_arguments_is_printed() -> None:
    asked = replace(question(), repeated=("region (header Mcp-Param-Region)",), again="it failed")
    shown = shown_for(asked)
    assert "also as a header: region (header Mcp-Param-Region)" in shown
    assert "asked again: it failed" in shown


def test_a_typed_yes_allows(terminal: Terminal) -> None:
    answer = terminal.play(TerminalBroker().ask_consent(question()), ("Type yes", "yes\n"))
    assert answer.answer is Answer.ALLOW


def test_pasted_lines_answer_one_field_and_not_what_comes_after_it(terminal: Terminal) -> None:
    answer = terminal.play(
        TerminalBroker().ask_elicitation(FORM), ("Crop", "leek\nyes\n"), ("Type yes", "no\n")
    )
    assert answer.action is ElicitationAction.DECLINE


def test_choices_and_defaults_of_a_server_cannot_steer_the_terminal(terminal: Terminal) -> None:
    evil = "\x1b[2Jkale\x9b1A"
    field = replace(FIELD, type=FieldType.ENUM, choices=((evil, "Kale"),), default=evil)
    request = replace(FORM, fields=(field,))
    terminal.play(TerminalBroker().ask_elicitation(request), ("]: ", "\n"), ("To be sent", "no\n"))
    assert "kale" in terminal.seen
    assert not set("\x1b\x9b") & set(terminal.seen)


def test_a_number_that_is_none_is_told_to_the_host_as_typed(terminal: Terminal) -> None:
    request = replace(FORM, fields=(replace(FIELD, type=FieldType.INTEGER, default=None),))
    answer = terminal.play(
        TerminalBroker().ask_elicitation(request), ("Crop", "--5\n"), ("Type yes", "yes\n")
    )
    assert answer.content == {"crop": "--5"}
