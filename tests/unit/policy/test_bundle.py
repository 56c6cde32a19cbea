"""Policy files that are wrong stop the program, and say where."""

from __future__ import annotations

import re

import pytest

from mcphost.domain.errors import UserFacingError
from tests.helpers.gate_parts import default_policy


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("permit(principal, action, resource)", 1, "end of input"),
        ("\n\n// a ; comment\n\npermit(principal, action, resorce);", 5, "resorce"),
        ('permit(principal, action, resource) when { context.consnet == "x" };', 1, "consnet"),
        ("\npermit(principal == ?principal, action, resource);", 2, "templates"),
        ('@id("unknown-tool")\npermit(principal, action, resource);', 1, "already taken"),
        ('permit(principal, action, resource);\n"unfinished', 2, ""),
        ('@tier("9")\npermit(principal, action, resource);', 1, "tier"),
        ('permit(principal == McpHost::Robot::"x", action, resource);', 1, "Robot"),
        ('permit(principal, action == McpHost::Action::"fly", resource);', 1, "fly"),
    ],
)
def test_a_mistake_names_file_and_line(text: str, line: int, word: str) -> None:
    with pytest.raises(UserFacingError) as caught:
        default_policy(text)
    assert re.search(rf"policy file added-1.cedar, line {line}( \(rule .+\))?: ", str(caught.value))
    assert word in str(caught.value)


def test_a_file_that_is_half_right_is_refused_whole() -> None:
    with pytest.raises(UserFacingError):
        default_policy("permit(principal, action, resource); nonsense;")


def test_semicolons_in_strings_and_comments_do_not_end_a_rule() -> None:
    text = (
        '// one; two\npermit(principal, action, resource)\nwhen { context.host == "a;\\"b" };'
        "\n\nforbid(principal, action, resource) when { context.loopback };"
    )
    rules = [rule.id for rule in default_policy(text).rules]
    assert rules[-2:] == ["added-1.cedar:2", "added-1.cedar:5"]


def test_a_comment_alone_is_an_empty_policy() -> None:
    assert default_policy("// nothing yet").rules == default_policy().rules
