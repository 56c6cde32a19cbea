"""`ui/download-file` is parsed into whole files, or refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation, ViewProtocolError
from mcphost.protocol.apps import DownloadFile, parse_view_request
from mcphost.protocol.downloads import (
    MAX_FILE_BYTES,
    MAX_FILES,
    OfferedFile,
    OfferedLink,
    file_read,
    parse_files,
)


def file(**members: Any) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": "file:///x/a.csv", **members}}


def link(uri: str, **members: Any) -> dict[str, Any]:
    return {"type": "resource_link", "uri": uri, **members}


@pytest.mark.requirement("APPS-31")
def test_text_and_blob_become_files_by_the_last_segment_of_their_address() -> None:
    blob = base64.b64encode(b"\x00\xff").decode()
    asked = parse_view_request(
        3,
        "ui/download-file",
        {"contents": [file(text="ü", mimeType="text/csv"), file(blob=blob, uri="ui://b/p.png")]},
    )
    assert asked == DownloadFile(
        id=3,
        files=(
            OfferedFile(name="a.csv", mime_type="text/csv", data="ü".encode()),
            OfferedFile(name="p.png", mime_type="unknown", data=b"\x00\xff"),
        ),
    )


@pytest.mark.requirement("APPS-31")
@pytest.mark.parametrize(
    "contents",
    [
        None,
        [],
        "text",
        [5],
        [{"type": "text", "text": "x"}],
        [file()],
        [file(text="a", blob="YQ==")],
        [file(blob="not base64")],
        [file(text="a", uri="")],
        [link("")],
        [link("x" * 5000)],
        [file(text="a")] * (MAX_FILES + 1),
        [file(text="a" * (MAX_FILE_BYTES // 2 + 1)), file(text="a" * (MAX_FILE_BYTES // 2))],
        [file(blob="A" * (MAX_FILE_BYTES * 4 // 3 + 8))],
    ],
    ids=range(14),
)
def test_what_is_no_file_or_too_much_is_refused(contents: Any) -> None:
    with pytest.raises(ViewProtocolError) as refused:
        parse_files({"contents": contents})
    assert refused.value.code == -32602


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        ("demo://notes", True),
        ("file:///etc/passwd", True),
        ("https://example.com/a", False),
        ("HTTP://example.com/a", False),
        ("data:text/plain,x", False),
    ],
)
def test_a_link_is_of_the_server_unless_it_is_of_the_web(uri: str, ours: bool) -> None:
    (found,) = parse_files({"contents": [link(uri, name="a")]})
    assert isinstance(found, OfferedLink)
    assert found.of_server is ours


@pytest.mark.parametrize("contents", [[], [{"uri": "a"}], [{"uri": "a", "text": "b"}] * 2, "x"])
def test_a_link_that_gives_no_single_file_is_the_servers_mistake(contents: Any) -> None:
    asked = OfferedLink(name="a.txt", mime_type="text/plain", untrusted_uri="demo://a")
    with pytest.raises(ProtocolViolation, match=r"a\.txt"):
        file_read(asked, {"contents": contents})
