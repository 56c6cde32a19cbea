"""The policy of one run: the default bundle, the managed files of this computer, and the files a
person added. Called at start and by `mcphost policy`, any thread.

Law: what is decided names the digest of a policy that the log has told of before; a policy that is
refused is a row too, and then nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcphost.assets import asset_text
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.budget import Limit
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.ports import AuditSink
from mcphost.domain.text import one_line
from mcphost.host.limit_book import managed_limits
from mcphost.host.managed import MAX_BYTES, ManagedPlace, managed_place
from mcphost.host.settings import HostSettings
from mcphost.policy.engine import PolicyEngine

DEFAULT_NAME = "default.cedar"


def load_policy(files: tuple[Path, ...], place: ManagedPlace | None = None) -> PolicyEngine:
    """Parse and validate. Raises `UserFacingError` naming the file and what is wrong."""
    managed = (place or managed_place()).texts()
    texts = [(DEFAULT_NAME, asset_text("policy/default.cedar"))]
    texts.extend((str(path), _read(path)) for path in files)
    return PolicyEngine(texts, asset_text("policy/schema.cedarschema"), managed=managed)


async def begin_policy(
    settings: HostSettings, audit: AuditSink
) -> tuple[PolicyEngine, Mapping[Limit, int]]:
    """The policy of this run and the most that budgets may be, told to the log first. Raises
    `UserFacingError`.
    """
    try:
        policy = load_policy(settings.policy_files, settings.managed)
        limits, file = managed_limits(settings.managed)
    except UserFacingError as error:
        refused: JsonObject = {"reason": str(error)}
        await audit.append(AuditRecord(kind=AuditKind.POLICY_REFUSED, data=refused))
        raise
    texts = [(text.name, text.text, text.managed) for text in policy.texts]
    if file is not None:
        texts.append((*file, True))
    loaded: JsonObject = {
        "policy_digest": policy.digest,
        "rules": len(policy.rules),
        "files": [
            {
                "name": one_line(name),
                "digest": digest(text.encode()),
                "managed": managed,
            }
            for name, text, managed in texts
        ],
    }
    await audit.append(AuditRecord(kind=AuditKind.POLICY_LOADED, data=loaded))
    return policy, limits


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotConfigured(f"policy file {path} is larger than {MAX_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotConfigured(f"cannot read policy file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotConfigured(f"policy file {path} is not UTF-8 text") from error
