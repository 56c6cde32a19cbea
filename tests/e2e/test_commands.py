"""The commands that need no window, as a user types them, where PySide6 cannot be imported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.helpers.apps import APPS
from tests.helpers.cli import COMMAND, Cli

SERVER = f"stdio:{' '.join(APPS['sdk'].command())} stdio"
FILE = {
    "mcpServers": {
        "Seed Counter": {"command": APPS["sdk"].command()[0], "args": ["no-such-file.py"]},
        "remote": {"url": "https://mcp.example/mcp"},
    }
}


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """One home for the whole file, without Qt."""
    folder = tmp_path_factory.mktemp("commands")
    return Cli(folder / "home").without_qt(folder / "blocker")


def test_pyside_is_really_out_of_reach_here(cli: Cli) -> None:
    ended = cli.run("doctor")
    assert ended.code == 2
    assert "this needs the window, which is not installed here" in ended.complaint


def test_servers_are_added_listed_shown_and_removed(cli: Cli) -> None:
    added = cli.run("servers", "add", "counter", SERVER, "--max-message", "32M")
    assert added.code == 0
    assert added.said[0].startswith("approved with this command")
    assert any("sha256" in line for line in added.said)
    assert any("It runs as you" in line for line in added.said)
    assert added.said[-1].startswith("added counter: ")
    listed = cli.run("servers", "list", "--json").json
    assert {each["name"]: each["builtin"] for each in listed} == {"counter": False, "demo": True}
    shown = cli.run("servers", "show", "counter", "--json").json
    assert (shown["era"], shown["protocolVersion"]) == ("modern", "2026-07-28")
    assert (shown["tools"], shown["templatesPending"], shown["problem"]) == (2, 1, "")
    assert shown["maxMessage"] == 32 * 1024 * 1024
    assert cli.run("servers", "remove", "counter").code == 0
    assert "counter" not in cli.run("servers", "list").out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("servers", "add", "BAD!", "stdio:cat"), "a-z, 0-9 and -"),
        (("servers", "add", "fine", "nonsense"), "http(s) URL"),
        (("servers", "add", "fine", "stdio:cat", "--max-message", "1G"), "64K to 256M"),
        (("servers", "remove", "nobody"), "no server called nobody"),
        (("servers", "remove", "demo"), "cannot be removed"),
        (("servers", "import", "/no/such/file"), "cannot read"),
        (("tools", "nobody"), "no server called nobody"),
        (("call", "demo", "no_such_tool"), "no tool called no_such_tool"),
        (("call", "demo", "garden_overview", "--arguments", "{"), "is not JSON"),
        (("call", "demo", "garden_overview", "--arguments", "[]"), "must be a JSON object"),
        (("call", "demo", "garden_overview", "--policy", "/no/such/file"), "cannot read policy"),
        (("policy", "check", "/no/such/file"), "cannot read policy"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(cli: Cli, words: tuple[str, ...], part: str) -> None:
    ended = cli.run(*words)
    assert ended.code == 2
    assert part in ended.complaint
    assert ended.out == ""


def test_budgets_of_a_server_are_said_chosen_kept_and_taken_back(cli: Cli) -> None:
    assert cli.run("servers", "budgets", "demo", "--json").json["app-calls"] == {
        "value": 240,
        "usual": 240,
        "least": 1,
        "most": 960,
    }
    done = cli.run("servers", "budgets", "demo", "--set", "app-calls=5", "--set", "rounds=10")
    assert done.code == 0
    assert "app-calls        5  each App: calls a minute (usual 240, from 1 to 960)" in done.out
    kept = cli.run("servers", "budgets", "demo", "--set", "rounds=usual", "--json").json
    assert (kept["app-calls"]["value"], kept["rounds"]["value"]) == (5, 60)
    assert (
        "The setting budget of demo was changed to rounds 10, app-calls 5"
        in cli.run("audit", "tail", "-n", "100").out
    )
    refused = cli.run("servers", "budgets", "demo", "--set", "calls=100000")
    assert (refused.code, "from 20 to 2400" in refused.err) == (2, True)


def test_servers_of_other_clients_are_imported(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text(json.dumps(FILE))
    assert cli.run("servers", "import", file).code == 0
    again = cli.run("servers", "import", file)
    assert again.code == 0
    assert all("configured already" in line for line in again.said)
    names = {each["name"] for each in cli.run("servers", "list", "--json").json}
    assert names == {"demo", "seed-counter", "remote"}
    file.write_text("{}")
    assert cli.run("servers", "import", file).code == 2


def test_tools_are_listed_for_people_and_programs(cli: Cli) -> None:
    told = cli.run("tools", SERVER, "--json").json
    assert [(t["name"], t["effect"], t["model"], t["app"]) for t in told] == [
        ("show_counter", "unknown", True, True),
        ("count_one", "unknown", False, True),
    ]
    listed = cli.run("tools", SERVER)
    assert "show_counter  [unknown]  remembered as first seen  App ui://counter" in listed.out


def test_a_read_of_the_demo_server_needs_no_consent(cli: Cli) -> None:
    ended = cli.run("call", "demo", "garden_overview")
    assert ended.code == 0
    assert ended.out.strip()
    assert ended.said == []


def test_pins_are_listed_and_verified_and_an_altered_one_is_found(cli: Cli) -> None:
    cli.run("servers", "show", SERVER)
    listed = cli.run("pins", "list", "--json").json
    pin = next(each for each in listed if each["uri"] == "ui://counter/app.html")
    assert pin["state"] == "pending"
    assert cli.run("pins", "verify").code == 0
    blob = next(p for p in (cli.home / "blobs").rglob("*") if p.name.endswith(pin["content"][-20:]))
    kept = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(kept.replace(b"Count one", b"Count two"))
    bad = cli.run("pins", "verify", "--json")
    assert bad.code == 1
    assert pin["content"] in [each["content"] for each in bad.json]
    blob.write_bytes(kept)


def test_policy_files_are_checked(cli: Cli, tmp_path: Path) -> None:
    assert cli.run("policy", "check").code == 0
    file = tmp_path / "wrong.cedar"
    file.write_text('permit(principal == McpHost::Nobody::"x", action, resource);')
    ended = cli.run("policy", "check", file)
    assert ended.code == 1
    assert "wrong.cedar" in ended.complaint


def test_a_reader_that_has_had_enough_is_no_error_message(cli: Cli) -> None:
    assert cli.run("servers", "list").code == 0
    command = f"'{COMMAND}' audit export | head -n 1"
    ended = subprocess.run(
        ["sh", "-c", command], env=cli.environment(), capture_output=True, timeout=30, check=False
    )
    assert json.loads(ended.stdout)["kind"] == "run_started"
    assert ended.stderr == b""
