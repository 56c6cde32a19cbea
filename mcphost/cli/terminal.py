"""The terminal as the place where a person is asked. Without one there is nobody.

Law: (1) exactly what will be sent is printed, sanitised, before the question; (2) only a typed
`yes` allows; (3) a form is answered field by field and shown before it is sent; (4) what was typed
before a question never answers it; (5) nothing blocks the loop: lines are read through the loop's
own reader.

Loop thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys

from mcphost.domain.confusable import cautions, disguises
from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentMatter,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json
from mcphost.domain.text import one_line, visible

_LONGEST_LINE = 4096
"""A terminal hands over one line at a time, and none longer than this."""


class TerminalBroker:
    """Asks on the controlling terminal (POSIX); on other systems there is nobody to ask yet."""

    def __init__(self) -> None:
        self.asking = False
        """Whether a question stands on the terminal."""

    @property
    def present(self) -> bool:
        """Whether both ends are a terminal that can be read without blocking."""
        return os.name == "posix" and sys.stdin.isatty() and sys.stderr.isatty()

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """Print the question and read `yes` or anything else."""
        if not self.present:
            return _answer(request, Answer.NOBODY, "")
        shown = _question(request)
        _print(shown)
        self.asking = True
        try:
            reply = (await _line("Type yes to allow, anything else refuses: ")).strip().lower()
        finally:
            self.asking = False
        return _answer(request, Answer.ALLOW if reply == "yes" else Answer.DENY, shown)

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """A form field by field; a URL is printed, never opened from here."""
        if not self.present:
            return ElicitationAnswer(request=request.id, action=ElicitationAction.CANCEL)
        _print(
            f"\n{request.server_title} ({request.server_origin}) asks, because {request.cause}:\n"
            f"  {request.message}"
        )
        if request.opened:
            return await _visited(request)
        if request.mode is ElicitationMode.URL:
            for said in (*disguises(request.url_name), *cautions(request.url_name)):
                _print(f"  !! {said}")
            _print(f"  Open this address yourself if you trust it: {request.url}")
            accepted = await _line("Type yes when you agree to do that: ")
            return _ended(request, accepted)
        content: dict[str, Json] = {}
        for field in request.fields:
            value = await _field(field)
            if value is not None:
                content[field.name] = value
        _print(f"  To be sent: {visible(repr(content))}")
        return _ended(request, await _line("Type yes to send this: "), content)


async def _visited(request: ElicitationRequest) -> ElicitationAnswer:
    reply = await _line("Type yes when you are done there, again to open it again: ")
    action = {"yes": ElicitationAction.ACCEPT, "again": ElicitationAction.DECLINE}.get(
        reply.strip().lower(), ElicitationAction.CANCEL
    )
    return ElicitationAnswer(request=request.id, action=action, answered_by="terminal")


def _ended(
    request: ElicitationRequest, reply: str, content: dict[str, Json] | None = None
) -> ElicitationAnswer:
    if reply.strip().lower() != "yes":
        return ElicitationAnswer(
            request=request.id, action=ElicitationAction.DECLINE, answered_by="terminal"
        )
    return ElicitationAnswer(
        request=request.id,
        action=ElicitationAction.ACCEPT,
        content=content,
        answered_by="terminal",
    )


async def _field(field: FormField) -> Json:
    """One typed value; an empty line takes the default. Checked by the host afterwards."""
    listed = ", ".join(one_line(value) for value, _ in field.choices)
    choices = f" one of {listed}" if field.choices else ""
    default = f" [{one_line(str(field.default))}]" if field.default is not None else ""
    name = one_line(field.title or field.name)
    text = (await _line(f"  {name}{choices}{default}: ")).strip()
    if not text:
        return list(field.default) if isinstance(field.default, tuple) else field.default
    match field.type:
        case FieldType.BOOLEAN:
            return text.lower() in ("yes", "y", "true", "1")
        case FieldType.INTEGER:
            try:
                return int(text)
            except ValueError:
                return text
        case FieldType.NUMBER:
            try:
                return float(text)
            except ValueError:
                return text
        case FieldType.MULTI_ENUM:
            return [part.strip() for part in text.split(",")]
        case FieldType.STRING | FieldType.ENUM:
            return text


def _question(request: ConsentRequest) -> str:
    exactly = request.canonical.decode()
    warnings = "".join(f"  !! {visible(warning, limit=10_000)}\n" for warning in request.warnings)
    warnings += "".join(f"  ! {caution}\n" for caution in request.cautions)
    if request.matter is ConsentMatter.LAUNCH:
        warnings += "  A yes is remembered for exactly this, until something of it changes.\n"
    again = f"  asked again: {request.again}\n" if request.again else ""
    repeated = "".join(f"  also as a header: {each}\n" for each in request.repeated)
    return (
        f"\n{request.who}\n{again}"
        f"  {request.verb}: {request.subject}\n"
        f"{warnings}"
        f"{_facts(request)}"
        f"  exactly: {visible(exactly, limit=max(len(exactly), 1))}\n"
        f"{repeated}"
        f"  to: {request.destination}\n"
        f"  asked because: {request.reason} (rule {', '.join(request.rules)})\n"
        f"  can be undone: {request.reversible}"
    )


def _facts(request: ConsentRequest) -> str:
    lines: list[str] = []
    for fact in (*request.facts, *request.flow):
        said = " · ".join(part for part in (fact.text, fact.exact) if part)
        lines.append(f"  {fact.caption}: {visible(said)}\n")
        lines += [f"    - {visible(item)}{'  (new)' * new}\n" for item, new in fact.items]
    return "".join(lines)


def _answer(request: ConsentRequest, answer: Answer, shown: str) -> ConsentAnswer:
    return ConsentAnswer(
        request=request.id,
        answer=answer,
        digest=request.digest,
        presented=Digest(hashlib.sha256(shown.encode()).hexdigest()) if shown else None,
        answered_by="terminal",
    )


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _line(prompt: str) -> str:
    """One line of the terminal. The end of input is an empty line, which refuses.

    Not through `sys.stdin`: its buffer would keep pasted lines for the questions to come.
    """
    import termios  # only where `present` may be true

    terminal = sys.stdin.fileno()
    termios.tcflush(terminal, termios.TCIFLUSH)
    print(prompt, end="", file=sys.stderr, flush=True)
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[str] = loop.create_future()

    def readable() -> None:
        if not ready.done():
            ready.set_result(os.read(terminal, _LONGEST_LINE).decode("utf-8", "replace"))

    loop.add_reader(terminal, readable)
    try:
        return await ready
    finally:
        loop.remove_reader(terminal)
