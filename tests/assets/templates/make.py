"""Writes the template fixtures beside this file: `python tests/assets/templates/make.py`.

Each is a `resources/read` result in three forms: valid; invalid (must be refused on arrival); and
tampered (valid, but one byte or one word differs from the valid form, so it must be another pin).
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

MIME = "text/html;profile=mcp-app"
URI = "ui://fixture/card.html"
HTML = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Card</title>'
    '<h1>Card</h1><p id="word">Hello</p><script>document.title = "Card";</script></html>'
)


def read_result(**item: Any) -> dict[str, Any]:
    """A result with one content item."""
    return {"resultType": "complete", "contents": [{"uri": URI, "mimeType": MIME, **item}]}


def blob(html: str) -> str:
    """Base64 of *html*."""
    return base64.b64encode(html.encode()).decode()


META = {"ui": {"csp": {"connectDomains": ["https://api.example.com"]}, "prefersBorder": True}}
WIDER = {"ui": {"csp": {"connectDomains": ["https://evil.example.com"]}, "prefersBorder": True}}

FIXTURES: dict[str, dict[str, Any]] = {
    "text.valid": read_result(text=HTML),
    "text.invalid": read_result(text=HTML, mimeType="text/html"),
    "text.tampered": read_result(text=HTML.replace("Hello", "Hallo")),
    "blob.valid": read_result(blob=blob(HTML)),
    "blob.invalid": read_result(blob="%" + blob(HTML)),
    "blob.tampered": read_result(blob=blob(HTML.replace("Hello", "Hallo"))),
    "meta.valid": read_result(text=HTML, _meta=META),
    "meta.invalid": read_result(text=HTML, _meta={"ui": {"domain": "x" * 70_000}}),
    "meta.tampered": read_result(text=HTML, _meta=WIDER),
}


def main() -> None:
    """Write every fixture."""
    for name, value in FIXTURES.items():
        path = Path(__file__).with_name(f"{name}.json")
        path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
