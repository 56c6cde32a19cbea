"""The official JSON-Schema-Test-Suite, as the sdist of the package `jsonschema` carries it.

Fetched once into the cache of the test run, pinned by version and hash. A suite case that needs
another document gets it the way a server would have to send it: inside the schema, under the name
it is referred to by ("bundling", 2020-12 §9.3). Nothing is fetched and nothing is registered.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

from tests.helpers.npm import cache_folder, missing

VERSION = "4.26.0"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
_REMOTE = "http://localhost:1234/"
_NAME = f"jsonschema-{VERSION}"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One instance against one schema."""

    name: str
    schema: dict[str, Any]
    instance: Any
    valid: bool


def cases(draft: str) -> Iterator[Case]:
    """The required cases of *draft* (`draft2020-12`, `draft7`)."""
    root = _suite()
    for file in sorted((root / "tests" / draft).glob("*.json")):
        for group in json.loads(file.read_text()):
            schema = _bundled(group["schema"], root / "remotes", draft)
            for test in group["tests"]:
                name = f"{file.stem}: {group['description']}: {test['description']}"
                yield Case(name, schema, test["data"], test["valid"])


def _bundled(schema: Any, remotes: Path, draft: str) -> dict[str, Any]:
    if not isinstance(schema, dict):  # true and false: a tool's schema is an object
        return {"allOf": [schema]}
    whole: dict[str, Any] = dict(schema)
    if draft == "draft7":
        whole.setdefault("$schema", "http://json-schema.org/draft-07/schema#")
    needed, waiting = {}, [schema]
    while waiting:
        for address in _addresses(waiting.pop(), _REMOTE if "$id" not in schema else ""):
            file = remotes / address.removeprefix(_REMOTE)
            if address.startswith(_REMOTE) and address not in needed and file.is_file():
                needed[address] = json.loads(file.read_text())
                waiting.append({"$id": address, **needed[address]})
    if needed:
        place = "$defs" if draft != "draft7" else "definitions"
        named = {f"bundled {uri}": _named(uri, doc) for uri, doc in needed.items()}
        whole[place] = {**whole.get(place, {}), **named}
    return whole


def _named(uri: str, document: dict[str, Any]) -> dict[str, Any]:
    """*document* under the name *uri*; under both names when it has one of its own."""
    own = document.get("$id")
    if own is None:
        return {"$id": uri, **document}
    return document if own == uri else {"$id": uri, "$ref": own, "$defs": {"own": document}}


def _addresses(value: Any, base: str) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$id"), str):
            base = urljoin(base, value["$id"])
        for keyword in ("$ref", "$dynamicRef", "$schema"):
            if isinstance(value.get(keyword), str):
                yield urldefrag(urljoin(base, value[keyword])).url
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from _addresses(child, base)


def _suite() -> Path:
    """The folder with `tests` and `remotes`. Fetches at need."""
    folder = cache_folder() / f"json-schema-suite-{VERSION}"
    folder.mkdir(exist_ok=True)
    done = folder / "complete"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _fetch(folder)
            done.touch()
    return folder / _NAME / "json"


def _fetch(folder: Path) -> None:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"jsonschema=={VERSION} --hash=sha256:{SHA256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    words = ["--no-deps", "--no-binary", "jsonschema", "--require-hashes", "-d", str(folder)]
    done = subprocess.run(
        [*pip, *words, "-r", str(wanted)], capture_output=True, timeout=110, check=False
    )
    if done.returncode != 0:
        missing(f"pip download failed: {done.stderr.decode(errors='replace')[-500:]}")
    archive = folder / f"{_NAME}.tar.gz"
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isfile() and member.name.startswith(
                (f"{_NAME}/json/tests/", f"{_NAME}/json/r")
            ):
                opened.extract(member, folder, set_attrs=False)
