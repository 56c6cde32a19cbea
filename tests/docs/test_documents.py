"""What the documents tell a reader to type or to open exists, and what exists is documented."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from mcphost import __version__, cli
from mcphost.cli.parser import parse
from tests.docs.tree import HELP, ROOT, headings, python_files, shown

COMMAND_LINE = HELP / "command-line.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *HELP.rglob("*.md")])
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")
SYNOPSIS = re.compile(r"^    (mcphost .*(?:\n        .*)*)", re.MULTILINE)
OPTIONAL = re.compile(r"\[[^\]]*\]…?")


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


def _synopses() -> list[str]:
    """How the help says that each command is called."""
    found = SYNOPSIS.findall(COMMAND_LINE.read_text(encoding="utf-8"))
    return [" ".join(synopsis.split()) for synopsis in found]


def _command_of(synopsis: str) -> tuple[str, ...]:
    """The words of *synopsis* that name its command."""
    known = _commands()
    words = tuple(synopsis.split()[1:3])
    return words if words in known else words[:1]


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


@pytest.mark.parametrize("synopsis", _synopses())
def test_a_synopsis_names_only_what_the_command_has(synopsis: str) -> None:
    said = _help(*_command_of(synopsis))
    assert set(OPTION.findall(synopsis)) == set(OPTION.findall(said)) - {"--help"}
    usage = OPTIONAL.sub("", " ".join(said.partition("\n\n")[0].split()))
    demanded = set(OPTION.findall(OPTIONAL.sub("", synopsis)))
    assert demanded == set(OPTION.findall(usage))


def test_every_command_has_a_synopsis() -> None:
    inner = {command[:1] for command in _commands() if len(command) > 1}
    assert {_command_of(line) for line in _synopses()} == set(_commands()) - inner


def test_the_exit_codes_are_those_of_the_program() -> None:
    text = " ".join(COMMAND_LINE.read_text(encoding="utf-8").split())
    words = re.findall(r"(\d) ([a-z ]+)", text.partition("Exit codes: ")[2].partition(". ")[0])
    assert [(int(code), meaning) for code, meaning in words] == [
        (cli.DONE, "done"),
        (cli.REFUSED, "refused or a finding"),
        (cli.USAGE, "usage"),
        (cli.COULD_NOT_RUN, "could not run"),
    ]


def test_a_command_ends_with_the_code_of_what_happened(tmp_path: Path) -> None:
    broken = tmp_path / "broken.cedar"
    broken.write_text("permit(nobody);", encoding="utf-8")
    assert cli.main(["policy", "check"]) == cli.DONE
    assert cli.main(["policy", "check", str(broken)]) == cli.REFUSED
    assert cli.main(["policy", "check", str(tmp_path / "missing.cedar")]) == cli.USAGE
    with pytest.raises(SystemExit) as ended:
        cli.main(["no-such-command"])
    assert ended.value.code == cli.USAGE


def test_the_change_log_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", each) for each in versions[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for path in re.findall(r"`((?:packaging|resources|mcphost|ui|tests)/[^`]*)`", text):
        assert (ROOT / path).exists(), path


def test_the_readme_names_this_version() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"version {'.'.join(__version__.split('.')[:2])}." in text


def test_every_variable_that_the_program_reads_is_documented() -> None:
    sources = [path.read_text(encoding="utf-8") for path in python_files("mcphost", "ui")]
    read = set(re.findall(r'"((?:MCPHOST|OTEL)_[A-Z_]+)"', "\n".join(sources)))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", COMMAND_LINE.read_text(), re.MULTILINE))
    assert read <= documented
