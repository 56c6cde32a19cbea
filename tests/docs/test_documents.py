"""What the documents tell a reader to type or to open exists, and what exists is documented."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from mcphost.cli.parser import parse
from tests.docs.tree import HELP, ROOT, headings, python_files, shown

COMMAND_LINE = HELP / "command-line.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *HELP.rglob("*.md")])
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")


def _typed(document: Path) -> list[str]:
    """The lines of shell code blocks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def _help(*words: str) -> str:
    """What `mcphost WORDS --help` prints; an unknown command ends with code 2."""
    heard = io.StringIO()
    with (
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(heard),
        pytest.raises(SystemExit) as ended,
    ):
        parse([*words, "--help"])
    assert ended.value.code == 0, heard.getvalue()
    return heard.getvalue()


def _commands(*above: str) -> list[tuple[str, ...]]:
    """Every command below *above*, with its own below it."""
    listed = re.findall(r"^    ([a-z][a-z-]+)(?:  |$)", _help(*above), re.MULTILINE)
    deeper = [command for name in listed for command in _commands(*above, name)]
    return [(*above, name) for name in listed] + deeper


@pytest.mark.parametrize("line", _typed(ROOT / "README.md"))
def test_the_readme_tells_to_type_what_exists(line: str) -> None:
    program, *words = shlex.split(line)
    assert (ROOT / program).stat().st_mode & 0o111
    if program.endswith("/run"):
        assert callable(parse(words).command)


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_every_link_leads_somewhere(document: Path) -> None:
    found = LINK.findall(document.read_text(encoding="utf-8"))
    assert not [link for link in found if not (document.parent / link).exists()]


def test_every_folder_that_the_readme_maps_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)/`", row)]
    assert named
    assert not [n for n in named if not ((ROOT / n).is_dir() or (ROOT / "mcphost" / n).is_dir())]


def test_every_command_has_a_heading_and_every_heading_is_a_command() -> None:
    documented = {h.split()[1] for h in headings(COMMAND_LINE) if h.startswith("mcphost ")}
    assert documented == {command[0] for command in _commands() if len(command) == 1}


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_every_option_is_documented(command: tuple[str, ...]) -> None:
    text = COMMAND_LINE.read_text(encoding="utf-8")
    options = set(OPTION.findall(_help(*command))) - {"--help"}
    section = text.split(f"## mcphost {command[0]}\n")[1].split("\n## ")[0]
    assert options <= set(OPTION.findall(section))
    assert len(command) == 1 or command[1] in section


def test_every_variable_that_the_program_reads_is_documented() -> None:
    sources = [path.read_text(encoding="utf-8") for path in python_files("mcphost", "ui")]
    read = set(re.findall(r'"((?:MCPHOST|OTEL)_[A-Z_]+)"', "\n".join(sources)))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", COMMAND_LINE.read_text(), re.MULTILINE))
    assert read <= documented
