"""URI templates, by the examples of RFC 6570 itself, sections 3.2.2 to 3.2.9."""

from __future__ import annotations

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.uri_template import MAX_TEMPLATE, MAX_VARIABLES, parse_template

VALUES = {
    "dom": "example.com",
    "dub": "me/too",
    "hello": "Hello World!",
    "half": "50%",
    "var": "value",
    "who": "fred",
    "base": "http://example.com/home/",
    "path": "/foo/bar",
    "v": "6",
    "x": "1024",
    "y": "768",
    "empty": "",
}
EXAMPLES = {
    # 3.2.2 simple
    "{var}": "value",
    "{hello}": "Hello%20World%21",
    "{half}": "50%25",
    "O{empty}X": "OX",
    "O{undef}X": "OX",
    "{x,y}": "1024,768",
    "{x,hello,y}": "1024,Hello%20World%21,768",
    "?{x,empty}": "?1024,",
    "?{x,undef}": "?1024",
    "?{undef,y}": "?768",
    "{var:3}": "val",
    "{var:30}": "value",
    # 3.2.3 reserved
    "{+var}": "value",
    "{+hello}": "Hello%20World!",
    "{+half}": "50%25",
    "{base}index": "http%3A%2F%2Fexample.com%2Fhome%2Findex",
    "{+base}index": "http://example.com/home/index",
    "O{+empty}X": "OX",
    "O{+undef}X": "OX",
    "{+path}/here": "/foo/bar/here",
    "here?ref={+path}": "here?ref=/foo/bar",
    "up{+path}{var}/here": "up/foo/barvalue/here",
    "{+x,hello,y}": "1024,Hello%20World!,768",
    "{+path,x}/here": "/foo/bar,1024/here",
    "{+path:6}/here": "/foo/b/here",
    # 3.2.4 fragment
    "{#var}": "#value",
    "{#hello}": "#Hello%20World!",
    "{#half}": "#50%25",
    "foo{#empty}": "foo#",
    "foo{#undef}": "foo",
    "{#x,hello,y}": "#1024,Hello%20World!,768",
    "{#path,x}/here": "#/foo/bar,1024/here",
    "{#path:6}/here": "#/foo/b/here",
    # 3.2.5 label
    "{.who}": ".fred",
    "{.who,who}": ".fred.fred",
    "{.half,who}": ".50%25.fred",
    "X{.var}": "X.value",
    "X{.empty}": "X.",
    "X{.undef}": "X",
    "X{.var:3}": "X.val",
    # 3.2.6 path
    "{/who}": "/fred",
    "{/who,who}": "/fred/fred",
    "{/half,who}": "/50%25/fred",
    "{/who,dub}": "/fred/me%2Ftoo",
    "{/var,empty}": "/value/",
    "{/var,undef}": "/value",
    "{/var,x}/here": "/value/1024/here",
    "{/var:1,var}": "/v/value",
    # 3.2.7 path parameter
    "{;who}": ";who=fred",
    "{;half}": ";half=50%25",
    "{;empty}": ";empty",
    "{;v,empty,who}": ";v=6;empty;who=fred",
    "{;v,undef,who}": ";v=6;who=fred",
    "{;x,y,empty}": ";x=1024;y=768;empty",
    "{;hello:5}": ";hello=Hello",
    # 3.2.8 and 3.2.9 query
    "{?who}": "?who=fred",
    "{?half}": "?half=50%25",
    "{?x,y}": "?x=1024&y=768",
    "{?x,y,empty}": "?x=1024&y=768&empty=",
    "{?x,y,undef}": "?x=1024&y=768",
    "{?var:3}": "?var=val",
    "{&who}": "&who=fred",
    "?fixed=yes{&x}": "?fixed=yes&x=1024",
    "{&x,y,empty}": "&x=1024&y=768&empty=",
    # text values: the explode modifier changes nothing
    "{var*}": "value",
    "{/var*}": "/value",
}


@pytest.mark.parametrize("template", EXAMPLES)
def test_a_template_expands_as_the_rfc_says(template: str) -> None:
    assert parse_template(template).expand(VALUES) == EXAMPLES[template]


def test_what_is_percent_encoded_already_stays_where_reserved_characters_may_stand() -> None:
    assert parse_template("a%20b{+x}").expand({"x": "c%2Fd%"}) == "a%20bc%2Fd%25"
    assert parse_template("{x}").expand({"x": "c%2Fd"}) == "c%252Fd"


def test_the_variables_are_told_once_and_in_order() -> None:
    assert parse_template("f:///{b}{/a,b}{?c:3}").variables == ("b", "a", "c")


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "a{b",
        "}",
        "{}",
        "{!x}",
        "{=x}",
        "{|x}",
        "{@x}",
        "{x,}",
        "{x:0}",
        "{x:}",
        "{x y}",
        "{x:12345}",
        "{-x}",
        "{a..b}",
        "a b",
        "<x>",
        "{{x}}",
        "a\x00b",
        "{x:3*}",
    ],
)
def test_a_template_that_breaks_the_grammar_is_refused(template: str) -> None:
    with pytest.raises(ProtocolViolation):
        parse_template(template)


def test_templates_and_addresses_are_bounded() -> None:
    for text in ("x" * (MAX_TEMPLATE + 1), "".join(f"{{v{n}}}" for n in range(MAX_VARIABLES + 1))):
        with pytest.raises(ProtocolViolation):
            parse_template(text)
    with pytest.raises(ProtocolViolation):
        parse_template("f:{x}{x}").expand({"x": "y" * 5_000})
