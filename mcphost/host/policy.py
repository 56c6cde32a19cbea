"""The policy of one run: the default bundle, and the files a person added."""

from __future__ import annotations

from pathlib import Path

from mcphost.assets import asset_text
from mcphost.domain.errors import NotConfigured
from mcphost.policy.engine import PolicyEngine

MAX_BYTES = 256 * 1024


def load_policy(files: tuple[Path, ...]) -> PolicyEngine:
    """Parse and validate. Raises `UserFacingError` naming the file and what is wrong."""
    texts = [("default.cedar", asset_text("policy/default.cedar"))]
    texts.extend((str(path), _read(path)) for path in files)
    return PolicyEngine(texts, asset_text("policy/schema.cedarschema"))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotConfigured(f"policy file {path} is larger than {MAX_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotConfigured(f"cannot read policy file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotConfigured(f"policy file {path} is not UTF-8 text") from error
