"""The check of Chromium's own sandbox, on a made-up `/proc`: each missing part refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ui.sandbox.probe import probe_renderer, refusal_before_start

GOOD = {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "0000000000000000", "NSpid": "77\t3"}


def _proc(root: Path, status: dict[str, str], cmdline: bytes = b"proc\0", user: str = "2") -> Path:
    for name, namespaces in (("self", "1"), ("77", user)):
        folder = root / name / "ns"
        folder.mkdir(parents=True)
        for kind in ("net", "user"):
            (folder / kind).symlink_to(f"{kind}:[{namespaces}]")
    lines = [f"{name}:\t{value}" for name, value in status.items()]
    (root / "77" / "status").write_text("\n".join(lines))
    (root / "77" / "cmdline").write_bytes(cmdline)
    return root


def test_a_whole_sandbox_is_adequate(tmp_path: Path) -> None:
    report = probe_renderer(77, _proc(tmp_path, GOOD))
    assert report.adequate
    assert report.sentence == ""


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"Seccomp": "0"}, "seccomp filter"),
        ({"NoNewPrivs": "0"}, "no new privileges"),
        ({"CapEff": "000001ffffffffff"}, "no capabilities"),
        ({"NSpid": "77"}, "process namespace"),
    ],
)
def test_each_missing_part_refuses_and_is_named(
    tmp_path: Path, change: dict[str, str], part: str
) -> None:
    report = probe_renderer(77, _proc(tmp_path, GOOD | change))
    assert not report.adequate
    assert part in report.sentence


def test_a_shared_namespace_refuses(tmp_path: Path) -> None:
    report = probe_renderer(77, _proc(tmp_path, GOOD, user="1"))
    assert not report.adequate
    missing = {name for name, holds in report.checks if not holds}
    assert missing == {"user namespace", "network namespace"}


def test_the_switch_against_the_sandbox_refuses(tmp_path: Path) -> None:
    report = probe_renderer(77, _proc(tmp_path, GOOD, cmdline=b"proc\0--no-sandbox\0"))
    assert not report.adequate


def test_an_unreadable_process_refuses(tmp_path: Path) -> None:
    assert not probe_renderer(77, tmp_path).adequate


def test_root_is_refused_with_what_to_do() -> None:
    sentence = refusal_before_start()
    assert bool(sentence) == (os.geteuid() == 0)
    assert not sentence or "ordinary user" in sentence


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_on_other_systems_no_app_is_opened_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr("sys.platform", system)
    assert "not verified on this system" in refusal_before_start()
    report = probe_renderer(os.getpid())
    assert not report.adequate
    assert system in report.sentence
