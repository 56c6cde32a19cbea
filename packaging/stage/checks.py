"""`./packaging/test`: set up, then every check, as an ordinary user with the sandbox on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import account as accounts
import launch
import layers
import namespaces
import run
import say
import system

ACCOUNT = "mcphost-test"
WHOLE_RUN_SECONDS = 75 * 60
SLOWEST = ("--durations=25", "--durations-min=1")
"""What a whole run says of itself, so that a test that has become slow is noticed."""
_KEPT = ("CI", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as c; c(['--no-logo'])"
_FETCH = "from tests.helpers.npm import example_server as e; e('basic-vanillajs')"
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where the checks run: a source tree, an interpreter and who runs them."""

    tree: Path
    ready: layers.Layer
    tools: layers.Layer
    environment: dict[str, str]
    account: accounts.Account | None


def main(checkout: Path, arguments: Sequence[str]) -> int:
    """Run all checks; with *arguments*, only pytest with those."""
    os.umask(0o022 | os.umask(0o022))
    system.ensure((*system.PROGRAM_NEEDS, *system.TEST_NEEDS))
    with tempfile.TemporaryDirectory(prefix="mcphost-home-") as home:
        bench = _prepare(checkout, Path(home))
        began = time.monotonic()
        failed = [] if arguments else _static_checks(bench)
        if not arguments:
            say.step("fetching the example servers that some tests talk to")
            _run(bench, ["-c", _FETCH], seconds=600)
        say.step("pytest")
        left = WHOLE_RUN_SECONDS - (time.monotonic() - began)
        code = _run(bench, ["-m", "pytest", *(arguments or SLOWEST)], seconds=left)
    if failed:
        say.step(f"failed: {', '.join(failed)}")
    return code or len(failed)


def _static_checks(bench: Bench) -> list[str]:
    interpreter = str(bench.ready.python)
    checks = {
        "ruff check": ["-m", "ruff", "check", "--output-format", "concise", "."],
        "ruff format": ["-m", "ruff", "format", "--check", "."],
        "import-linter": ["-c", _LINT_IMPORTS],
        "pyright": ["-m", "pyright", "--pythonpath", interpreter],
    }
    failed: list[str] = []
    for name, words in checks.items():
        say.step(name)
        if _run(bench, words, seconds=600) != 0:
            failed.append(name)
    return failed


def _prepare(checkout: Path, home: Path) -> Bench:
    store = run.store_folder()
    namespaces.permit(store)
    base = layers.libraries(store, checkout / "packaging" / "run.lock")
    tools = layers.tools(store, checkout / "packaging" / "test.lock", base)
    ready = layers.program(store, checkout, [base, tools])
    layers.forget_unused(store)
    if not accounts.is_root():
        say.step("checking this checkout as the user who started it")
        environment = {**os.environ, **_settings(home, run.store_folder() / "tests", tools)}
        environment.setdefault("NPM_CONFIG_USERCONFIG", str(run.home_folder() / ".npmrc"))
        return Bench(tree=checkout, ready=ready, tools=tools, environment=environment, account=None)
    account = accounts.ensure_account(ACCOUNT)
    say.step(f"checking a copy of this checkout as {account.name}: root cannot use the sandbox")
    os.chown(home, account.uid, account.gid)
    environment = accounts.environment(account, {**os.environ, "DISPLAY": ""})
    environment |= {name: os.environ[name] for name in _passed_on()}
    environment |= _settings(home, account.home / "cache", tools)
    return Bench(
        tree=_copy_for(account, checkout),
        ready=ready,
        tools=tools,
        environment=environment,
        account=account,
    )


def _passed_on() -> list[str]:
    return [name for name in os.environ if name in _KEPT or name.upper().startswith("NPM_CONFIG_")]


def _settings(home: Path, cache: Path, tools: layers.Layer) -> dict[str, str]:
    """A home of its own, empty at the start of every run; only downloads are kept. In CI nothing
    may be skipped for want of a download.
    """
    settings = {
        "HOME": str(home),
        "MCPHOST_TEST_CACHE": str(cache),
        "PYRIGHT_PYTHON_CACHE_DIR": str(cache / "pyright"),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
        "NPM_CONFIG_CACHE": str(cache / "npm"),
        "RUFF_CACHE_DIR": str(cache / "ruff"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "LANG": "C.UTF-8",
    }
    if _TRUSTED.exists() and "NODE_EXTRA_CA_CERTS" not in os.environ:
        settings["NODE_EXTRA_CA_CERTS"] = str(_TRUSTED)
    if os.environ.get("CI"):
        settings["MCPHOST_TEST_NPM"] = "required"
    if not _has_node():
        settings["PATH"] = f"{tools.folder / 'node'}:{_PATH}"
    return settings


def _has_node() -> bool:
    """Whether the machine has npm and a Node.js that is new enough (20)."""
    node, npm = shutil.which("node", path=_PATH), shutil.which("npm", path=_PATH)
    if not node or not npm:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    major = said.strip().lstrip("v").split(".")[0]
    return major.isdecimal() and int(major) >= 20


def _copy_for(account: accounts.Account, checkout: Path) -> Path:
    """A fresh copy of *checkout* for *account*."""
    target = account.home / "checkout"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o755)
    for name in _sources(checkout):
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, copy)
    for folder, _, names in os.walk(target):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, account.uid, account.gid)
    return target


def _sources(checkout: Path) -> list[str]:
    """What git knows of *checkout*, changed and new files included; all of it without git."""
    if (checkout / ".git").exists():
        asked = ["git", "-c", f"safe.directory={checkout.resolve()}", "-C", str(checkout)]
        listing = [*asked, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(listing, capture_output=True, check=True).stdout
        names = os.fsdecode(listed).split("\0")
    else:
        names = [str(path.relative_to(checkout)) for path in checkout.rglob("*")]
    return [name for name in names if name and (checkout / name).is_file()]


def _run(bench: Bench, words: Sequence[str], *, seconds: float) -> int:
    """Run one check, at most *seconds* long; its exit code."""
    limit = ["timeout", "--kill-after=20", f"{max(seconds, 60):.0f}"]
    command = [*limit, str(bench.ready.python), *words]
    began = time.monotonic()
    if bench.account is not None:
        code = launch.run_as(bench.account, command, bench.environment, bench.tree)
    else:
        code = subprocess.run(command, env=bench.environment, cwd=bench.tree).returncode
    say.step(f"  took {time.monotonic() - began:.0f} s" + (f", exit {code}" if code else ""))
    return code
