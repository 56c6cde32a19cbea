"""What the engine's processes may inherit."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from PySide6.QtWebEngineCore import QWebEngineUrlScheme

from mcphost.domain.errors import HostBugError
from mcphost.policy.snapshot import APP_SCHEME, HOST_SCHEME
from ui.sandbox.environment import (
    CHROMIUM_FLAGS,
    FLAGS_VARIABLE,
    prepare_environment,
    require_prepared,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QTWEBENGINE_DISABLE_SANDBOX", "0"),
        ("QTWEBENGINE_REMOTE_DEBUGGING", "9222"),
        ("QTWEBENGINEPROCESS_PATH", "/tmp/evil"),
        ("SSLKEYLOGFILE", "/tmp/keys"),
        ("ANTHROPIC_API_KEY", "sk-1"),
        ("GITHUB_TOKEN", "ghp"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("db_password", "x"),
        ("DATABASE_URL", "postgres://me:secret@db/x"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic x"),
    ],
)
def test_what_opens_the_sandbox_or_looks_secret_is_removed(name: str, value: str) -> None:
    environ = {name: value, "HOME": "/home/me"}
    prepare_environment(environ)
    assert environ == {"HOME": "/home/me", FLAGS_VARIABLE: CHROMIUM_FLAGS}


@pytest.mark.parametrize(
    "name", ["PATH", "LANG", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL"]
)
def test_what_the_desktop_needs_stays(name: str) -> None:
    environ = {name: "/run/user/1000/bus"}
    prepare_environment(environ)
    assert name in environ


def test_foreign_engine_switches_are_replaced_by_ours() -> None:
    environ = {FLAGS_VARIABLE: "--no-sandbox"}
    prepare_environment(environ)
    assert environ[FLAGS_VARIABLE] == CHROMIUM_FLAGS


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {FLAGS_VARIABLE: "--no-sandbox"},
        {FLAGS_VARIABLE: CHROMIUM_FLAGS, "QTWEBENGINE_DISABLE_SANDBOX": "0"},
    ],
)
def test_an_unprepared_process_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(HostBugError):
        require_prepared(environ)


def test_preparing_after_the_application_exists_is_refused() -> None:
    script = (
        "from PySide6.QtCore import QCoreApplication; app = QCoreApplication([])\n"
        "from ui.sandbox.environment import prepare_environment; prepare_environment()"
    )
    environ = {name: value for name, value in os.environ.items() if name != FLAGS_VARIABLE}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "before QApplication" in done.stderr


def test_registering_schemes_after_the_application_exists_is_refused() -> None:
    script = (
        "from ui.sandbox.environment import prepare_environment; prepare_environment()\n"
        "from PySide6.QtCore import QCoreApplication; app = QCoreApplication([])\n"
        "from ui.sandbox.schemes import register_schemes; register_schemes()"
    )
    command = [sys.executable, "-c", script]
    environ = dict(os.environ)
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "register_schemes() must run before" in done.stderr


def test_registering_schemes_in_an_unprepared_process_is_refused() -> None:
    script = "from ui.sandbox.schemes import register_schemes; register_schemes()"
    environ = {name: value for name, value in os.environ.items() if name != FLAGS_VARIABLE}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "environment is not prepared" in done.stderr


@pytest.mark.parametrize("name", [APP_SCHEME, HOST_SCHEME])
def test_the_schemes_have_these_flags_and_no_others(name: str) -> None:
    scheme, flag = QWebEngineUrlScheme.schemeByName(name.encode()), QWebEngineUrlScheme.Flag
    assert scheme.flags() == flag.SecureScheme | flag.CorsEnabled | flag.FetchApiAllowed
    assert scheme.syntax() is QWebEngineUrlScheme.Syntax.Host


def test_the_switches_are_these_and_no_others() -> None:
    assert sorted(shlex.split(CHROMIUM_FLAGS)) == [
        "--disable-features=FedCm,WebRtcHideLocalIpsWithMdns",
        "--disable-gpu",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--host-resolver-rules=MAP mcp-proxy.invalid 127.0.0.1,MAP * ~NOTFOUND",
        "--js-flags=--max-old-space-size=256",
        "--log-level=3",
    ]
