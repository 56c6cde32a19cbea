"""`ui/download-file` of a View, parsed into files (Apps draft, "ui/download-file").

Law: (1) a name is one fit segment before anybody sees it; (2) what is no whole file is refused, not
repaired: both or neither of text and blob, Base64 that is none, too many, too large; (3) a link is
an address and no file: whoever reads it decides whether it may. Pure; called by `apps` and
`mcphost.views`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcphost.domain.errors import ProtocolViolation, ViewProtocolError
from mcphost.domain.file_names import file_name_of
from mcphost.domain.json import Json, JsonObject, digest
from mcphost.domain.text import one_line
from mcphost.protocol.jsonrpc import INVALID_PARAMS, object_or_empty

MAX_FILES: Final = 10
"""Files of one request."""
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
"""All files of one request together."""
_WEB: Final = frozenset({"http", "https", "ws", "wss", "ftp", "data", "blob", "javascript"})
"""Schemes that no server of ours answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """A file that came whole. *name* is fit for a folder."""

    name: str
    mime_type: str
    data: bytes

    @property
    def described(self) -> JsonObject:
        """What a person agrees to: the bytes by their digest."""
        return {
            "name": self.name,
            "type": self.mime_type,
            "bytes": len(self.data),
            "sha256": digest(self.data),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedLink:
    """A file that would have to be read first. *untrusted_uri* has not been asked for yet."""

    name: str
    mime_type: str
    untrusted_uri: str

    @property
    def of_server(self) -> bool:
        """Whether it can only be a resource of the App's server, not a place on the web."""
        return self.untrusted_uri.partition(":")[0].lower() not in _WEB


Offered: TypeAlias = OfferedFile | OfferedLink


def parse_files(untrusted_params: JsonObject) -> tuple[Offered, ...]:
    """The files of one request. Raises `ViewProtocolError`."""
    contents = untrusted_params.get("contents")
    if not isinstance(contents, Sequence) or isinstance(contents, str) or not contents:
        raise _refused("`contents` must be a list with something in it")
    if len(contents) > MAX_FILES:
        raise _refused(f"{len(contents)} files; at most {MAX_FILES} are taken at a time")
    files = tuple(_offered(item) for item in contents)
    require_size([file for file in files if isinstance(file, OfferedFile)])
    return files


def require_size(files: Sequence[OfferedFile]) -> None:
    """Raise `ViewProtocolError` when *files* are too much together."""
    size = sum(len(file.data) for file in files)
    if size > MAX_FILE_BYTES:
        raise _refused(f"{size} bytes; at most {MAX_FILE_BYTES} are taken at a time")


def file_read(link: OfferedLink, untrusted_result: JsonObject) -> OfferedFile:
    """The file that reading *link* gave (`resources/read`). Raises `ProtocolViolation`."""
    contents = untrusted_result.get("contents")
    items = contents if isinstance(contents, Sequence) and not isinstance(contents, str) else ()
    if len(items) != 1:
        raise ProtocolViolation(f"the link {one_line(link.name)} is {len(items)} contents, not one")
    try:
        found = _file(object_or_empty(items[0]), named=link.name)
    except ViewProtocolError as error:
        raise ProtocolViolation(f"the link {one_line(link.name)} gave no file: {error}") from error
    return found


def _offered(untrusted: Json) -> Offered:
    item = object_or_empty(untrusted)
    match item.get("type"):
        case "resource":
            return _file(object_or_empty(item.get("resource")))
        case "resource_link":
            uri = _uri(item)
            own = item.get("name")
            name = file_name_of(uri, otherwise=own if isinstance(own, str) else "")
            return OfferedLink(name=name, mime_type=_type(item), untrusted_uri=uri)
        case _:
            raise _refused("only `resource` and `resource_link` are files")


def _file(resource: JsonObject, *, named: str = "") -> OfferedFile:
    text, blob = resource.get("text"), resource.get("blob")
    if isinstance(text, str) and blob is None:
        data = text.encode()
    elif isinstance(blob, str) and text is None:
        data = _decoded(blob)
    else:
        raise _refused("a file needs either `text` or `blob`")
    name = named or file_name_of(_uri(resource))
    return OfferedFile(name=name, mime_type=_type(resource), data=data)


def _decoded(blob: str) -> bytes:
    if len(blob) > MAX_FILE_BYTES * 4 // 3 + 4:
        raise _refused(f"a file of more than {MAX_FILE_BYTES} bytes")
    try:
        return base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("`blob` is not Base64") from error


def _uri(item: Mapping[str, Json]) -> str:
    uri = item.get("uri")
    if not isinstance(uri, str) or not uri or len(uri) > 4096:
        raise _refused("a file needs a `uri` of at most 4096 characters, which names it")
    return uri


def _type(item: Mapping[str, Json]) -> str:
    mime = item.get("mimeType")
    return one_line(mime, limit=100) if isinstance(mime, str) and mime else "unknown"


def _refused(why: str) -> ViewProtocolError:
    return ViewProtocolError(f"ui/download-file: {why}", code=INVALID_PARAMS)
