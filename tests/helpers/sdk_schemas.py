"""The View SDK's own schemas, asked in Node: what a View of one version makes of a message."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from tests.helpers.npm_sdk import sdk_folder

_ASK = """
const sdk = await import(process.argv[1]);
let told = '';
for await (const part of process.stdin) told += part;
const seen = JSON.parse(told).map(([schema, message]) => {
  const it = sdk[schema].safeParse(message);
  return it.success ? {taken: it.data} : {refused: JSON.stringify(it.error.issues)};
});
console.log(JSON.stringify(seen));
"""


def seen_by(version: str, messages: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    """What becomes of each (schema name, message): what is `taken`, or why it is `refused`."""
    module = sdk_folder(version) / "app-with-deps.js"
    done = subprocess.run(
        ("node", "--input-type=module", "--eval", _ASK, str(module)),
        input=json.dumps(messages),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen
