"""What the set-up looks for, and what it says when it may not install it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Stage = Callable[[str], ModuleType]


def test_every_library_that_the_program_needs_is_found_here(stage: Stage) -> None:
    system = stage("system")
    assert not [need.what for need in system.PROGRAM_NEEDS if need.required and not need.present()]


def test_a_missing_library_is_seen(stage: Stage) -> None:
    assert not stage("system")._library("libthereisnone.so.7", "libthereisnone7").present()


def test_without_rights_the_exact_command_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, say = stage("system"), stage("say")
    monkeypatch.setattr(system, "privilege", lambda: None)
    need = system._library("libthereisnone.so.7", "libthereisnone7t64", "libthereisnone7")
    with pytest.raises(say.CannotRunError, match=r"sudo apt-get install .* libthereisnone7$"):
        system.ensure([need])


def test_what_is_only_recommended_does_not_stop_anything(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system = stage("system")
    monkeypatch.setattr(system, "privilege", lambda: None)
    nicety = system.Need(what="x", packages=("x",), present=lambda: False, required=False)
    system.ensure([nicety])
    assert "recommended, not installed: x" in capsys.readouterr().err


def test_what_is_recommended_and_cannot_be_had_costs_nobody_what_is_required(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system = stage("system")
    there: list[str] = []

    def apt(_rights: object, *words: str) -> int:
        there.extend(words[3:])
        return 1 if "refused" in words else 0

    monkeypatch.setattr(system, "privilege", lambda: ())
    monkeypatch.setattr(system.shutil, "which", lambda _name: "/bin/apt-get")
    monkeypatch.setattr(system, "_known_to_apt", lambda name: name != "unknown")
    monkeypatch.setattr(system, "_apt", apt)
    niceties = [
        system.Need(what=name, packages=(name,), present=lambda: False, required=False)
        for name in ("unknown", "refused", "nice")
    ]
    system.ensure([system.Need(what="x", packages=("x",), present=lambda: "x" in there), *niceties])
    assert there == ["x", "refused", "nice"]
    said = capsys.readouterr().err
    assert "not to be had here: unknown" in said
    assert "not to be had here: refused" in said
    assert "not to be had here: nice" not in said


def test_the_profile_permits_namespaces_and_names_only_our_interpreters(stage: Stage) -> None:
    text = stage("namespaces").profile(Path("/somewhere/a b"))
    assert '"/somewhere/a b/program-*/bin/python*"' in text
    assert text.count("userns") == 1
    assert "/usr" not in text


@pytest.mark.parametrize("variable", ["LD_PRELOAD", "PYTHONPATH", "SSH_AUTH_SOCK", "MY_API_KEY"])
def test_nothing_of_roots_environment_reaches_the_program(
    stage: Stage, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = stage("account")
    monkeypatch.setattr(accounts, "own_folder", lambda folder, account: None)
    account = accounts.Account(name="mcphost", uid=1, gid=1, home=tmp_path)
    made = accounts.environment(account, {variable: "x", "HOME": "/elsewhere", "TZ": "UTC"})
    assert variable not in made
    assert made["HOME"] == str(tmp_path)
    assert made["TZ"] == "UTC"


def test_a_layer_made_before_is_not_made_again(stage: Stage, tmp_path: Path) -> None:
    layers = stage("layers")
    made: list[str] = []
    layer = layers.Layer(folder=tmp_path / "layer-1")

    def build(unfinished: object) -> None:
        layer.folder.mkdir()
        made.append("made")

    for _ in range(2):
        layers._once(layer, build)
    assert made == ["made"]


def test_a_layer_whose_making_was_interrupted_is_made_anew(stage: Stage, tmp_path: Path) -> None:
    layers = stage("layers")
    layer = layers.Layer(folder=tmp_path / "layer-1")
    layer.folder.mkdir()
    (layer.folder / "half").touch()
    layers._once(layer, lambda unfinished: unfinished.folder.mkdir())
    assert not (layer.folder / "half").exists()
